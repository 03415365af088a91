import type { Context } from '../../context.ts'
import { DockLockError } from '../../core/error.ts'
import type { Finding } from '../../core/finding.ts'
import { ignoredImage } from '../../core/ignore.ts'
import { occurrenceFindings, occurrenceNotices } from '../../core/images.ts'
import type { Notice } from '../../core/notice.ts'
import type { Occurrence } from '../../core/occurrence.ts'
import {
  distinctPlatforms,
  formatPlatform,
  normalizePlatform,
  parsePlatform,
  samePlatform,
} from '../../core/platform.ts'
import type { SkippedFile } from '../../core/report.ts'
import type { ExtractOptions, Format } from '../../formats/format.ts'
import type { Config } from '../../io/config.ts'
import { ignoredFiles } from '../../io/ignore.ts'
import { readError } from '../../io/read.ts'
import { readSource, type Source, toSource } from '../../io/source.ts'
import { readStaged } from '../../io/staged.ts'
import type { Options } from '../command.ts'
import { chooseFiles, nothingFound } from './choose-files.ts'
import type { Engines } from './engines.ts'
import type { Project } from './load-project.ts'
import { malformedFile, refusedFile } from './refused.ts'

/** What the files say. */
export interface Scan {
  readonly sources: readonly ScannedSource[]
  readonly occurrences: readonly Occurrence[]
  /** Those of a build on an engine of that platform; of any, where it is not known. */
  occurrencesOn(own: string | undefined): readonly Occurrence[]
  /** Malformed files: nothing else of them is in here. */
  readonly findings: readonly Finding[]
  /** What is decided by whoever builds, and what is ignored. */
  readonly notices: readonly Notice[]
  /** What the config or a comment says to leave alone: it is in none of the above. */
  readonly ignored: readonly Occurrence[]
  /** What was found by its name and is no regular file inside the project: it is in none of the above either. */
  readonly skipped: readonly SkippedFile[]
  /** Whether these are all files of the project, and all could be read, so that what they do not name is an orphan in the lockfile. */
  readonly complete: boolean
}

export interface ScannedSource extends Source {
  readonly occurrences: readonly Occurrence[]
  /** Reads the text of this file again, after edits. */
  readonly extract: (text: string) => readonly Occurrence[]
  readonly occurrencesOn: (own: string) => readonly Occurrence[]
}

/**
 * As `scanFiles`, for builds on the engines, which are asked meanwhile: theirs is the platform that `$BUILDPLATFORM` means, and where none
 * is named `$TARGETARCH`. @throws DockLockError also as `Engines.all`
 */
export async function scanForEngines(
  context: Context,
  project: Project,
  options: Options,
  engines: Engines | undefined,
): Promise<Scan> {
  const scan = await scanFiles(context, project, options)
  const reached = (await engines?.all()) ?? []
  const owns = [...new Set(reached.flatMap(engine => (engine.reached ? [engine.info.platform] : [])))]
  const here = parsePlatform(hostPlatform())
  const isHere = owns.every(own => samePlatform(parsePlatform(own), here))
  return isHere ? scan : scanFiles(context, project, options, owns)
}

/** Whether a file that is named on the command line must be a Dockerfile, or may be skipped like one that was discovered. */
export type Named = 'required' | 'optional'

/** Finds and reads the files, as given or discovered, and every image they name when they are built on one of the platforms `owns`. */
export async function scanFiles(
  context: Context,
  project: Project,
  options: Options,
  owns: readonly string[] = [hostPlatform()],
  named: Named = 'required',
): Promise<Scan> {
  const { root } = project
  const findings: Finding[] = []
  const sources: ScannedSource[] = []
  const seen = new Set<string>()
  const chosen = await chooseFiles(context, project, options)
  const { explicit } = chosen
  const formats = await context.formats()
  const formatOf = (path: string): Format | undefined => formats.find(format => format.matches(path))
  const { ignore: rules } = project.config
  const { kept: files, ignored: ignoredWhole } = ignoredFiles(chosen.files, rules)
  const notices: Notice[] = [...ignoredWhole]
  const ignored: Occurrence[] = []
  const skipped: SkippedFile[] = [...chosen.skipped]
  const refused: Finding[] = []
  const refuse = (file: string, text: string, why: readonly Finding[]) => {
    const mayBeSkipped = !options.strict && (named === 'optional' || !explicit.has(file))
    if (!mayBeSkipped) {
      findings.push(...why)
      return
    }
    const skip = refusedFile(file, text, why)
    skipped.push(skip)
    if (skip.code === 'malformed') refused.push(...why)
  }
  const isKept = (occurrence: Occurrence) => ignoredImage(occurrence, rules) === undefined
  const variantsOn = (own: string) => extractOptions(project.config, options, context, own)
  const variants = owns.flatMap(variantsOn)
  let places = 0
  const { env, signal } = context
  const staged = options.staged ? readStaged({ root, env, signal }, files) : undefined
  for (const [index, file] of files.entries()) {
    // Files are read and parsed without waiting for anything: now and then Ctrl-C and the engine's answers get a turn.
    if (index % 50 === 49) await new Promise(resolve => setImmediate(resolve))
    if (context.signal.aborted) throw new DockLockError('interrupted', 'interrupted')
    try {
      const read = staged === undefined ? readSource(root, file) : toSource(file, await staged(file))
      if (read.kind === 'undecodable') {
        refuse(file, '', [malformedFile(file, read.error)])
        continue
      }
      if (read.kind !== 'source') {
        if (explicit.has(file) && read.kind === 'missing')
          throw new DockLockError('usage', `${file}: no such file in the project`, {
            hint: 'Check the spelling',
          })
        if (explicit.has(file)) throw readError('usage', file, read)
        // A file that git tracks may be deleted.
        if (read.kind === 'irregular') skipped.push({ file, code: 'irregular', reason: read.reason })
        continue
      }
      const { source } = read
      if (seen.has(source.path)) continue
      seen.add(source.path)
      // A file that is named on the command line is a Dockerfile whatever it is called, as for `docker build -f`.
      const format = formatOf(file) ?? (formats[0] as Format)
      const all = (text: string) => extractAll(format, file, text, variants)
      const found = all(source.text)
      places += found.length
      if (places > MAX_PLACES) throw tooManyPlaces(file)
      // BuildKit refuses all of the file: what else it names is not built.
      const malformed = occurrenceFindings(found)
      if (malformed.length > 0) {
        refuse(file, source.text, malformed)
        continue
      }
      const kept: Occurrence[] = []
      for (const occurrence of found) {
        const left = ignoredImage(occurrence, rules)
        if (left === undefined) kept.push(occurrence)
        else {
          notices.push(left)
          ignored.push(occurrence)
        }
      }
      sources.push({
        ...source,
        occurrences: kept,
        extract: text => all(text).filter(isKept),
        occurrencesOn: own => extractAll(format, file, source.text, variantsOn(own)).filter(isKept),
      })
    } catch (error) {
      if (!(error instanceof DockLockError) || error.code !== 'malformed') throw error
      findings.push(malformedFile(file, error))
    }
  }
  const isNothing = sources.length + findings.length + notices.length === 0
  const mustFind = named === 'required' || explicit.size === 0
  // They keep nothing else from being locked.
  if (isNothing && mustFind) findings.push(...refused)
  if (isNothing && mustFind && findings.length === 0) throw nothingFound(options.paths, skipped)
  const occurrences = sources.flatMap(source => source.occurrences)
  return {
    sources,
    occurrences,
    occurrencesOn: own =>
      own === undefined || owns.every(one => samePlatform(parsePlatform(one), parsePlatform(own)))
        ? occurrences
        : sources.flatMap(source => source.occurrencesOn(own)),
    findings,
    notices: [...notices, ...occurrenceNotices(occurrences)],
    ignored,
    skipped: findings.length > 0 && isNothing ? skipped.filter(({ code }) => code !== 'malformed') : skipped,
    complete: meansAll(options) && findings.length + refused.length === 0,
  }
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

/** Once per platform, built on or for: where `$TARGETARCH` is part of a name, each platform has an image of its own. */
function extractAll(
  format: Format,
  file: string,
  text: string,
  variants: readonly ExtractOptions[],
): readonly Occurrence[] {
  if (variants.length === 1) return format.extract(text, file, variants[0] as ExtractOptions)
  const seen = new Map<string, Occurrence>()
  for (const variant of variants) {
    for (const occurrence of format.extract(text, file, variant)) {
      const what = occurrence.kind === 'image' ? occurrence.reference.original : ''
      const id = [occurrence.range.start, occurrence.kind, what, occurrence.platform].join('\0')
      if (!seen.has(id)) seen.set(id, occurrence)
    }
  }
  return [...seen.values()].sort((a, b) => a.range.start - b.range.start)
}

function extractOptions(
  config: Config,
  options: Options,
  context: Context,
  buildPlatform: string,
): readonly ExtractOptions[] {
  const buildArgs = { ...config.buildArgs, ...options.buildArgs }
  const targets = targetPlatforms(config, options, context)
  return (targets.length === 0 ? [buildPlatform] : targets).map(targetPlatform => ({
    buildArgs,
    buildPlatform,
    targetPlatform,
    ...(options.target !== undefined && { target: options.target }),
  }))
}

/** The platforms that builds are made for: `--platform`, else DOCKER_DEFAULT_PLATFORM, else the config; none: the engine's own. */
export function targetPlatforms(config: Config, options: Options, { env }: Context): readonly string[] {
  if (options.platforms.length > 0) return distinctPlatforms(options.platforms)
  return env.DOCKER_DEFAULT_PLATFORM ? [env.DOCKER_DEFAULT_PLATFORM] : distinctPlatforms(config.platforms)
}

/** The Linux platform of this machine: what an engine on it builds on. */
function hostPlatform(): string {
  const architectures: Record<string, string> = { x64: 'amd64', ia32: '386' }
  return formatPlatform(
    normalizePlatform({ os: 'linux', architecture: architectures[process.arch] ?? process.arch }),
  )
}
