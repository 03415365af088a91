/** Reads the files that start builds, and makes sources of those that name images themselves. */
import type { Context } from '../../context.ts'
import {
  type Build,
  type BuildOptions,
  type InlineDockerfile,
  type Origin,
  type PlatformBuild,
  platformBuilds,
} from '../../core/build.ts'
import { dockerfileWords } from '../../core/file-problem.ts'
import type { MalformedFinding } from '../../core/finding.ts'
import { mergedBuilds } from '../../core/merged-builds.ts'
import type { ImageOccurrence, Occurrence, TagPart } from '../../core/occurrence.ts'
import { type Place, placeFinder } from '../../core/place.ts'
import { formatPlatform } from '../../core/platform.ts'
import type { FilesOfKind } from '../../core/report-parts.ts'
import type { BuildProblem, BuildsRead } from '../../formats/build-format.ts'
import type { Format } from '../../formats/format.ts'
import { ignoredFiles } from '../../io/ignore.ts'
import type { Options } from '../command.ts'
import { type ArgPlaces, argOccurrences, argPlaces, withPinnedArgs } from './arg-images.ts'
import type { Project } from './load-project.ts'
import { projectFiles } from './project-files.ts'
import type { FileSource, FilesRead } from './read-files.ts'

export interface BuildFilesRead {
  readonly builds: readonly Build[]
  /** The builds of each file that is the first one of its project. */
  readonly projects: readonly BuildProject[]
  /** Dockerfiles that only the builds name, and files that name images themselves. */
  readonly sources: readonly FileSource[]
  /** What is wrong with some of the builds. The others are used. */
  readonly problems: readonly MalformedFinding[]
  /** How many files of each kind start builds or name images. */
  readonly used: readonly FilesOfKind[]
  /** Files of which nothing can be used, with their texts. */
  readonly refused: readonly {
    readonly file: string
    readonly text: string
    readonly findings: readonly MalformedFinding[]
  }[]
}

export interface BuildProject extends Pick<BuildsRead, 'builds' | 'problems' | 'serviceImages'> {
  readonly kind: FilesOfKind['kind']
  readonly file: string
}

const NOTHING: BuildFilesRead = {
  builds: [],
  projects: [],
  sources: [],
  problems: [],
  used: [],
  refused: [],
}

export async function readBuildFiles(
  context: Context,
  project: Project,
  options: Options,
  { buildFiles, sources: dockerfiles }: FilesRead,
  buildOptions: BuildOptions,
): Promise<BuildFilesRead> {
  if (buildFiles.length === 0) return NOTHING
  const [dockerfile] = await context.formats()
  const files = projectFiles(context, project, options, [
    ...dockerfiles,
    ...buildFiles.flatMap(({ source }) => source ?? []),
  ])
  const reads: BuildsRead[] = []
  const unreadContexts: Record<string, Origin> = {}
  const projects: BuildProject[] = []
  const used = new Map<FilesOfKind['kind'], FilesOfKind>()
  const problems: MalformedFinding[] = []
  const refused: BuildFilesRead['refused'][number][] = []
  const known = new Set<string>()
  for (const { file, entry } of buildFiles) {
    const read = await (await entry.load()).read(file, files.project, buildOptions)
    // It is part of a project that another file starts.
    if (read.files.length === 0) continue
    Object.assign(unreadContexts, read.unreadContexts)
    const isUsed = read.builds.length + read.occurrences.length > 0
    // A script that builds with a file has the problems of the file, too.
    const findings = read.problems.map(toFinding).filter(one => known.size < known.add(idOf(one)).size)
    if (read.problems.length > 0 && !isUsed) {
      if (findings.length > 0) refused.push({ file, text: files.textOf(file), findings })
    } else {
      problems.push(...findings)
      reads.push(read)
      const { builds, serviceImages = [] } = read
      projects.push({ kind: entry.id, file, builds, problems: read.problems, serviceImages })
      const { files: count = 0, builds: started = 0 } = used.get(entry.id) ?? {}
      used.set(entry.id, { kind: entry.id, files: count + 1, builds: started + read.builds.length })
    }
  }
  const started = mergedBuilds(projects)
  const sources: FileSource[] = []
  const added = new Set(dockerfiles.map(({ file }) => file))
  for (const { dockerfile: of, origin } of started) {
    if (!('file' in of) || added.has(of.file)) continue
    added.add(of.file)
    if (ignoredFiles([of.file], project.config.ignore).ignored.length > 0) continue
    const { kind } = await files.project.read(of.file)
    const source = kind === 'text' ? await files.source(of.file) : undefined
    const place = { file: origin.file, line: origin.line ?? 1, column: 1 }
    if (source !== undefined) sources.push({ ...source, format: dockerfile as Format })
    else problems.push(toFinding({ place, reason: dockerfileWords(of.file, kind === 'missing') }))
  }
  const texts = new Map([...dockerfiles, ...sources].map(({ file, text }) => [file, text]))
  const args = argPlaces(started, file => texts.get(file), dockerfile as Format)
  const builds = [
    ...started.map(build => withPinnedArgs(build, args)),
    ...[...dockerfiles, ...sources].flatMap(source => unreadBuilds(source, unreadContexts)),
  ]
  for (const file of new Set(reads.flatMap(read => namingFiles(read, args)))) {
    if (ignoredFiles([file], project.config.ignore).ignored.length > 0) continue
    const source = await files.source(file)
    if (source !== undefined)
      sources.push({ ...source, format: formatOf(file, source.text, reads, args, dockerfile as Format) })
  }
  return { builds, projects, sources, problems, used: [...used.values()], refused }
}

/** The builds of a Dockerfile that may replace an image in it. Which of the Dockerfiles they build is not known. */
function unreadBuilds(
  { file, text }: Pick<FileSource, 'file' | 'text'>,
  contexts: Readonly<Record<string, Origin>>,
): readonly Build[] {
  return Object.entries(contexts).flatMap(([name, origin]) =>
    text.includes(name)
      ? [{ dockerfile: { file }, args: {}, platforms: [], contexts: { [name]: '' }, origin }]
      : [],
  )
}

/** The files that name images: in places of their own, or in Dockerfiles that they hold. */
function namingFiles(read: BuildsRead, args: ArgPlaces): readonly string[] {
  const { occurrences, builds } = read
  return [
    ...[...occurrences, ...argOccurrences(read, args)].map(({ file }) => file),
    ...builds.flatMap(({ dockerfile }) => ('text' in dockerfile ? [dockerfile.origin.file] : [])),
  ]
}

function toFinding({ place, reason }: BuildProblem): MalformedFinding {
  return { code: 'malformed', place, text: '', reason }
}

function idOf({ place, reason }: MalformedFinding): string {
  return [place.file, place.line, place.column, reason].join('\0')
}

/** The id of the format of files that name images beside builds. */
export const BUILDS = 'builds'

/** How such a file is read for its own images: by its readers, for the text on disk and for a changed one. */
function formatOf(
  file: string,
  onDisk: string,
  reads: readonly BuildsRead[],
  args: ArgPlaces,
  dockerfile: Format,
): Format {
  return {
    id: BUILDS,
    matches: path => path === file,
    builds: () => [{ dockerfile: { file }, args: {}, platforms: [], contexts: {}, origin: { file } }],
    extract(text, _, { buildPlatform }) {
      const placeOf = placeFinder(file, text)
      // An alias may be the same inline Dockerfile for many services.
      const seen = new Map<string, Set<string>>()
      const isNew = ({ dockerfile: inline }: Build, one: PlatformBuild) => {
        if ('file' in inline || inline.origin.file !== file) return false
        const ways = seen.get(inline.text) ?? new Set()
        seen.set(inline.text, ways)
        return ways.size < ways.add(JSON.stringify([inline.near(0), one])).size
      }
      const found = reads
        .map(read => (text === onDisk ? read : (read.reread?.(file, text) ?? read)))
        .flatMap(read => [
          ...[...read.occurrences, ...argOccurrences(read, args)].filter(one => one.file === file),
          ...read.builds.flatMap(build =>
            platformBuilds(build, buildPlatform).flatMap(one =>
              isNew(build, one) ? inlineOccurrences(build, one, file, placeOf, dockerfile) : [],
            ),
          ),
        ])
      return distinct(found)
    },
  }
}

/** One for each place and image: several files or aliases may name the same place. */
function distinct(occurrences: readonly Occurrence[]): readonly Occurrence[] {
  const found = new Map<string, Occurrence>()
  for (const one of occurrences) {
    const what = one.kind === 'image' ? one.reference.original : ''
    const id = [one.range.start, one.kind, what, one.platform && formatPlatform(one.platform)].join('\0')
    const isBlocked = one.kind === 'image' && one.pin.kind === 'never'
    if (!found.has(id) || isBlocked) found.set(id, one)
  }
  return [...found.values()].sort((a, b) => a.range.start - b.range.start)
}

/** The images of a Dockerfile inside another file, at their places there. */
function inlineOccurrences(
  { dockerfile: inline, platforms }: Build,
  build: PlatformBuild,
  file: string,
  placeOf: (offset: number) => Place,
  dockerfile: Format,
): readonly Occurrence[] {
  if ('file' in inline) return []
  const found = dockerfile.extract(inline.text, file, build)
  // BuildKit does not build a Dockerfile that has an invalid instruction.
  const isRefused = (one: Occurrence) => one.kind === 'invalid' && !one.ifNeeded && !one.comment
  return (found.some(isRefused) ? found.filter(isRefused) : found).map((one): Occurrence => {
    const start = inline.near(one.range.start)
    const range = { start, end: Math.max(start, inline.near(one.range.end)) }
    const placed = { ...one, range, place: placeOf(start) }
    if (placed.kind !== 'image') return placed
    // The places of ARGs are those in the inline text.
    const { args: _, platform = platforms.length > 0 ? build.targetPlatform : undefined, ...image } = placed
    const ofPlatform = platform !== undefined && placed.role !== 'syntax' && { platform }
    return { ...image, ...ofPlatform, ...pinOf(placed, inline), ...tagOf(placed, inline) }
  })
}

function pinOf({ pin }: ImageOccurrence, inline: InlineDockerfile): Pick<ImageOccurrence, 'pin'> {
  if (pin.kind === 'never') return { pin }
  const range = inline.rangeOf(pin.range)
  return {
    pin: range === undefined ? { kind: 'never', reason: 'not-written', names: [] } : { kind: 'here', range },
  }
}

function tagOf({ tag }: ImageOccurrence, inline: InlineDockerfile): Pick<ImageOccurrence, 'tag'> {
  if (tag === undefined) return {}
  return {
    tag: tag.map(({ range, ...part }): TagPart => {
      const written = range === undefined ? undefined : inline.rangeOf(range)
      return written === undefined ? part : { ...part, range: written }
    }),
  }
}
