/** Runs `docker buildx` and waits for its end. */
import { DockLockError, interrupted } from '../../core/error.ts'
import { maskSecrets } from '../../core/mask.ts'
import { collectOutput } from '../../lib/spawn.ts'
import { TimedOut } from '../connection/failure.ts'

export interface BuildxRun {
  /** The arguments after `docker buildx`; no shell is involved. */
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  /** For its stdin. */
  readonly input?: string
  /** Milliseconds without output before it counts as hanging. */
  readonly idle: number
  /** Receives each line of stderr; true keeps the line out of the result. */
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
      throw new DockLockError('engine', `docker buildx ${args[0]} printed more than dock-lock reads`)
    case 'not-started':
      throw new DockLockError('unsupported', `docker cannot be started: ${ran.reason}`)
    case 'not-found':
      throw new DockLockError(
        'unsupported',
        'dock-lock reaches a builder through the docker command, which was not found',
        {
          hint: 'Install it with buildx, or check an engine instead: --builder default',
        },
      )
  }
  if (/is not a docker command|unknown command: docker buildx/i.test(ran.stderr)) {
    throw new DockLockError(
      'unsupported',
      'dock-lock reaches a builder through docker buildx, which is not installed',
      {
        hint: 'Install buildx 0.13 or newer, or check an engine instead: --builder default',
      },
    )
  }
  return { ended: ran.code, stdout: ran.stdout.toString(), stderr: ran.stderr }
}

/** The last error that buildx printed. */
export function saidLast(stderr: string): string {
  const lines = stderr.split('\n').filter(line => line.trim() !== '')
  const error = lines.findLast(line => line.startsWith('ERROR: ')) ?? lines.at(-1) ?? ''
  return maskSecrets(error.replace(/^ERROR: /, '').trim())
}
