/** Running `docker buildx` to its end. */
import { spawn } from 'node:child_process'
import { DockLockError, interrupted } from '../../core/error.ts'
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
  /** Each line of its stderr, as it comes; whether it is to be forgotten. */
  readonly onLine?: (line: string) => boolean
}

export interface BuildxRan {
  /** Exit code, or the signal that ended it. */
  readonly ended: number | string
  readonly stdout: string
  readonly stderr: string
}

/** Characters of either stream; of stderr the last. */
const KEPT = 256 * 1024

/** @throws DockLockError `interrupted`, `unsupported` when there is no docker or no buildx; TimedOut */
export async function runBuildx(run: BuildxRun): Promise<BuildxRan> {
  const ran = await start(run)
  if (/is not a docker command|unknown command: docker buildx/i.test(ran.stderr)) {
    throw new DockLockError('unsupported', 'there is no docker buildx, through which a builder is asked', {
      hint: 'Install buildx 0.13 or newer, or look into an engine instead: --builder default',
    })
  }
  return ran
}

function start({ args, env, signal, input, idle, onLine }: BuildxRun): Promise<BuildxRan> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) throw interrupted()
    const ownGroup = process.platform !== 'win32'
    // buildx is a program that docker starts: both end.
    const child = spawn('docker', ['buildx', ...args], {
      env: { ...env },
      stdio: 'pipe',
      detached: ownGroup,
      windowsHide: true,
    })
    let failure: Error | undefined
    const end = (error: Error, by: NodeJS.Signals) => {
      failure ??= error
      try {
        if (ownGroup && child.pid !== undefined) process.kill(-child.pid, by)
        else child.kill(by)
      } catch {
        // It has ended by itself meanwhile.
      }
    }
    const abort = () => end(interrupted(), 'SIGTERM')
    signal.addEventListener('abort', abort, { once: true })
    const timer = setTimeout(() => end(new TimedOut(idle), 'SIGKILL'), idle)
    let [stdout, stderr, rest] = ['', '', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      timer.refresh()
      stdout = (stdout + text).slice(0, KEPT)
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      timer.refresh()
      const lines = (rest + text).split('\n')
      rest = (lines.pop() ?? '').slice(-KEPT)
      for (const line of lines) if (onLine?.(line) !== true) stderr = `${stderr}${line}\n`.slice(-KEPT)
    })
    child.stdin.on('error', () => {})
    child.stdin.end(input ?? '')
    const settle = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
    }
    child.on('error', (error: NodeJS.ErrnoException) => {
      settle()
      if (error.code !== 'ENOENT') return reject(error)
      const message = 'there is no docker command, through which a builder is asked'
      const hint = 'Install it with buildx, or look into an engine instead: --builder default'
      reject(new DockLockError('unsupported', message, { hint, cause: error }))
    })
    child.on('close', (code, by) => {
      settle()
      if (failure !== undefined) reject(failure)
      else resolve({ ended: code ?? by ?? 1, stdout, stderr: stderr + rest })
    })
  })
}

/** What buildx says last of what went wrong. */
export function saidLast(stderr: string): string {
  const lines = stderr.split('\n').filter(line => line.trim() !== '')
  const error = lines.findLast(line => line.startsWith('ERROR: ')) ?? lines.at(-1) ?? ''
  return error.replace(/^ERROR: /, '').trim()
}
