import { spawn } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { DockLockError } from '../core/error.ts'
import { removeLeftovers, temporaryName } from './leftovers.ts'

interface RunOptions {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Its reason is the name of the signal that we got. */
  readonly signal: AbortSignal
}

/**
 * Runs a program as if it had been started in our place: its terminal, its signals. Its exit code, or 128 and the number of the
 * signal that ended it, as a shell has it.
 */
export function runProgram(
  program: string,
  args: readonly string[],
  { cwd, env, signal }: RunOptions,
): Promise<number> {
  return new Promise((done, fail) => {
    if (signal.aborted) return fail(new DockLockError('interrupted', 'interrupted'))
    const child = spawn(program, args, { cwd, env, stdio: 'inherit' })
    const pass = () => {
      const name = signal.reason === 'SIGTERM' ? 'SIGTERM' : 'SIGINT'
      // Ctrl-C on a terminal has reached the child already.
      if (name !== 'SIGINT' || process.stdin.isTTY !== true) child.kill(name)
    }
    signal.addEventListener('abort', pass)
    child.on('error', (error: NodeJS.ErrnoException) => {
      signal.removeEventListener('abort', pass)
      const reason = error.code === 'ENOENT' ? 'there is no such program' : error.message
      const hint = 'Check its spelling, and that it may be run'
      fail(new DockLockError('usage', `${program} cannot be run: ${reason}`, { cause: error, hint }))
    })
    child.on('close', (code, by) => {
      signal.removeEventListener('abort', pass)
      done(code ?? 128 + (by === null ? 1 : constants.signals[by]))
    })
  })
}

/** Hands a file to `use` that only this user can read, and takes it away again. Outside of the project, whose files a build may copy. */
export async function withTemporaryFile<T>(
  name: string,
  text: string,
  use: (path: string) => Promise<T>,
): Promise<T> {
  await removeLeftovers('folder', [tmpdir()])
  const folder = join(tmpdir(), await temporaryName())
  // Fails when there is anything of that name.
  await mkdir(folder, { mode: 0o700 })
  try {
    const path = join(folder, name)
    await writeFile(path, text, { mode: 0o600, flag: 'wx' })
    return await use(path)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
