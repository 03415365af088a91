/** Runs programs without a shell. They are found in the PATH of the given environment. */
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
  /** Written to its stdin, which is then closed. */
  readonly input?: string
  /** The most milliseconds of a run. */
  readonly timeout?: number
  /** The most milliseconds without output. */
  readonly idleTimeout?: number
  /** The most bytes of stdout. A program that prints more is ended. */
  readonly stdoutMax?: number
  /** Called with each line of stderr, without its line end. If it returns true, the line is not part of `stderr`. */
  readonly onStderrLine?: (line: string) => boolean
}

export type NotStarted =
  | { readonly status: 'not-found' }
  /** Found, but it cannot be started. `reason`: the system's error code, such as `EACCES`. */
  | { readonly status: 'not-started'; readonly reason: string }

export interface Exited {
  readonly status: 'exited'
  /** The exit code, or the name of the signal that ended the program. */
  readonly code: number | NodeJS.Signals
  readonly stdout: Buffer
  /** The last {@link STDERR_KEPT} characters. */
  readonly stderr: string
}

/** The outcome of running a program. Only `exited` has its output. */
export type Ran =
  | Exited
  | NotStarted
  | { readonly status: 'timed-out'; readonly milliseconds: number }
  | { readonly status: 'too-long'; readonly bytes: number }
  | { readonly status: 'aborted' }

const STDOUT_MAX = 1024 * 1024
const STDERR_KEPT = 256 * 1024
/** Milliseconds between SIGTERM and SIGKILL. */
const GRACE = 1000
/** Milliseconds to wait for output after a program has ended: a child that it left running may hold the pipes open. */
const PIPES_GRACE = 300

/**
 * Runs a program to its end and collects its output. Never rejects. When it resolves, the program has ended. A program that takes too long,
 * prints too much or is aborted is ended, with all programs that it started.
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
      // Some programs cannot be ended: those of another user, and those that wait for a disk.
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
      // Not for each line: cutting takes as long as the whole text.
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
      // Wait one more turn of the event loop: there may be output that is not read yet.
      pipes = after(PIPES_GRACE, () => setImmediate(() => settle(exited())))
    })
    child.on('close', () => settle(exited()))
  })
}

export interface StartedProgram {
  readonly child: ChildProcessWithoutNullStreams
  /** Ends the program and all that it started: first SIGTERM, then SIGKILL. False if it has already ended. */
  readonly end: () => boolean
}

/**
 * Starts a program and leaves its pipes to the caller. It has its own process group, so Ctrl-C reaches only us, and we end the group.
 * It ends when we do. It has no terminal, because a user could not tell which program prompts.
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
    // Node does this if too many files are open. The error is emitted as an event, too.
    child.on('error', () => {})
    return { status: 'not-started', reason: 'EMFILE' }
  }
  const { pid } = child
  const kill = (by: NodeJS.Signals) => {
    try {
      if (ownGroup && pid !== undefined) process.kill(-pid, by)
      else child.kill(by)
    } catch {
      // It has already ended.
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

/** Each program adds a listener to the process, and Node warns above ten. 0 means no limit. */
function allowListeners(more: number): void {
  const max = process.getMaxListeners()
  if (max > 0) process.setMaxListeners(max + more)
}

function notStarted({ code, message }: NodeJS.ErrnoException): NotStarted {
  return code === 'ENOENT' ? { status: 'not-found' } : { status: 'not-started', reason: code ?? message }
}

/**
 * Runs a program in our place, with our terminal. Signals are passed on, and the program decides what to do. Resolves to its exit
 * code, or to 128 plus the number of the signal that ended it, as in a shell. The reason of `signal` is the name of the signal that
 * we got.
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
      // On a terminal, Ctrl-C has already reached the program.
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
