import type { Context } from '../../context.ts'
import { type Build, type BuildOptions, buildsByFile } from '../../core/build.ts'
import { DockLockError } from '../../core/error.ts'
import { extractOccurrences } from '../../core/extract.ts'
import type { Finding } from '../../core/finding.ts'
import { type Ignored, type IgnoreRule, ignoredImage } from '../../core/ignore.ts'
import { occurrenceFindings, occurrenceNotices } from '../../core/images.ts'
import type { Notice } from '../../core/notice.ts'
import type { Occurrence } from '../../core/occurrence.ts'
import { distinctPlatforms, type Platform, samePlatform } from '../../core/platform.ts'
import type { SkippedFile } from '../../core/report.ts'
import type { Format } from '../../formats/format.ts'
import type { Source } from '../../io/source.ts'
import type { Options } from '../command.ts'
import { buildOptions, hostPlatform } from './build-options.ts'
import type { Engines } from './engines.ts'
import type { Project } from './load-project.ts'
import { type FileSource, readFiles } from './read-files.ts'

/** What the files say. */
export interface Scan {
  readonly sources: readonly ScannedSource[]
  readonly occurrences: readonly Occurrence[]
  /** The platforms of the engines for which `occurrences` were extracted. */
  readonly enginePlatforms: readonly Platform[]
  readonly ignoreRules: readonly IgnoreRule[]
  /** Malformed files: nothing else of them is in here. */
  readonly findings: readonly Finding[]
  /** What is decided by whoever builds, and what is ignored. */
  readonly notices: readonly Notice[]
  /** What the config or a comment says to leave alone: it is in none of the above. */
  readonly ignored: readonly Occurrence[]
  /** Files found by their name that are no regular files inside the project: they are in none of the above either. */
  readonly skipped: readonly SkippedFile[]
  /** Whether these are all files of the project, and all could be read, so that a locked image that they do not name is an orphan. */
  readonly complete: boolean
}

export interface ScannedSource extends Source {
  readonly format: Format
  readonly builds: readonly Build[]
  readonly occurrences: readonly Occurrence[]
}

/**
 * Finds and reads the files, as given or discovered, and extracts every image that they name. With `engines`, which are asked
 * meanwhile, their platforms are what `$BUILDPLATFORM` means, and `$TARGETARCH` where no platform is named.
 * @throws DockLockError also as `Engines.all`
 */
export async function scanFiles(
  context: Context,
  project: Project,
  options: Options,
  engines?: Engines,
): Promise<Scan> {
  const read = await readFiles(context, project, options)
  const reached = (await engines?.all()) ?? []
  const known = distinctPlatforms(reached.flatMap(engine => (engine.reached ? (engine.platform ?? []) : [])))
  const enginePlatforms = known.length === 0 ? [hostPlatform()] : known
  const { ignore: ignoreRules } = project.config
  const builds = buildsOf(read.sources, buildOptions(project.config, options, context))

  const sources: ScannedSource[] = []
  const findings: Finding[] = [...read.findings]
  const ignoredPlaces: Ignored[] = []
  const ignored: Occurrence[] = []
  let places = 0
  for (const [index, source] of read.sources.entries()) {
    // Extraction waits for nothing: now and then Ctrl-C gets a turn.
    if (index % 50 === 49) await new Promise(resolve => setImmediate(resolve))
    if (context.signal.aborted) throw new DockLockError('interrupted', 'interrupted')
    const extractable = { ...source, builds: builds.get(source.file) ?? [] }
    const found = extractOccurrences(extractable, enginePlatforms)
    places += found.length
    if (places > MAX_PLACES) throw tooManyPlaces(source.file)
    // BuildKit refuses all of the file: what else it names is not built.
    const malformed = occurrenceFindings(found)
    if (malformed.length > 0) {
      findings.push(...malformed)
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
  const occurrences = sources.flatMap(source => source.occurrences)
  return {
    sources,
    occurrences,
    enginePlatforms,
    ignoreRules,
    findings,
    notices: [...read.ignored, ...ignoredPlaces, ...occurrenceNotices(occurrences)],
    ignored,
    skipped: read.skipped,
    complete: meansAll(options) && findings.length === 0,
  }
}

/** Every file's own builds. Builds that other kinds of file start for a Dockerfile join them here, by its path. */
function buildsOf(
  sources: readonly FileSource[],
  options: BuildOptions,
): ReadonlyMap<string, readonly Build[]> {
  return buildsByFile(sources.flatMap(({ format, text, file }) => format.builds(text, file, options)))
}

/** The occurrences for a build on an engine of that platform; for any, where it is not known. */
export function occurrencesOn(scan: Scan, platform: Platform | undefined): readonly Occurrence[] {
  const { enginePlatforms, occurrences, sources, ignoreRules } = scan
  if (platform === undefined || enginePlatforms.every(one => samePlatform(one, platform))) return occurrences
  return sources.flatMap(source =>
    extractOccurrences(source, [platform]).filter(one => ignoredImage(one, ignoreRules) === undefined),
  )
}

/** The occurrences in another text of the file, as after edits. */
export function occurrencesIn(source: ScannedSource, text: string, scan: Scan): readonly Occurrence[] {
  return extractOccurrences({ ...source, text }, scan.enginePlatforms).filter(
    one => ignoredImage(one, scan.ignoreRules) === undefined,
  )
}

/** Places that name an image, counted once per combination of build args, in all files of one run. */
const MAX_PLACES = 250_000

function tooManyPlaces(file: string): DockLockError {
  return new DockLockError('usage', `the files name images in more than ${MAX_PLACES} places`, {
    place: { file, line: 1, column: 1 },
    hint: 'Name fewer files (dock-lock PATH), or give the ARGs in "buildArgs" fewer values',
  })
}

/** Whether all files of the project are meant, and everything in them. */
export function meansAll({ paths, target }: Options): boolean {
  return paths.length === 0 && target === undefined
}
