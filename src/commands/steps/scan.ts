import type { Context } from '../../context.ts'
import { type Build, type BuildOptions, buildsByFile } from '../../core/build.ts'
import { DockLockError } from '../../core/error.ts'
import { extractOccurrences } from '../../core/extract.ts'
import type { Finding, MalformedFinding } from '../../core/finding.ts'
import { type Ignored, type IgnoreRule, ignoredImage } from '../../core/ignore.ts'
import { occurrenceFindings, occurrenceNotices } from '../../core/images.ts'
import type { Notice } from '../../core/notice.ts'
import type { Occurrence } from '../../core/occurrence.ts'
import { distinctPlatforms, type Platform, samePlatform } from '../../core/platform.ts'
import type { FilesOfKind, SkippedFile } from '../../core/report-parts.ts'
import type { PendingText } from '../../core/rewrite.ts'
import type { Format } from '../../formats/format.ts'
import type { Source } from '../../io/source.ts'
import { meansAll, type Options } from '../command.ts'
import { BUILDS, readBuildFiles } from './build-files.ts'
import { buildOptions, hostPlatform } from './build-options.ts'
import { nothingFound } from './choose-files.ts'
import type { Engines } from './engines.ts'
import type { Project } from './load-project.ts'
import { type FileSource, type FilesRead, readFiles } from './read-files.ts'
import { conflictedFile, createRefusals, type Named } from './refused.ts'

/** The content of the files. */
export interface Scan {
  readonly sources: readonly ScannedSource[]
  readonly occurrences: readonly Occurrence[]
  /** The platforms of the engines for which `occurrences` were extracted. */
  readonly enginePlatforms: readonly Platform[]
  readonly ignoreRules: readonly IgnoreRule[]
  /** Malformed files. Nothing else here comes from them. */
  readonly findings: readonly Finding[]
  /** Those of `findings` that are files with merge conflicts. */
  readonly conflicted: readonly MalformedFinding[]
  /** What is decided at build time, and what is ignored. */
  readonly notices: readonly Notice[]
  /** What the config or a comment ignores. None of the fields above includes it. */
  readonly ignored: readonly Occurrence[]
  /** Files found by name that are not used, and folders that were not searched. */
  readonly skipped: readonly SkippedFile[]
  /** The files by their kind; empty if all are Dockerfiles. */
  readonly read: readonly FilesOfKind[]
  /** Whether these are all files of the project, and all were readable. Only then is a locked image that they do not name an orphan. */
  readonly complete: boolean
}

export interface ScannedSource extends Source {
  readonly format: Format
  readonly builds: readonly Build[]
  readonly occurrences: readonly Occurrence[]
  /** If `text` has changes that are not written yet. */
  readonly pending?: PendingText
}

/**
 * Finds and reads the files, as given or discovered, and extracts every image that they name. With `engines`, which are contacted
 * meanwhile, `$BUILDPLATFORM` means their platforms. So does `$TARGETARCH` if no platform is named.
 * @throws DockLockError also as `Engines.all`
 */
export async function scanFiles(
  context: Context,
  project: Project,
  options: Options,
  engines?: Engines,
  named: Named = 'required',
): Promise<Scan> {
  const read = await readFiles(context, project, options)
  return scanRead(
    context,
    project,
    options,
    read,
    buildOptions(project.config, options, context),
    engines,
    named,
  )
}

/** As `scanFiles`, of files that are read already. @param ofBuilds what applies to every build */
export async function scanRead(
  context: Context,
  project: Project,
  options: Options,
  read: FilesRead,
  ofBuilds: BuildOptions,
  engines?: Engines,
  named: Named = 'required',
): Promise<Scan> {
  const reached = (await engines?.all()) ?? []
  const known = distinctPlatforms(reached.flatMap(engine => (engine.reached ? [engine.info.platform] : [])))
  const enginePlatforms = known.length === 0 ? [hostPlatform()] : known
  const { ignore: ignoreRules } = project.config
  const started = await readBuildFiles(context, project, options, read, ofBuilds)
  const files = [...read.sources, ...started.sources]
  const builds = buildsOf(files, started.builds, ofBuilds, read)

  const sources: ScannedSource[] = []
  const findings: Finding[] = [...read.findings]
  const refusals = createRefusals(read, options, named)
  for (const { file, finding } of read.undecodable) refusals.add(file, '', [finding])
  for (const problem of started.problems) refusals.add(problem.place.file, '', [problem])
  const conflicted: MalformedFinding[] = []
  for (const { file, text, findings: reasons } of started.refused) {
    const conflict = conflictedFile(file, text)
    if (conflict !== undefined) conflicted.push(conflict)
    // `{{` in it does not make it a template: many have formats of docker in them.
    else refusals.add(file, '', reasons)
  }
  const ignoredPlaces: Ignored[] = []
  const ignored: Occurrence[] = []
  let places = 0
  for (const [index, source] of files.entries()) {
    // Extraction is synchronous. Pausing now and then lets Ctrl-C through.
    if (index % 50 === 49) await new Promise(resolve => setImmediate(resolve))
    if (context.signal.aborted) throw new DockLockError('interrupted', 'interrupted')
    const extractable = { ...source, builds: builds.get(source.file) ?? [] }
    const all = extractOccurrences(extractable, enginePlatforms)
    for (const one of occurrenceFindings(all.filter(failsOneBuild))) refusals.add(one.place.file, '', [one])
    const extracted = all.filter(one => !failsOneBuild(one))
    const found = usable(source, extracted)
    // The other services of a file can be used.
    if (found.length < extracted.length) refusals.add(source.file, source.text, occurrenceFindings(extracted))
    places += found.length
    if (places > MAX_PLACES) throw tooManyPlaces(source.file)
    // BuildKit rejects the whole file, so none of its images is built.
    const malformed = occurrenceFindings(found)
    if (malformed.length > 0) {
      const conflict = conflictedFile(source.file, source.text)
      if (conflict !== undefined) conflicted.push(conflict)
      // BuildKit builds a file with a wrong comment of ours, so it is not skipped.
      else if (found.some(one => one.kind === 'invalid' && one.comment)) findings.push(...malformed)
      else refusals.add(source.file, source.text, malformed)
      continue
    }
    const kept: Occurrence[] = []
    for (const occurrence of found) {
      const place = ignoredImage(occurrence, ignoreRules)
      if (place === undefined) kept.push(occurrence)
      else {
        ignoredPlaces.push(place)
        ignored.push(occurrence)
      }
    }
    sources.push({ ...extractable, occurrences: kept })
  }
  findings.push(...conflicted, ...refusals.findings)
  const occurrences = sources.flatMap(source => source.occurrences)
  const isNothing =
    sources.length + started.used.length + findings.length + read.ignored.length + ignoredPlaces.length === 0
  const mustFind = !read.startedOnly && (named === 'required' || read.explicit.size === 0)
  // One file that BuildKit rejects is an error, but does not stop the other files from being locked.
  if (isNothing && mustFind) findings.push(...refusals.skippedFindings)
  const skipped = [...read.skipped, ...refusals.skipped]
  // A commit may have no Dockerfile: a hook runs for each.
  if (isNothing && mustFind && findings.length === 0 && !options.staged)
    throw nothingFound(options.paths, skipped)
  return {
    sources,
    occurrences,
    enginePlatforms,
    ignoreRules,
    findings,
    conflicted,
    notices: [...read.ignored, ...ignoredPlaces, ...occurrenceNotices(occurrences)],
    ignored,
    skipped: findings.length > 0 && isNothing ? skipped.filter(({ code }) => code !== 'malformed') : skipped,
    read: filesOfKinds(sources, started.used),
    // What is skipped may name images that are locked.
    complete: meansAll(options) && findings.length + refusals.skippedFindings.length === 0,
  }
}

function filesOfKinds(
  sources: readonly ScannedSource[],
  used: readonly FilesOfKind[],
): readonly FilesOfKind[] {
  if (used.length === 0) return []
  const files = sources.filter(({ format }) => format.id !== BUILDS).length
  return files === 0 ? used : [{ kind: 'dockerfile', files }, ...used]
}

/** The builds of each file: its own, and those that other files start for it. */
function buildsOf(
  sources: readonly FileSource[],
  started: readonly Build[],
  options: BuildOptions,
  { startedOnly }: FilesRead,
): ReadonlyMap<string, readonly Build[]> {
  const own = sources
    .filter(({ format }) => !startedOnly || format.id === BUILDS)
    .flatMap(({ format, text, file }) => format.builds(text, file, options))
  return buildsByFile([...own, ...started])
}

/** The occurrences for a build on an engine of that platform; for any platform if it is unknown. */
export function occurrencesOn(scan: Scan, platform: Platform | undefined): readonly Occurrence[] {
  const { enginePlatforms, occurrences, sources, ignoreRules } = scan
  if (platform === undefined || enginePlatforms.every(one => samePlatform(one, platform))) return occurrences
  return sources.flatMap(source =>
    usable(source, extractOccurrences(source, [platform])).filter(
      one => ignoredImage(one, ignoreRules) === undefined,
    ),
  )
}

/** A Dockerfile with an invalid instruction is not built at all. In a file that starts builds, only one of them is not. */
function usable({ format }: FileSource, occurrences: readonly Occurrence[]): readonly Occurrence[] {
  return occurrences.filter(one => (format.id === BUILDS ? one.kind !== 'invalid' : !failsOneBuild(one)))
}

function failsOneBuild(one: Occurrence): boolean {
  return one.kind === 'invalid' && one.ofBuild === true
}

/** The occurrences in another text of the same file, such as an edited one. */
export function occurrencesIn(source: ScannedSource, text: string, scan: Scan): readonly Occurrence[] {
  return usable(source, extractOccurrences({ ...source, text }, scan.enginePlatforms)).filter(
    one => ignoredImage(one, scan.ignoreRules) === undefined,
  )
}

/** Places that name an image, over all files of a run. Each combination of build args counts. */
const MAX_PLACES = 250_000

function tooManyPlaces(file: string): DockLockError {
  return new DockLockError('usage', `the files name images in more than ${MAX_PLACES} places`, {
    place: { file, line: 1, column: 1 },
    hint: 'Name fewer files (dock-lock PATH), or give the ARGs in "buildArgs" fewer values',
  })
}
