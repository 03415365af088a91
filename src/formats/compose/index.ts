import type { BuildOptions, Origin } from '../../core/build.ts'
import type { Occurrence, Role } from '../../core/occurrence.ts'
import { type Place, placeFinder } from '../../core/place.ts'
import type { Platform } from '../../core/platform.ts'
import { parsePlatformSpecifier } from '../../core/platform-specifier.ts'
import { parseReference, referenceKey } from '../../core/reference.ts'
import type {
  BuildFormat,
  BuildProblem,
  BuildsRead,
  FileText,
  ProjectFiles,
  ServiceImage,
  StartedBuild,
} from '../build-format.ts'
import { forPlatforms } from '../written-image.ts'
import { withIgnore } from './ignore.ts'
import { imageOccurrence, inlineDockerfile, type PlaceOf } from './images.ts'
import { type Files, loadModel, parsed } from './load.ts'
import { isDefaultName } from './names.ts'
import { ComposeError, type Node, type Scalar, type TextNode } from './node.ts'
import { isOutside, type KnownFiles } from './paths.ts'
import { contextImage, type Service, type ServiceBuild, servicesOf } from './services.ts'
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
  for (;;) {
    try {
      return readWith(yaml, path, settings, project, one => answers.get(one) ?? needed(one), options)
    } catch (error) {
      if (!(error instanceof FileNeeded)) throw error
      answers.set(error.path, await project.read(error.path))
    }
  }
}

/** A file that has not been asked for yet. The reader starts again when it is there. */
class FileNeeded extends Error {
  readonly path: string

  constructor(path: string) {
    super(path)
    this.path = path
  }
}

function needed(path: string): never {
  throw new FileNeeded(path)
}

/** @param read the text of a file, or an error that it throws */
function readWith(
  yaml: YamlPackage,
  path: string,
  settings: (files: Files) => Settings,
  { root, env }: Pick<ProjectFiles, 'root' | 'env'>,
  read: KnownFiles['read'],
  options: BuildOptions,
): BuildsRead {
  const known: KnownFiles = { root, env, read }
  const files: Files = { project: known, yaml, texts: new Map(), parsed: new Map() }
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
      known,
      other => (other === file ? { kind: 'text', text } : read(other)),
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
    occurrences.push(...images)
    for (const occurrence of images)
      if (occurrence.role === 'service') serviceImages.push({ service: service.name, occurrence })
    if (service.build === undefined) continue
    const build = toBuild(service.name, service.build, reading)
    if ('reason' in build) problems.push(build)
    else builds.push(build)
  }
  return { builds, occurrences, serviceImages, problems }
}

interface Reading {
  readonly options: BuildOptions
  readonly placeOf: PlaceOf
  readonly isShared: (node: TextNode) => boolean
  /** Whether an alias uses the text of a build arg for something else. */
  readonly isOtherThanArg: (node: TextNode) => boolean
}

/** The images that a service names itself. */
function imagesOf(
  { build, image, platform, volumes }: Service,
  built: ReadonlySet<string>,
  { placeOf, isShared }: Reading,
): readonly Occurrence[] {
  const occurrence = (node: TextNode, role: Role, of?: Platform) =>
    imageOccurrence(node, role, of, isShared(node), placeOf)
  const images = build === undefined && image !== undefined ? [image] : []
  const pulled = [
    ...images.map(node =>
      occurrence(node, 'service', platform && parsePlatformSpecifier(platform.value, ANY)),
    ),
    ...volumes.map(node => occurrence(node, 'volume')),
  ]
  const contexts = [...(build?.contexts.values() ?? [])].flatMap(context => {
    const node = contextImage(context)
    return node === undefined
      ? []
      : forPlatforms(occurrence(node, 'context'), build ? platformsOf(build) : [])
  })
  return [
    ...pulled.filter(one => one.kind !== 'image' || !built.has(referenceKey(one.reference))),
    ...contexts,
  ]
}

/** The images that the builds of the project make. Nobody pulls them. */
function builtNames(services: readonly Service[], project: string): ReadonlySet<string> {
  const names = services.flatMap(({ name, build, image }) =>
    build === undefined ? [] : [image?.value ?? `${project}-${name}`],
  )
  return new Set(
    names.flatMap(name => {
      const parsed = parseReference(name)
      return parsed.ok ? [referenceKey(parsed.reference)] : []
    }),
  )
}

function toBuild(
  name: string,
  build: ServiceBuild,
  { options, placeOf, isShared, isOtherThanArg }: Reading,
): StartedBuild | BuildProblem {
  const { at, dockerfile } = build
  const place = placeOf(at.file, at.offset)
  const originOf = (file: string, offset: number) => ({ file, line: placeOf(file, offset).line })
  if (dockerfile.kind === 'remote')
    return { place, reason: `its context ${build.context.slice(0, 200)} is remote, and is not read` }
  if (dockerfile.kind === 'file' && isOutside(dockerfile.path)) {
    const { file, offset } = dockerfile.at ?? at
    return {
      place: placeOf(file, offset),
      reason: `its Dockerfile ${dockerfile.path.slice(0, 200)} is outside the project, and is not read`,
    }
  }
  const target = build.target ?? options.target
  const args: Record<string, readonly string[]> = { ...options.args }
  const argOrigins: Record<string, Origin> = {}
  for (const [arg, { text, file, offset }] of build.args) {
    args[arg] = [text]
    argOrigins[arg] = originOf(file, offset)
  }
  const argImage = (arg: string) => {
    const value = build.args.get(arg)?.value
    if (value === undefined) return undefined
    const one = imageOccurrence(value, 'arg', undefined, isOtherThanArg(value), placeOf)
    return one.kind === 'image' && one.pin.kind === 'here' ? one : undefined
  }
  const platforms = platformsOf(build)
  return {
    name,
    dockerfile:
      dockerfile.kind === 'file'
        ? { file: dockerfile.path }
        : inlineDockerfile(dockerfile.text, isShared(dockerfile.text), placeOf),
    ...(target !== undefined && { target }),
    args,
    platforms: platforms.length === 0 ? options.platforms : platforms,
    contexts: Object.fromEntries([...build.contexts].map(([context, { value }]) => [context, value])),
    argOrigins,
    argImage,
    origin: originOf(at.file, at.offset),
  }
}

function platformsOf({ platforms }: ServiceBuild): readonly Platform[] {
  return platforms.flatMap(({ value }) => parsePlatformSpecifier(value, ANY) ?? [])
}

/** What is not written of a platform. */
const ANY = { os: 'linux', architecture: 'amd64' }
