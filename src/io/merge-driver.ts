/** The merge driver for the lockfile: what git runs, and how it is installed. */
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { DockLockError } from '../core/error.ts'
import { LOCKFILE_NAME } from '../core/lockfile.ts'
import { mergedText, mergeLockfiles } from '../core/lockfile-merge.ts'
import { collectOutput } from '../lib/spawn.ts'
import { type GitRun, runGit } from './git.ts'
import { parseLockfileText } from './lockfile.ts'
import { parseBase } from './lockfile-conflicts.ts'
import { contentOf, maxSize, readError, readRegularFile } from './read.ts'
import { findRepository } from './repository.ts'
import { encodeSource, readSource } from './source.ts'
import type { FileChange } from './write.ts'

/** Paths as git names them for a driver. @see https://git-scm.com/docs/gitattributes#_defining_a_custom_merge_driver */
export interface DriverRun {
  readonly cwd: string
  readonly env: GitRun['env']
  readonly signal: AbortSignal
  /** `%O`, `%A` and `%B`: the base, ours and theirs. The result replaces ours. */
  readonly base: string
  readonly ours: string
  readonly theirs: string
  /** `%L` */
  readonly markerSize: number
}

/**
 * Merges three versions of the lockfile. Returns whether nothing is left to decide. Otherwise the result has conflict markers. If a
 * version is not a lockfile, git's own merge by lines decides.
 */
export async function runMergeDriver(run: DriverRun): Promise<boolean> {
  const texts = {
    base: readVersion(run, run.base),
    ours: readVersion(run, run.ours),
    theirs: readVersion(run, run.theirs),
  }
  try {
    const [ours, theirs] = [await parseLockfileText(texts.ours), await parseLockfileText(texts.theirs)]
    const merged = mergeLockfiles(ours, theirs, await parseBase(texts.base, parseLockfileText))
    await writeFile(resolve(run.cwd, run.ours), mergedText(merged, run.markerSize))
    return merged.disputes.length === 0
  } catch (error) {
    if (!(error instanceof DockLockError) || error.code !== 'malformed') throw error
    return mergeLines(run, texts)
  }
}

function readVersion({ cwd }: DriverRun, file: string): string {
  const read = readRegularFile(resolve(cwd, file), maxSize(LOCKFILE_NAME))
  const bytes = contentOf('usage', file, read)
  if (bytes === undefined) throw readError('usage', file, { kind: 'missing' })
  return bytes.toString('utf8')
}

/** Milliseconds. */
const TIMEOUT = 60_000

/** As git merges without a driver. If git cannot, all lines of both sides are in one conflict, so that none is lost. */
async function mergeLines(
  { cwd, env, signal, base, ours, theirs, markerSize }: DriverRun,
  texts: { readonly ours: string; readonly theirs: string },
): Promise<boolean> {
  const labels = ['ours', 'base', 'theirs'].flatMap(label => ['-L', label])
  const args = ['merge-file', '-q', `--marker-size=${markerSize}`, ...labels, '--', ours, base, theirs]
  const ran = await collectOutput({ command: 'git', args, cwd, env }, { signal, timeout: TIMEOUT })
  // The exit code is the number of conflicts, at most 127.
  if (ran.status === 'exited' && typeof ran.code === 'number' && ran.code <= 127) return ran.code === 0
  const whole = (text: string) => (text === '' || text.endsWith('\n') ? text : `${text}\n`)
  const marker = (sign: string, label: string) => `${sign.repeat(markerSize)}${label}\n`
  await writeFile(
    resolve(cwd, ours),
    `${marker('<', ' ours')}${whole(texts.ours)}${marker('=', '')}${whole(texts.theirs)}${marker('>', ' theirs')}`,
  )
  return false
}

const ATTRIBUTES = '.gitattributes'
const SECTION = 'merge.dock-lock'

/** What `init --merge-driver` changes. */
export interface DriverSetup {
  /** The change of `.gitattributes`; undefined if it has the line already. */
  readonly attributes: FileChange | undefined
  /** The command of the driver. */
  readonly command: string
  /** Whether git's config has that command already. */
  readonly isConfigured: boolean
}

/** @throws DockLockError `usage` outside a git repository */
export async function planDriver(git: GitRun): Promise<DriverSetup> {
  const repository = findRepository(git.root, git.env)
  const configured = await runGit(['config', '--local', '--get', `${SECTION}.driver`], {
    ...git,
    partial: true,
  })
  if (repository === undefined || configured === undefined)
    throw new DockLockError('usage', '--merge-driver needs a git repository', {
      hint: 'Run it in a git repository, or create one: git init',
    })
  const command = driverCommand(git.root, repository.top)
  return {
    attributes: attributesChange(git.root),
    command,
    isConfigured: configured.toString('utf8').replace(/\n$/, '') === command,
  }
}

/** Writes the driver into the config of this clone. */
export async function configureDriver(git: GitRun, command: string): Promise<void> {
  await runGit(['config', '--local', `${SECTION}.name`, 'merge images of docker-images.lock'], git)
  await runGit(['config', '--local', `${SECTION}.driver`, command], git)
}

/**
 * Git runs it with a shell, in the top folder of the repository. It uses an installed dock-lock and never fetches one. If there is none
 * (a fresh clone), git merges by lines: without this, git would keep ours and leave no markers.
 */
function driverCommand(root: string, top: string): string {
  const program = installedProgram(root, top) ?? 'npx --no --offline -- dock-lock'
  const byLines = 'git merge-file --marker-size=%L -L ours -L base -L theirs %A %O %B'
  return `${program} merge-driver %O %A %B %L %P || { ! grep -q '^<<<<<<<' %A && ${byLines}; }`
}

/** The path of an installed dock-lock, from the top folder of the repository. */
function installedProgram(root: string, top: string): string | undefined {
  for (let folder = root; ; folder = dirname(folder)) {
    const path = join(folder, 'node_modules/.bin/dock-lock')
    const way = relative(top, path).split(sep).join('/')
    // Git replaces % and a letter.
    if (existsSync(path) && /^[\w./@+-]+$/.test(way)) return way
    if (folder === top || dirname(folder) === folder) return undefined
  }
}

function attributesChange(root: string): FileChange | undefined {
  const line = `${LOCKFILE_NAME} merge=dock-lock\n`
  const read = readSource(root, ATTRIBUTES)
  if (read.kind === 'missing')
    return { file: ATTRIBUTES, path: join(root, ATTRIBUTES), before: undefined, after: Buffer.from(line) }
  if (read.kind === 'irregular') throw readError('malformed', ATTRIBUTES, read)
  if (read.kind === 'undecodable') throw read.error
  const { path, bytes, text } = read.source
  const lines = text.split(/\r?\n/).map(one => one.split(/\s+/))
  if (lines.some(([pattern, ...values]) => pattern === LOCKFILE_NAME && values.includes('merge=dock-lock')))
    return undefined
  const end = text.includes('\r\n') ? '\r\n' : '\n'
  const start = text === '' || text.endsWith('\n') ? text : `${text}${end}`
  return {
    file: ATTRIBUTES,
    path,
    before: bytes,
    after: encodeSource(read.source, start + line.replace('\n', end)),
  }
}
