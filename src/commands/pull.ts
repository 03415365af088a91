import type { Context } from '../context.ts'
import type { Report } from '../core/report.ts'
import type { Options } from './command.ts'
import { verifyLocked } from './steps/verify-locked.ts'

/** `dock-lock pull`: brings what `verify` misses into the store, by digest, and keeps it under its tag. */
export function pullCommand(context: Context, options: Options): Promise<Report> {
  return verifyLocked('pull', context, options, true)
}
