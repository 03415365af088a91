import type { SpawnOptions } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type Ran, runProgram } from './spawn.ts'

/** The built command, as a user has it: `npm run build` makes it. */
export const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))

/** Runs `dock-lock ARGS` in a process of its own. */
export function runCli(
  args: readonly string[],
  options: SpawnOptions & { readonly timeoutMs?: number } = {},
): Promise<Ran> {
  return runProgram(process.execPath, [CLI, ...args], options)
}
