import type { Context } from '../../context.ts'
import { DockLockError } from '../../core/error.ts'
import type { Finding } from '../../core/finding.ts'
import type { Ignored } from '../../core/ignore.ts'
import { LOCKFILE_NAME } from '../../core/lockfile.ts'
import type { SkippedFile } from '../../core/report.ts'
import type { Format } from '../../formats/format.ts'
import { CONFIG_NAME } from '../../io/config.ts'
import { discoverFiles, isFolder } from '../../io/discover.ts'
import { ignoredFiles } from '../../io/ignore.ts'
import { projectPath } from '../../io/project.ts'
import { readError } from '../../io/read.ts'
import { readSource, type Source, toSource } from '../../io/source.ts'
import { listStaged, readStaged } from '../../io/staged.ts'
import type { Options } from '../command.ts'
import type { Project } from './load-project.ts'

export interface FileSource extends Source {
  readonly format: Format
}

export interface FilesRead {
  readonly sources: readonly FileSource[]
  /** Files that cannot be read as text. */
  readonly findings: readonly Finding[]
  /** Files that the config ignores, unread. */
  readonly ignored: readonly Ignored[]
  readonly skipped: readonly SkippedFile[]
}

/** Finds the files, as given or discovered, and reads each once. @throws DockLockError `usage` where there is none */
export async function readFiles(context: Context, project: Project, options: Options): Promise<FilesRead> {
  const { root } = project
  const { env, signal } = context
  const chosen = await chooseFiles(context, root, options)
  const formats = await context.formats()
  const { explicit } = chosen
  const { kept: files, ignored } = ignoredFiles(chosen.files, project.config.ignore)
  const staged = options.staged ? readStaged({ root, env, signal }, files) : undefined
  const sources: FileSource[] = []
  const findings: Finding[] = []
  const skipped: SkippedFile[] = []
  const seen = new Set<string>()
  for (const [index, file] of files.entries()) {
    // Files are read without waiting for anything: now and then Ctrl-C and the engine's answers get a turn.
    if (index % 50 === 49) await new Promise(resolve => setImmediate(resolve))
    if (signal.aborted) throw new DockLockError('interrupted', 'interrupted')
    try {
      const read = staged === undefined ? readSource(root, file) : toSource(file, await staged(file))
      if (read.kind !== 'source') {
        if (explicit.has(file) && read.kind === 'missing')
          throw new DockLockError('usage', `${file}: no such file in the project`, {
            hint: 'Check the spelling',
          })
        if (explicit.has(file)) throw readError('usage', file, read)
        // A file that git tracks may be deleted.
        if (read.kind === 'irregular') skipped.push({ file, reason: read.reason })
        continue
      }
      const { source } = read
      if (seen.has(source.path)) continue
      seen.add(source.path)
      // A file that is named on the command line is a Dockerfile whatever it is called, as for `docker build -f`.
      const format = formats.find(one => one.matches(file)) ?? (formats[0] as Format)
      sources.push({ ...source, format })
    } catch (error) {
      if (!(error instanceof DockLockError) || error.code !== 'malformed') throw error
      findings.push({
        code: 'malformed',
        place: error.place ?? { file, line: 1, column: 1 },
        text: '',
        reason: error.message,
        ...(error.hint !== undefined && { hint: error.hint }),
      })
    }
  }
  if (sources.length + findings.length + ignored.length === 0) throw noFiles(options, skipped)
  return { sources, findings, ignored, skipped }
}

function noFiles({ paths }: Options, [first]: readonly SkippedFile[]): DockLockError {
  const where = paths.length === 0 ? 'here' : `in ${paths.join(', ')}`
  const but = first === undefined ? '' : `: ${first.file} was skipped: ${first.reason}`
  return new DockLockError('usage', `no Dockerfile found ${where}${but}`, {
    hint: 'Name one: dock-lock PATH. Looked for: Dockerfile, Dockerfile.*, *.Dockerfile, Containerfile; ignored files are left out',
  })
}

async function chooseFiles(
  context: Context,
  root: string,
  options: Options,
): Promise<{ readonly files: readonly string[]; readonly explicit: ReadonlySet<string> }> {
  const loadMatches = async () => {
    const formats = await context.formats()
    return (path: string) => formats.some(format => format.matches(path))
  }
  const { env, signal } = context
  if (options.staged)
    return { files: await listStaged({ root, env, signal }, await loadMatches()), explicit: new Set() }
  const explicit = new Set<string>()
  const files = new Set<string>()
  for (const given of options.paths.length === 0 ? [root] : options.paths) {
    const path = projectPath(root, context.cwd, given)
    if (await isFolder(root, path)) {
      for (const file of await discoverFiles(root, path, loadMatches, env, signal)) files.add(file)
    } else if (path !== LOCKFILE_NAME && path !== CONFIG_NAME) {
      explicit.add(path)
      files.add(path)
    }
  }
  return { files: [...files], explicit }
}
