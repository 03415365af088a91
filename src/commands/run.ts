import type { Context } from '../context.ts'
import { DockLockError, interrupted } from '../core/error.ts'
import { sourcePolicy } from '../core/policy.ts'
import type { CheckReport } from '../core/report.ts'
import { assertPolicyHonoured } from '../io/buildx.ts'
import { withTemporaryFile } from '../io/program.ts'
import { runInherited } from '../lib/spawn.ts'
import type { Options } from './command.ts'
import { checkCommandLine } from './steps/check-command.ts'
import { startOpening } from './steps/load-project.ts'

/** The variable with which buildx (0.11 and newer) and compose read a policy. */
const POLICY_VARIABLE = 'EXPERIMENTAL_BUILDKIT_SOURCE_POLICY'

/**
 * `dock-lock run -- docker build …`: runs a build with the policy of the lockfile and returns its exit code. If the build needs an image that
 * is not locked, it is not run, and the report says so.
 * @throws DockLockError `unsupported` if the engine or buildx would ignore the policy
 */
export async function runUnderPolicy(context: Context, options: Options): Promise<CheckReport | number> {
  const [program, ...args] = options.paths
  if (program === undefined) {
    throw new DockLockError('usage', 'no command to run', {
      hint: 'Write: dock-lock run -- docker build .',
    })
  }
  const opening = startOpening(context)
  const { lockfile } = await opening.project
  if (lockfile.bytes === undefined) {
    throw new DockLockError('usage', `there is no ${lockfile.file} in this project`, {
      hint: 'To create it, run: dock-lock --no-pin',
    })
  }
  if (context.env[POLICY_VARIABLE]) {
    throw new DockLockError('usage', `${POLICY_VARIABLE} already names a policy, and only one is possible`, {
      hint: `Unset it, or merge it with the output of: dock-lock policy`,
    })
  }
  await assertPolicyHonoured(options.paths, context)
  const unlocked = await checkCommandLine(context, options, opening)
  if (unlocked !== undefined) return unlocked
  const policy = `${JSON.stringify(sourcePolicy(lockfile.images))}\n`
  const ran = await withTemporaryFile('dock-lock-policy.json', policy, file => {
    const env = { ...context.env, [POLICY_VARIABLE]: file }
    return runInherited({ command: program, args, cwd: context.cwd, env }, context.signal)
  })
  if (ran.status === 'aborted') throw interrupted()
  if (ran.status !== 'exited') {
    const reason = ran.status === 'not-found' ? 'no such program was found' : ran.reason
    throw new DockLockError('usage', `${program} cannot be run: ${reason}`, {
      hint: 'Check the spelling and the permissions of the program',
    })
  }
  return ran.code
}
