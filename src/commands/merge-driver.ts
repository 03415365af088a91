import type { Context } from '../context.ts'
import { DockLockError } from '../core/error.ts'
import { runMergeDriver } from '../io/merge-driver.ts'
import type { Options } from './command.ts'

/**
 * `dock-lock merge-driver %O %A %B %L %P`: git runs it to merge the lockfile. Returns 1 if conflicts are left, as git expects. Git prints
 * a message itself.
 */
export async function mergeDriverCommand({ cwd, env, signal }: Context, { paths }: Options): Promise<number> {
  const [base, ours, theirs, size = '7'] = paths
  const markerSize = Number(size)
  if (base === undefined || ours === undefined || theirs === undefined || !Number.isInteger(markerSize))
    throw new DockLockError('usage', 'merge-driver needs the operands that git gives it: %O %A %B %L %P', {
      hint: 'Git runs this command. To install it, run: dock-lock init --merge-driver',
    })
  // Shorter markers are not read again.
  const run = { cwd, env, signal, base, ours, theirs, markerSize: Math.min(Math.max(markerSize, 7), 1000) }
  return (await runMergeDriver(run)) ? 0 : 1
}
