/** Running `docker buildx` to its end. */
import { DockLockError, interrupted } from '../../core/error.ts'
import { maskSecrets } from '../../core/mask.ts'
import { collectOutput } from '../../lib/spawn.ts'
import { TimedOut } from '../connection/failure.ts'

export interface BuildxRun {
  /** What comes after `docker buildx`; no shell sees it. */
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  /** For its stdin. */
  readonly input?: string
  /** Milliseconds in which it says nothing. */
  readonly idle: number
  /** Each line of its stderr, as it comes; true keeps it out of the result. */
  readonly onStderrLine?: (line: string) => boolean
}

export interface BuildxRan {
  /** Exit code, or the signal that ended it. */
  readonly ended: number | string
  readonly stdout: string
  readonly stderr: string
}

/** @throws DockLockError `interrupted`, `unsupported` when there is no docker or no buildx; TimedOut */
export async function runBuildx(run: BuildxRun): Promise<BuildxRan> {
  const { args, idle, ...options } = run
  const program = { command: 'docker', args: ['buildx', ...args], env: run.env }
  const ran = await collectOutput(program, { ...options, idleTimeout: idle })
  switch (ran.status) {
    case 'exited':
      break
    case 'aborted':
      throw interrupted()
    case 'timed-out':
      throw new TimedOut(ran.milliseconds)
    case 'too-long':
      throw new DockLockError('engine', `docker buildx ${args[0]} says more than dock-lock reads`)
    case 'not-started':
      throw new DockLockError('unsupported', `docker cannot be started: ${ran.reason}`)
    case 'not-found':
      throw new DockLockError('unsupported', 'there is no docker command, through which a builder is asked', {
        hint: 'Install it with buildx, or look into an engine instead: --builder default',
      })
  }
  if (/is not a docker command|unknown command: docker buildx/i.test(ran.stderr)) {
    throw new DockLockError('unsupported', 'there is no docker buildx, through which a builder is asked', {
      hint: 'Install buildx 0.13 or newer, or look into an engine instead: --builder default',
    })
  }
  return { ended: ran.code, stdout: ran.stdout.toString(), stderr: ran.stderr }
}

/** What buildx says last of what went wrong. */
export function saidLast(stderr: string): string {
  const lines = stderr.split('\n').filter(line => line.trim() !== '')
  const error = lines.findLast(line => line.startsWith('ERROR: ')) ?? lines.at(-1) ?? ''
  return maskSecrets(error.replace(/^ERROR: /, '').trim())
}
