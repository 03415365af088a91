import { type SpawnOptions, spawn } from 'node:child_process'
import { atProcessEnd } from './scratch.ts'

export interface Ran {
  /** Exit code, or undefined when a signal (ours, on time-out, or another's) ended the process. */
  readonly code: number | undefined
  readonly stdout: string
  readonly stderr: string
  /** Both streams in the order in which they came. */
  readonly output: string
  readonly seconds: number
  readonly timedOut: boolean
}

export interface RunOptions {
  readonly cwd?: string
  /** The whole environment of the process. Default: this one's. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly timeoutMs?: number
  /** Let the person see the output as it comes; it is recorded too. */
  readonly echo?: boolean
}

/** Runs a program without a shell. Rejects only when it cannot be started; a failure of its own is in `code`. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { promise, resolve, reject } = withResolvers<Ran>()
  // A process group of its own, so that a time-out ends the plugins that a client starts as well.
  const spawnOptions: SpawnOptions = { stdio: ['ignore', 'pipe', 'pipe'], detached: true }
  if (options.cwd !== undefined) spawnOptions.cwd = options.cwd
  if (options.env !== undefined) spawnOptions.env = options.env
  const started = performance.now()
  const child = spawn(command, args, spawnOptions)
  const all: string[] = []
  const parts = { stdout: [] as string[], stderr: [] as string[] }
  let timedOut = false
  const killGroup = (signal: NodeJS.Signals) => {
    if (child.pid === undefined) return
    try {
      process.kill(-child.pid, signal)
    } catch {
      // It has ended by itself meanwhile.
    }
  }
  const timer =
    options.timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true
          killGroup('SIGKILL')
        }, options.timeoutMs)
  const cancel = atProcessEnd(() => killGroup('SIGTERM'))
  const settle = () => {
    clearTimeout(timer)
    cancel()
  }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      parts[name].push(text)
      all.push(text)
      if (options.echo) process.stderr.write(text)
    })
  }
  child.on('error', error => {
    settle()
    reject(error)
  })
  child.on('close', code => {
    settle()
    resolve({
      code: code ?? undefined,
      stdout: parts.stdout.join(''),
      stderr: parts.stderr.join(''),
      output: all.join(''),
      seconds: (performance.now() - started) / 1000,
      timedOut,
    })
  })
  return promise
}

/** As `run`, but an exit code other than 0 is an error that quotes the end of the output. */
export async function runOrThrow(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Ran> {
  const ran = await run(command, args, options)
  if (ran.code === 0) return ran
  const ending = ran.timedOut ? `did not end in ${options.timeoutMs} ms` : `exited with ${ran.code}`
  throw new Error(`${command} ${args.join(' ')} ${ending}:\n${ran.output.slice(-2000)}`)
}

/** Promise.withResolvers, which Node 20 lacks. */
function withResolvers<T>() {
  let resolve!: (value: T) => void
  let reject!: (reason: Error) => void
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}
