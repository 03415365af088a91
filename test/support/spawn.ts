import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { mustTellNoSecret } from './planted.ts'

/** Runs a program with the output shown; its exit code, or `missing` when there is no such program. */
export function spawnAsync(
  command: string,
  args: readonly string[],
  options: SpawnOptions,
): Promise<number | 'missing'> {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], ...options })
    child.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ENOENT' ? done('missing') : fail(error),
    )
    child.on('close', code => done(code ?? 1))
  })
}

export interface Ran {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program to its end, or until `timeoutMs` have passed, and keeps what it printed. A secret in that is an error. */
export function runProgram(
  command: string,
  args: readonly string[],
  options: SpawnOptions & { readonly timeoutMs?: number } = {},
): Promise<Ran> {
  return startProgram(command, args, options).ended
}

export interface Started {
  readonly child: ChildProcess
  /** What it printed, once it has ended; after `timeoutMs` it is killed, and its code is null. */
  readonly ended: Promise<Ran>
}

export function startProgram(
  command: string,
  args: readonly string[],
  { timeoutMs = 60_000, ...options }: SpawnOptions & { readonly timeoutMs?: number } = {},
): Started {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise<Ran>((done, fail) => {
    const out: Buffer[] = []
    const err: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
    child.on('error', fail)
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      const [stdout = '', stderr = ''] = [out, err].map(chunks => Buffer.concat(chunks).toString())
      try {
        mustTellNoSecret(stdout + stderr)
        done({ code, signal, stdout, stderr })
      } catch (error) {
        fail(error)
      }
    })
  })
  return { child, ended }
}
