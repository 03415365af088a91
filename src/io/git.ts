import { DockLockError, interrupted } from '../core/error.ts'
import { collectOutput } from '../lib/spawn.ts'

export interface GitRun {
  readonly root: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  readonly input?: string
}

/**
 * How git is run here: the settings of a repository, which may be a stranger's, start no program. `core.fsmonitor` names one; a
 * partial clone fetches objects that are missing, by a protocol that may be a program, too.
 * @see https://git-scm.com/docs/git#Documentation/git.txt-GITALLOWPROTOCOL
 */
const ARGS: readonly string[] = ['-c', 'core.fsmonitor=false']
/** Milliseconds. The largest repositories are listed within half a minute. */
const TIMEOUT = 300_000
const OUTPUT_MAX = 1 << 30

/**
 * What git says on stdout, and whether it ended well: it does not outside of a repository, or where there is no git.
 * @throws DockLockError `interrupted`; `usage` when it does not end
 */
export async function runGit(
  args: readonly string[],
  { root, env, signal, input }: GitRun,
  timeout: number = TIMEOUT,
): Promise<{ readonly ok: boolean; readonly stdout: Buffer }> {
  const options = { signal, timeout, stdoutMax: OUTPUT_MAX, ...(input !== undefined && { input }) }
  const program = { command: 'git', args: [...ARGS, ...args], cwd: root, env: gitEnv(env) }
  const ran = await collectOutput(program, options)
  if (ran.status === 'aborted') throw interrupted()
  if (ran.status === 'timed-out') {
    throw new DockLockError('usage', `git does not end: git ${args[0]} took more than ${timeout / 1000} s`, {
      hint: `Try it by hand: git ${args.join(' ')}`,
    })
  }
  return ran.status === 'exited'
    ? { ok: ran.code === 0, stdout: ran.stdout }
    : { ok: false, stdout: Buffer.alloc(0) }
}

function gitEnv(env: GitRun['env']): GitRun['env'] {
  // GIT_NO_LAZY_FETCH works since Git 2.45, GIT_ALLOW_PROTOCOL always did.
  return { ...env, GIT_LITERAL_PATHSPECS: '1', GIT_NO_LAZY_FETCH: '1', GIT_ALLOW_PROTOCOL: '' }
}
