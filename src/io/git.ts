import { DockLockError, interrupted } from '../core/error.ts'
import { collectOutput, type Ran } from '../lib/spawn.ts'
import { findRepository, namesWorkTree, type Repository, repositoryEnv } from './repository.ts'

export interface GitRun {
  readonly root: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  readonly input?: string
  /** Output that git printed before it failed is accepted. */
  readonly partial?: boolean
  /** Receives what git wrote on stderr although it succeeded. */
  readonly onWarnings?: (stderr: string) => void
}

/**
 * How git is run: the settings of an untrusted repository must not start a program. `core.fsmonitor` names a program. A
 * partial clone fetches missing objects with a protocol that may be a program, too.
 * @see https://git-scm.com/docs/git#Documentation/git.txt-GITALLOWPROTOCOL
 */
const ARGS: readonly string[] = ['-c', 'core.fsmonitor=false']
/** Milliseconds. The largest repositories are listed within half a minute. */
const TIMEOUT = 300_000
const OUTPUT_MAX = 1 << 30

/**
 * Git's stdout; undefined outside a repository.
 * @throws DockLockError `interrupted`; `usage` if git cannot be run, hangs or fails, with git's message and a hint
 */
export async function runGit(
  args: readonly string[],
  { root, env, signal, input, partial = false, onWarnings }: GitRun,
  timeout: number = TIMEOUT,
): Promise<Buffer | undefined> {
  const repository = findRepository(root, env)
  const options = { signal, timeout, stdoutMax: OUTPUT_MAX, ...(input !== undefined && { input }) }
  const git = { command: 'git', args: [...ARGS, ...args], cwd: root, env: gitEnv(root, repository, env) }
  const ran = await collectOutput(git, options)
  if (ran.status === 'aborted') throw interrupted()
  if (ran.status === 'exited' && (ran.code === 0 || partial)) {
    if (ran.stderr !== '') onWarnings?.(ran.stderr)
    return ran.stdout
  }
  if (ran.status === 'timed-out') {
    throw new DockLockError('usage', `git hangs: git ${args[0]} took more than ${timeout / 1000} s`, {
      hint: `Try it by hand: git ${args.join(' ')}`,
    })
  }
  const none = repository === undefined && !namesWorkTree(root, env)
  if (none && (ran.status !== 'exited' || NO_REPOSITORY.test(ran.stderr))) return undefined
  throw await gitError(ran, repository?.top ?? root)
}

const NO_REPOSITORY = /^fatal: not a git repository/m

function gitEnv(root: string, repository: Repository | undefined, env: GitRun['env']): GitRun['env'] {
  return {
    ...repositoryEnv(root, repository, env),
    // Git's messages are parsed.
    LC_ALL: 'C',
    LANGUAGE: 'C',
    GIT_LITERAL_PATHSPECS: '1',
    GIT_GLOB_PATHSPECS: undefined,
    GIT_NOGLOB_PATHSPECS: undefined,
    GIT_ICASE_PATHSPECS: undefined,
    // GIT_NO_LAZY_FETCH exists since Git 2.45; GIT_ALLOW_PROTOCOL works with older versions.
    GIT_NO_LAZY_FETCH: '1',
    GIT_ALLOW_PROTOCOL: '',
  }
}

/** Characters of git's output. */
const LONGEST = 300

async function gitError(ran: Ran, top: string): Promise<DockLockError> {
  if (ran.status === 'not-found')
    return new DockLockError('usage', `${top} is a git repository, but git is not on the PATH`, {
      hint: 'Install git, or name the files: dock-lock PATH',
    })
  if (ran.status === 'not-started')
    return new DockLockError('usage', `git cannot be started: ${ran.reason}`, {
      hint: 'Check the git program on your PATH, or name the files: dock-lock PATH',
    })
  if (ran.status !== 'exited')
    return new DockLockError('usage', `git lists more than ${OUTPUT_MAX >> 20} MiB of names`, {
      hint: 'Name the files: dock-lock PATH',
    })
  const lines = ran.stderr.split('\n').map(line => line.trim())
  const line = lines.find(one => one.startsWith('fatal: ')) ?? lines.find(one => one !== '')
  const { maskSecrets } = await import('../core/mask.ts')
  const said = maskSecrets((line ?? `it ended with ${ran.code}`).replace(/^(?:fatal|error): /, ''))
  const words = said.length > LONGEST ? `${said.slice(0, LONGEST)}…` : said
  return new DockLockError('usage', `git cannot read the repository ${top}: ${words}`, {
    hint: remedy(ran.stderr, top),
  })
}

function remedy(said: string, top: string): string {
  if (said.includes('dubious ownership'))
    return `If you trust it, run: git config --global --add safe.directory ${shellWord(top)}`
  if (/\bbad (?:boolean |numeric )?config/.test(said))
    return 'Fix that line of the file; then run dock-lock again'
  if (/\bindex file\b|\bbad index\b|\bindex uses\b/.test(said))
    return 'Build the index again: delete that file, and run: git reset'
  if (NO_REPOSITORY.test(said))
    return `Repair ${top}/.git (git worktree repair, or git submodule update --init), or delete it if this is no repository`
  return `To see the problem, run in ${top}: git ls-files`
}

function shellWord(text: string): string {
  return /^[\w./:@%+,=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
