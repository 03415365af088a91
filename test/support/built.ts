/**
 * The built command in this process, with a `process` of its own. A start of Node costs more than most runs, so this is for tests that
 * compare output and files. Use `runCli` where the process matters: signals, streams, the end of a run, variables that Node itself reads.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { compileFunction } from 'node:vm'
import { CLI } from './cli.ts'
import { mustTellNoSecret } from './planted.ts'
import type { Ran } from './spawn.ts'

export interface BuiltOptions {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/** `dock-lock ARGS`. Its chunks are loaded once: they hold no state. */
export async function runBuilt(args: readonly string[], { cwd, env }: BuiltOptions): Promise<Ran> {
  const out: string[] = []
  const err: string[] = []
  const code = await new Promise<number>(done => {
    const host = {
      argv: [process.execPath, CLI, ...args],
      env: Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined)),
      stdout: { write: (text: string) => out.push(text), on: () => {} },
      stderr: { write: (text: string) => err.push(text), on: () => {} },
      version: process.version,
      platform: process.platform,
      arch: process.arch,
      cwd: () => cwd,
      on: () => {},
      off: () => {},
      set exitCode(value: number) {
        done(value)
      },
    }
    loadCommand()({ exports: {} }, {}, createRequire(CLI), dirname(CLI), host)
  })
  const [stdout, stderr] = [out.join(''), err.join('')]
  mustTellNoSecret(stdout + stderr)
  return { code, signal: null, stdout, stderr }
}

/** As Node wraps a CommonJS module, but `process` is a parameter too. */
function loadCommand() {
  const text = readFileSync(CLI, 'utf8').replace(/^#!.*/, '')
  return compileFunction(text, ['module', 'exports', 'require', '__dirname', 'process'], { filename: CLI })
}
