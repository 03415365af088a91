import type { Context } from '../context.ts'
import type { Report } from '../core/report.ts'
import type { Options } from './command.ts'
import { verifyLocked } from './steps/verify-locked.ts'

/** `dock-lock verify`: lockfile ⇄ local store. Asks the engine alone, changes nothing. */
export function verifyCommand(context: Context, options: Options): Promise<Report> {
  return verifyLocked('verify', context, options, false)
}
