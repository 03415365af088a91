import type { Context } from '../context.ts'
import type { PullReport } from '../core/report.ts'
import type { Options } from './command.ts'
import { verifyLocked } from './steps/verify-locked.ts'

/** `dock-lock pull`: brings what `verify` misses into the store, by digest, and keeps it under its tag. */
export async function pullCommand(context: Context, options: Options): Promise<PullReport> {
  return { command: 'pull', ...(await verifyLocked(context, options, { pull: true })) }
}
