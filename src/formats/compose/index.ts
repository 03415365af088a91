import type { BuildOptions } from '../../core/build.ts'
import type { Occurrence } from '../../core/occurrence.ts'
import { type Place, placeFinder } from '../../core/place.ts'
import type {
  BuildFormat,
  BuildProblem,
  BuildsRead,
  FileText,
  ProjectFiles,
  ServiceImage,
  StartedBuild,
} from '../build-format.ts'
import { builtNames, imagesOf, type Reading, toBuild } from './builds.ts'
import { withIgnore } from './ignore.ts'
import type { PlaceOf } from './images.ts'
import { type Files, loadModel, parsed } from './load.ts'
import { isDefaultName } from './names.ts'
import { ComposeError, type Node, type Scalar } from './node.ts'
import { isOutside, type KnownFiles } from './paths.ts'
import { servicesOf } from './services.ts'
import { type Settings, settingsOf, withProjectName } from './settings.ts'
import { otherUses, usesBesidesArgs } from './uses.ts'
import { loadYaml, type YamlPackage } from './yaml.ts'

/** Compose files, read as docker compose 2.40 reads them. */
export const compose: BuildFormat = {
  id: 'compose',
  matches: isDefaultName,
  read: (path, project, options) => readAll(path, files => settingsOf(files, path), project, options),
}

/** @param path the file that starts the builds, for what is wrong */
export async function readAll(
  path: string,
  settings: (files: Files) => Settings,
  project: ProjectFiles,
  options: BuildOptions,
): Promise<BuildsRead> {
  const yaml = await loadYaml()
  const answers = new Map<string, FileText>()
  const prepare = (paths: readonly string[]) => {
    const unknown = paths.filter(one => !answers.has(one) && !isOutside(one))
    if (unknown.length > 0) throw new FilesNeeded(unknown)
  }
  const read = (one: string): FileText => {
    const answer = answers.get(one)
    if (answer === undefined) throw new FilesNeeded([one])
    return answer
  }
  const known: KnownFiles = { root: project.root, env: project.env, read, prepare }
  const documents: Documents = new Map()
  for (;;) {
    try {
      return readWith(yaml, path, settings, known, documents, options)
    } catch (error) {
      if (!(error instanceof FilesNeeded)) throw error
      for (const one of error.paths) answers.set(one, await project.read(one))
    }
  }
}

/** Files that have not been asked for yet. The reader starts again when they are there. */
class FilesNeeded extends Error {
  readonly paths: readonly string[]

  constructor(paths: readonly string[]) {
    super(paths[0])
    this.paths = paths
  }
}

/** The parsed files of earlier starts. */
type Documents = Map<string, readonly Node[]>

function readWith(
  yaml: YamlPackage,
  path: string,
  settings: (files: Files) => Settings,
  known: KnownFiles,
  documents: Documents,
  options: BuildOptions,
): BuildsRead {
  const files: Files = {
    project: known,
    yaml,
    texts: new Map(),
    parsed: new Map(),
    documents,
    includes: { count: 0 },
  }
  const finders = new Map<string, (offset: number) => Place>()
  const placeOf: PlaceOf = (file, offset) => {
    const finder = finders.get(file) ?? placeFinder(file, files.texts.get(file) ?? '')
    finders.set(file, finder)
    return finder(offset)
  }
  const reread = (file: string, text: string) =>
    readWith(
      yaml,
      path,
      settings,
      { ...known, read: other => (other === file ? { kind: 'text', text } : known.read(other)) },
      new Map([...documents].filter(([other]) => other !== file)),
      options,
    )
  try {
    const found = readProject(files, path, settings(files), options, placeOf)
    return { ...found, files: [...files.texts.keys()], reread }
  } catch (error) {
    if (!(error instanceof ComposeError)) throw error
    const problem = { place: placeOf(error.file, error.offset), reason: error.message }
    return { builds: [], occurrences: [], files: [...files.texts.keys()], problems: [problem], reread }
  }
}

function readProject(
  files: Files,
  path: string,
  settings: Settings,
  options: BuildOptions,
  placeOf: PlaceOf,
): Omit<BuildsRead, 'files' | 'reread'> {
  if (settings.paths.length === 0) {
    const reason = 'Compose reads another file of this folder'
    return { builds: [], occurrences: [], problems: [{ place: placeOf(path, 0), reason }] }
  }
  const documents: Node[] = []
  for (const file of settings.paths) documents.push(...parsed(files, file, { file: path, offset: 0 }))
  const lookup = withProjectName(settings, files.project.root, documents)
  const model = loadModel(files, settings.paths, { folder: settings.folder, lookup, including: [] })
  const services = servicesOf(files.project, model, lookup, settings.folder)
  const others = new Set(otherUses([...files.parsed.values()].flat()))
  for (const { build, image } of services) if (build && image) others.add(image.scalar)
  const built = builtNames(services, lookup('COMPOSE_PROJECT_NAME') ?? '')
  let besidesArgs: ReadonlySet<Scalar> | undefined
  const reading: Reading = {
    options,
    placeOf,
    isShared: ({ scalar }) => others.has(scalar),
    isOtherThanArg({ scalar }) {
      besidesArgs ??= usesBesidesArgs([...files.parsed.values()].flat())
      return besidesArgs.has(scalar)
    },
  }
  const occurrences: Occurrence[] = []
  const serviceImages: ServiceImage[] = []
  const builds: StartedBuild[] = []
  const problems: BuildProblem[] = []
  for (const service of services) {
    const images = imagesOf(service, built, reading).map(one =>
      withIgnore(one, files.texts.get(one.file) ?? ''),
    )
    for (const one of images) occurrences.push(one)
    for (const occurrence of images)
      if (occurrence.role === 'service') serviceImages.push({ service: service.name, occurrence })
    if (service.build === undefined) continue
    const build = toBuild(service.name, service.build, reading)
    if ('reason' in build) problems.push(build)
    else builds.push(build)
  }
  return { builds, occurrences, serviceImages, problems }
}
