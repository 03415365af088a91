import type { Context } from '../context.ts'
import type { VerifyReport } from '../core/report.ts'
import type { Options } from './command.ts'
import { verifyLocked } from './steps/verify-locked.ts'

/** `dock-lock verify`: lockfile ⇄ local store. Changes nothing. `localOf` says when it asks a registry. */
export async function verifyCommand(context: Context, options: Options): Promise<VerifyReport> {
  return { command: 'verify', ...(await verifyLocked(context, options, { pull: false })) }
}
