import type { Context } from '../context.ts'
import { DockLockError } from '../core/error.ts'
import { sourcePolicy } from '../core/policy.ts'
import { familiarName } from '../core/reference.ts'
import type { PolicyReport } from '../core/report.ts'
import type { Options } from './command.ts'
import { openProject } from './steps/load-project.ts'

/** `dock-lock policy`: the lockfile as a BuildKit source policy, on stdout. */
export async function policyCommand(context: Context, options: Options): Promise<PolicyReport> {
  const started = performance.now()
  const { lockfile } = await openProject(context, options)
  if (lockfile.bytes === undefined) {
    throw new DockLockError('usage', `there is no ${lockfile.file} in this project`, {
      hint: 'To create it, run: dock-lock --no-pin',
    })
  }
  return {
    command: 'policy',
    exitCode: 0,
    images: [...lockfile.images].map(([key, { digest, reference }]) => ({
      key,
      image: familiarName(reference),
      digest,
      source: 'locked',
    })),
    lockfile: { file: lockfile.file, images: lockfile.images.size },
    milliseconds: performance.now() - started,
    policy: sourcePolicy(lockfile.images),
  }
}
