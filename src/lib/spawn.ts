/** How programs are run: without a shell, found in the PATH of the environment that they are given. */
import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { constants } from 'node:os'

export interface Program {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
}

export interface CollectOptions {
  readonly signal: AbortSignal
  /** For its stdin, which is closed after that. */
  readonly input?: string
  /** Milliseconds for all of it. */
  readonly timeout?: number
  /** Milliseconds without any output. */
  readonly idleTimeout?: number
  /** Bytes of stdout; a program that says more is ended. */
  readonly stdoutMax?: number
  /** Each line of stderr as it comes, without its end; true keeps it out of `stderr`. */
  readonly onStderrLine?: (line: string) => boolean
}

export type NotStarted =
  | { readonly status: 'not-found' }
  /** Found, but it cannot be started: the system's error code, `EACCES`. */
  | { readonly status: 'not-started'; readonly reason: string }

export interface Exited {
  readonly status: 'exited'
  /** The exit code, or the name of the signal that ended it. */
  readonly code: number | NodeJS.Signals
  readonly stdout: Buffer
  /** The last {@link STDERR_KEPT} characters. */
  readonly stderr: string
}

/** What running a program came to. But for `exited`, its output is lost. */
export type Ran =
  | Exited
  | NotStarted
  | { readonly status: 'timed-out'; readonly milliseconds: number }
  | { readonly status: 'too-long'; readonly bytes: number }
  | { readonly status: 'aborted' }

const STDOUT_MAX = 1024 * 1024
const STDERR_KEPT = 256 * 1024
/** Milliseconds to end in after SIGTERM, before SIGKILL. */
const GRACE = 1000
/** Milliseconds without output after the end of a program: what it left running may hold its pipes open. */
const PIPES_GRACE = 300

/**
 * Runs a program to its end and collects its output. Never rejects. When it resolves, the program has ended: one that took too long,
 * said too much, or was aborted is ended together with what it started.
 */
export function collectOutput(program: Program, options: CollectOptions): Promise<Ran> {
  const { signal, input = '', timeout, idleTimeout, stdoutMax = STDOUT_MAX, onStderrLine } = options
  return new Promise(resolve => {
    if (signal.aborted) return resolve({ status: 'aborted' })
    const started = startProgram(program)
    if ('status' in started) return resolve(started)
    const { child, end } = started
    const timers: NodeJS.Timeout[] = []
    const after = (milliseconds: number, task: () => void) => {
      const timer = setTimeout(task, milliseconds)
      timers.push(timer)
      return timer
    }
    let settled = false
    const settle = (ran: Ran) => {
      if (settled) return
      settled = true
      for (const timer of timers) clearTimeout(timer)
      signal.removeEventListener('abort', abort)
      for (const stream of child.stdio) stream?.destroy()
      child.unref()
      resolve(ran)
    }
    let stopped: Ran | undefined
    const stop = (why: Ran) => {
      if (stopped !== undefined) return
      stopped = why
      if (!end()) return settle(why)
      // Some end for nobody: those that run as another user, or wait for a disk.
      after(2 * GRACE, () => settle(why))
    }
    const abort = () => stop({ status: 'aborted' })
    signal.addEventListener('abort', abort, { once: true })
    if (timeout !== undefined) after(timeout, () => stop({ status: 'timed-out', milliseconds: timeout }))
    const idle =
      idleTimeout === undefined
        ? undefined
        : after(idleTimeout, () => stop({ status: 'timed-out', milliseconds: idleTimeout }))

    const chunks: Buffer[] = []
    let bytes = 0
    let [stderr, rest] = ['', '']
    let pipes: NodeJS.Timeout | undefined
    const heard = () => {
      idle?.refresh()
      pipes?.refresh()
    }
    child.stdout.on('data', (chunk: Buffer) => {
      heard()
      bytes += chunk.length
      if (bytes > stdoutMax) stop({ status: 'too-long', bytes: stdoutMax })
      else chunks.push(chunk)
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      heard()
      const lines = (rest + text).split('\n')
      rest = (lines.pop() ?? '').slice(-STDERR_KEPT)
      stderr += lines.map(line => (onStderrLine?.(line) === true ? '' : `${line}\n`)).join('')
      // Not for each line: that would take as long as all of it each time.
      if (stderr.length > STDERR_KEPT * 2) stderr = stderr.slice(-STDERR_KEPT)
    })
    for (const stream of child.stdio) stream?.on('error', () => {})
    child.stdin.end(input)

    const exited = (): Ran =>
      stopped ?? {
        status: 'exited',
        code: child.exitCode ?? child.signalCode ?? 1,
        stdout: Buffer.concat(chunks),
        stderr: (stderr + rest).slice(-STDERR_KEPT),
      }
    child.on('error', (error: NodeJS.ErrnoException) => settle(stopped ?? notStarted(error)))
    child.on('exit', () => {
      if (stopped !== undefined) return settle(stopped)
      // Once more around the event loop: what it said may be there, and not yet read.
      pipes = after(PIPES_GRACE, () => setImmediate(() => settle(exited())))
    })
    child.on('close', () => settle(exited()))
  })
}

export interface StartedProgram {
  readonly child: ChildProcessWithoutNullStreams
  /** Ends it and what it started, politely and then by force; false when it has ended. */
  readonly end: () => boolean
}

/**
 * Starts a program whose pipes are the caller's. It has a process group of its own: Ctrl-C is for us, who end it, and what it started
 * ends with it. It does not outlive us. Without a terminal it cannot ask its user anything there, nobody could tell who asks.
 */
export function startProgram({ command, args, env, cwd }: Program): StartedProgram | NotStarted {
  const ownGroup = process.platform !== 'win32'
  let child: ChildProcessWithoutNullStreams
  try {
    child = spawn(command, args, {
      env: { ...env },
      cwd,
      stdio: 'pipe',
      detached: ownGroup,
      windowsHide: true,
    })
  } catch (error) {
    return notStarted(error as NodeJS.ErrnoException)
  }
  if (child.stdout === undefined) {
    // So Node has it when there are too many open files; the error comes as an event, too.
    child.on('error', () => {})
    return { status: 'not-started', reason: 'EMFILE' }
  }
  const { pid } = child
  const kill = (by: NodeJS.Signals) => {
    try {
      if (ownGroup && pid !== undefined) process.kill(-pid, by)
      else child.kill(by)
    } catch {
      // It has ended by itself meanwhile.
    }
  }
  const force = () => kill('SIGKILL')
  let ending: NodeJS.Timeout | undefined
  if (pid !== undefined) {
    process.on('exit', force)
    allowListeners(1)
    child.on('exit', () => {
      process.off('exit', force)
      allowListeners(-1)
      if (ending === undefined) return
      clearTimeout(ending)
      force()
    })
  }
  return {
    child,
    end() {
      if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return false
      if (ending !== undefined) return true
      kill('SIGTERM')
      ending = setTimeout(force, GRACE)
      ending.unref()
      return true
    },
  }
}

/** Each program has one of the process's listeners; Node warns of more than ten. 0 means any number. */
function allowListeners(more: number): void {
  const max = process.getMaxListeners()
  if (max > 0) process.setMaxListeners(max + more)
}

function notStarted({ code, message }: NodeJS.ErrnoException): NotStarted {
  return code === 'ENOENT' ? { status: 'not-found' } : { status: 'not-started', reason: code ?? message }
}

/**
 * Runs a program as if it had been started in our place, with our terminal. A signal that we get is passed on, and the program decides
 * what that means. Its exit code, or 128 and the number of the signal that ended it, as a shell has it. `signal`: its reason is the name
 * of the signal that we got.
 */
export function runInherited(
  { command, args, env, cwd }: Program,
  signal: AbortSignal,
): Promise<
  { readonly status: 'exited'; readonly code: number } | NotStarted | { readonly status: 'aborted' }
> {
  return new Promise(resolve => {
    if (signal.aborted) return resolve({ status: 'aborted' })
    let child: ChildProcess
    try {
      child = spawn(command, args, { cwd, env: { ...env }, stdio: 'inherit' })
    } catch (error) {
      return resolve(notStarted(error as NodeJS.ErrnoException))
    }
    const pass = () => {
      const name: unknown = signal.reason
      const passed = name === 'SIGTERM' || name === 'SIGHUP' ? name : 'SIGINT'
      // Ctrl-C on a terminal has reached the program already.
      if (passed !== 'SIGINT' || process.stdin.isTTY !== true) child.kill(passed)
    }
    signal.addEventListener('abort', pass)
    child.on('error', (error: NodeJS.ErrnoException) => {
      signal.removeEventListener('abort', pass)
      resolve(notStarted(error))
    })
    child.on('close', (code, by) => {
      signal.removeEventListener('abort', pass)
      resolve({ status: 'exited', code: code ?? 128 + (by === null ? 1 : constants.signals[by]) })
    })
  })
}
