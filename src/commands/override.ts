import type { Context } from '../context.ts'
import type { Build } from '../core/build.ts'
import { DockLockError } from '../core/error.ts'
import { extractOccurrences } from '../core/extract.ts'
import { ignoredImage } from '../core/ignore.ts'
import { imageKey } from '../core/images.ts'
import {
  bakeOverride,
  composeOverride,
  OVERRIDE_KINDS,
  type OverriddenBuild,
  type OverriddenImage,
  type OverrideKind,
  type OverridingImage,
  replacedStage,
} from '../core/override.ts'
import { familiarName, parseReference, type Reference } from '../core/reference.ts'
import type { OverrideReport } from '../core/report.ts'
import type { Format } from '../formats/format.ts'
import { projectPath } from '../io/project.ts'
import { nearest } from '../lib/nearest.ts'
import type { Options } from './command.ts'
import { type BuildFilesRead, type BuildProject, readBuildFiles } from './steps/build-files.ts'
import { buildOptions, hostPlatform } from './steps/build-options.ts'
import { openProject, type Project } from './steps/load-project.ts'
import { type FilesRead, NO_FILES, readFiles } from './steps/read-files.ts'

const IMAGE = 'docker-image://'
const NAMES = { bake: 'Bake', compose: 'Compose' } as const

/** `dock-lock override bake|compose [PATH…]`: the locked digests as named contexts of the builds of a file, on stdout. */
export async function overrideCommand(context: Context, options: Options): Promise<OverrideReport> {
  const started = performance.now()
  const [kind, ...paths] = options.paths
  if (!isKind(kind))
    throw new DockLockError(
      'usage',
      kind === undefined
        ? 'override needs bake or compose'
        : `override ${kind.slice(0, 100)}: write bake or compose`,
      { hint: meantKind(kind) },
    )
  const project = await openProject(context, options)
  const { lockfile } = project
  if (lockfile.bytes === undefined)
    throw new DockLockError('usage', `there is no ${lockfile.file} in this project`, {
      hint: 'To create it, run: dock-lock --no-pin',
    })
  const named = { ...options, paths }
  const read =
    paths.length > 1
      ? await together(context, project, kind, paths)
      : await readFiles(context, project, named)
  const found = await readBuildFiles(
    context,
    project,
    named,
    read,
    buildOptions(project.config, named, context),
  )
  const one = onlyProject(found, kind)
  const [dockerfile] = await context.formats()
  const texts = new Map([...read.sources, ...found.sources].map(({ file, text }) => [file, text]))
  const builds = one.builds.flatMap(build => overridden(build, texts, dockerfile as Format, project))
  const clash = replacedStage(builds, kind)
  if (clash !== undefined)
    throw new DockLockError(
      'unsupported',
      `${clash.build}: a named context "${clash.stage}" would also replace the stage of that name`,
      { place: { file: one.file, line: 1, column: 1 }, hint: 'Rename the stage, or use: dock-lock policy' },
    )
  const images = imagesOfServices(one, project)
  const keys = new Set(
    [...builds.flatMap(build => build.images), ...images].map(({ reference }) =>
      imageKey(reference, lockfile.images),
    ),
  )
  return {
    command: 'override',
    exitCode: 0,
    kind,
    file: one.file,
    images: [...lockfile.images]
      .filter(([key]) => keys.has(key))
      .map(([key, { digest, reference }]) => ({
        key,
        image: familiarName(reference),
        digest,
        source: 'locked',
      })),
    lockfile: { file: lockfile.file, images: lockfile.images.size },
    milliseconds: performance.now() - started,
    override: kind === 'bake' ? bakeOverride(builds) : composeOverride(builds, images),
  }
}

function isKind(word: string | undefined): word is OverrideKind {
  return OVERRIDE_KINDS.some(kind => kind === word)
}

function meantKind(given = ''): string {
  const [meant] = nearest(given, OVERRIDE_KINDS, Math.min(2, given.length >> 1))
  return meant === undefined
    ? 'Write: dock-lock override bake, or: dock-lock override compose'
    : `Did you mean "dock-lock override ${meant}"?`
}

/** @throws DockLockError unless there is exactly one such file with builds, all of which are known */
function onlyProject({ projects, refused }: BuildFilesRead, kind: OverrideKind): BuildProject {
  const all = projects.filter(
    one => one.kind === kind && one.builds.length + (one.serviceImages ?? []).length > 0,
  )
  const [one, another] = all
  const problem = all.flatMap(({ problems }) => problems)[0] ?? undefined
  const refusal = refused.flatMap(({ findings }) => findings)[0]
  if (one === undefined && refusal?.code === 'malformed')
    throw new DockLockError('malformed', refusal.reason, { place: refusal.place })
  if (one === undefined)
    throw new DockLockError('usage', `no ${NAMES[kind]} file with builds was found`, {
      hint: `Name it: dock-lock override ${kind} PATH`,
    })
  if (another !== undefined)
    throw new DockLockError('usage', `there are ${all.length} ${NAMES[kind]} files: ${listed(all)}`, {
      hint: `Name one of them: dock-lock override ${kind} ${one.file}`,
    })
  // Without a part of the builds, the file would pin less than it seems to.
  if (problem !== undefined) throw new DockLockError('malformed', problem.reason, { place: problem.place })
  return one
}

function listed(projects: readonly BuildProject[]): string {
  const names = projects.map(({ file }) => file)
  return names.length > 5 ? `${names.slice(0, 5).join(', ')}, …` : names.join(', ')
}

/** Several files as one project, as with several `-f`. */
async function together(
  context: Context,
  { root }: Project,
  kind: OverrideKind,
  paths: readonly string[],
): Promise<FilesRead> {
  const files = paths.map(path => projectPath(root, context.cwd, path))
  const [file = ''] = files
  const entries = await context.buildFormats()
  return {
    ...NO_FILES,
    buildFiles: entries.flatMap(entry => {
      const { id, ofFiles } = entry
      return id === kind && ofFiles !== undefined
        ? [{ file, entry: { ...entry, load: () => ofFiles(files) } }]
        : []
    }),
  }
}

/** The images of services without a build that the file does not pin. */
function imagesOfServices(
  { serviceImages = [] }: BuildProject,
  { config, lockfile }: Project,
): readonly OverriddenImage[] {
  return serviceImages.flatMap(({ service, occurrence }) => {
    if (occurrence.kind !== 'image' || ignoredImage(occurrence, config.ignore) !== undefined) return []
    const { reference } = occurrence
    const digest = lockfile.images.get(imageKey(reference, lockfile.images))?.digest
    return digest === undefined ? [] : [{ service, reference, digest }]
  })
}

/** The locked images of a build. The platforms of a build decide names such as `base-$TARGETARCH`. */
function overridden(
  build: Build,
  texts: ReadonlyMap<string, string>,
  format: Format,
  { config, lockfile }: Project,
): readonly OverriddenBuild[] {
  const { name, dockerfile, contexts } = build
  const file = 'file' in dockerfile ? dockerfile.file : dockerfile.origin.file
  const text = 'file' in dockerfile ? texts.get(file) : dockerfile.text
  if (name === undefined || text === undefined) return []
  const lock = (reference: Reference, context?: string): readonly OverridingImage[] => {
    const digest = lockfile.images.get(imageKey(reference, lockfile.images))?.digest
    return digest === undefined ? [] : [{ reference, digest, ...(context !== undefined && { context }) }]
  }
  const occurrences = extractOccurrences({ file, text, builds: [build], format }, [hostPlatform()])
  const failure = occurrences.find(one => one.kind === 'invalid')
  if (failure?.kind === 'invalid')
    throw new DockLockError('malformed', failure.reason, { place: failure.place })
  const own = Object.entries(contexts).flatMap(([context, value]) => {
    const parsed = value.startsWith(IMAGE) ? parseReference(value.slice(IMAGE.length)) : undefined
    return parsed?.ok ? lock(parsed.reference, context) : []
  })
  const images = occurrences.flatMap(one =>
    // BuildKit looks up a frontend before it knows the contexts.
    one.kind === 'image' && one.role !== 'syntax' && ignoredImage(one, config.ignore) === undefined
      ? lock(one.reference)
      : [],
  )
  const stages = occurrences.flatMap(({ stageName }) => stageName ?? [])
  return [{ name, contexts, images: [...own, ...images], stages: [...new Set(stages)] }]
}
