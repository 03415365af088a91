import type { Context } from '../../context.ts'
import { DockLockError } from '../../core/error.ts'
import type { Finding, MalformedFinding } from '../../core/finding.ts'
import type { Ignored } from '../../core/ignore.ts'
import type { SkippedFile } from '../../core/report-parts.ts'
import type { Format } from '../../formats/format.ts'
import type { BuildFormatEntry } from '../../formats/index.ts'
import { ignoredFiles } from '../../io/ignore.ts'
import { mentions } from '../../io/mentions.ts'
import { readError } from '../../io/read.ts'
import { readSource, type Source, toSource } from '../../io/source.ts'
import { readStaged } from '../../io/staged.ts'
import type { Options } from '../command.ts'
import { chooseFiles } from './choose-files.ts'
import type { Project } from './load-project.ts'
import { malformedFile } from './refused.ts'

export interface FileSource extends Source {
  readonly format: Format
}

/** A file that starts builds. */
export interface BuildFile {
  readonly file: string
  readonly entry: BuildFormatEntry
  /** Absent: the reader reads it. */
  readonly source?: Source
}

export interface FilesRead {
  readonly sources: readonly FileSource[]
  /** Files that start builds. They are read by `readBuildFiles`. */
  readonly buildFiles: readonly BuildFile[]
  /** Files that cannot be read as text. */
  readonly findings: readonly Finding[]
  /** Files in an encoding that BuildKit does not read. */
  readonly undecodable: readonly { readonly file: string; readonly finding: MalformedFinding }[]
  /** Files that the config ignores. They are not read. */
  readonly ignored: readonly Ignored[]
  readonly skipped: readonly SkippedFile[]
  /** The files given on the command line. */
  readonly explicit: ReadonlySet<string>
  /** Only the builds of `buildFiles` count, and not the plain build of each Dockerfile. */
  readonly startedOnly?: true
}

export const NO_FILES: FilesRead = {
  sources: [],
  buildFiles: [],
  findings: [],
  undecodable: [],
  ignored: [],
  skipped: [],
  explicit: new Set(),
}

/** Finds the files, as given or discovered, and reads each of them once. */
export async function readFiles(context: Context, project: Project, options: Options): Promise<FilesRead> {
  const { root } = project
  const { env, signal } = context
  const chosen = await chooseFiles(context, project, options)
  const [formats, buildFormats] = await Promise.all([context.formats(), context.buildFormats()])
  const { explicit } = chosen
  const { kept: files, ignored } = ignoredFiles(chosen.files, project.config.ignore)
  const staged = options.staged ? readStaged({ root, env, signal }, files) : undefined
  const sources: FileSource[] = []
  const findings: Finding[] = []
  const undecodable: { file: string; finding: MalformedFinding }[] = []
  const skipped: SkippedFile[] = [...chosen.skipped]
  const buildFiles: BuildFile[] = []
  const seen = new Set<string>()
  for (const [index, file] of files.entries()) {
    // Files are read synchronously. Pausing now and then lets Ctrl-C and the engines' responses through.
    if (index % 50 === 49) await new Promise(resolve => setImmediate(resolve))
    if (signal.aborted) throw new DockLockError('interrupted', 'interrupted')
    const entry = formats.some(one => one.matches(file))
      ? undefined
      : buildFormats.find(one => one.matches(file) || one.accepts(file))
    // What is wrong with it is nobody's business here.
    const hints = explicit.has(file) ? undefined : entry?.hints
    if (hints !== undefined && staged === undefined && !mentions(root, file, hints.words)) continue
    try {
      const read = staged === undefined ? readSource(root, file) : toSource(file, await staged(file))
      if (hints !== undefined && (read.kind !== 'source' || !hints.mayStart(read.source.text))) continue
      if (read.kind === 'undecodable') {
        undecodable.push({ file, finding: malformedFile(file, read.error) })
        continue
      }
      if (read.kind !== 'source') {
        if (explicit.has(file) && read.kind === 'missing')
          throw new DockLockError('usage', `${file}: not found in the project`, {
            hint: 'Check the spelling',
          })
        if (explicit.has(file)) throw readError('usage', file, read)
        // A file that git tracks may have been deleted.
        if (read.kind !== 'irregular') continue
        if (options.strict) findings.push(malformedFile(file, readError('malformed', file, read)))
        else skipped.push({ file, code: 'irregular', irregular: read.irregular })
        continue
      }
      const { source } = read
      if (seen.has(source.path)) continue
      seen.add(source.path)
      if (entry !== undefined) {
        buildFiles.push({ file, entry, source })
        continue
      }
      // A file given on the command line is a Dockerfile whatever its name, as for `docker build -f`.
      const format = formats.find(one => one.matches(file)) ?? (formats[0] as Format)
      sources.push({ ...source, format })
    } catch (error) {
      if (!(error instanceof DockLockError) || error.code !== 'malformed') throw error
      if (hints !== undefined) continue
      findings.push(malformedFile(file, error))
    }
  }
  if (options.paths.length === 0) buildFiles.push(...configured(project, files, env, buildFormats))
  return { sources, buildFiles, findings, undecodable, ignored, skipped, explicit }
}

/** Projects of files that are found not by their names, but by the config and the environment. */
function configured(
  { root, config }: Project,
  files: readonly string[],
  env: Context['env'],
  entries: readonly BuildFormatEntry[],
): readonly BuildFile[] {
  return entries.flatMap((entry): readonly BuildFile[] => {
    const { ofFiles, ofSettings } = entry
    const lists = entry.id === 'compose' ? config.files.compose : []
    // The file with a default name says what else belongs to its project.
    const isFound = files.some(file => !file.includes('/') && entry.matches(file))
    const named = isFound ? undefined : ofSettings?.(env, () => readText(root, '.env'))
    return [
      ...lists.map(paths => ({ file: paths[0]!, entry: { ...entry, load: () => ofFiles!(paths) } })),
      ...(named === undefined ? [] : [{ file: named.file, entry: { ...entry, load: named.load } }]),
    ]
  })
}

function readText(root: string, file: string): string | undefined {
  try {
    const read = readSource(root, file)
    return read.kind === 'source' ? read.source.text : undefined
  } catch (error) {
    // What is wrong with it is reported when Compose files are read.
    if (error instanceof DockLockError && error.code === 'malformed') return undefined
    throw error
  }
}
