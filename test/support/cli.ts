import type { SpawnOptions } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type Ran, runProgram } from './spawn.ts'

/** The built command, as a user has it: `npm run build` makes it. */
export const CLI = fileURLToPath(new URL('../../dist/cli.cjs', import.meta.url))

/** Runs `dock-lock ARGS` in a process of its own, without the colour that uvu forces upon its children. */
export function runCli(
  args: readonly string[],
  { env = process.env, ...options }: SpawnOptions & { readonly timeoutMs?: number } = {},
): Promise<Ran> {
  const { FORCE_COLOR: _, ...plain } = env
  return runProgram(process.execPath, [CLI, ...args], { env: plain, ...options })
}
