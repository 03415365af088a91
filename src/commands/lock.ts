import type { Context } from '../context.ts'
import { exitCodeFor } from '../core/finding.ts'
import { repeatedOptions } from '../core/repeat.ts'
import type { LockReport } from '../core/report.ts'
import { resultOf } from '../core/result.ts'
import type { Options } from './command.ts'
import { reachEngines } from './steps/engines.ts'
import { ensureLocked } from './steps/ensure-locked.ts'
import { startOpening } from './steps/load-project.ts'
import { planLock } from './steps/plan.ts'
import { readFilesAndLockfile } from './steps/read-project.ts'
import { withStates } from './steps/store.ts'
import { writePlan } from './steps/write-plan.ts'

/**
 * `dock-lock [lock]`: looks up new tags, writes the lockfile, pins the files, pulls what the store lacks, and verifies. It
 * writes all files or none.
 */
export async function lockCommand(context: Context, options: Options): Promise<LockReport> {
  const started = performance.now()
  const opening = startOpening(context, { merge: !options.frozen })
  // The engines answer while the files are read.
  const engines = options.noVerify && options.offline ? undefined : reachEngines(context, options, opening)
  try {
    const read = await readFilesAndLockfile(context, options, opening, engines)
    const plan = await planLock(context, options, read, engines)
    const changes = await writePlan(context, options, read, plan)
    const ensured = await ensureLocked(context, options, read, plan, engines, changes.written)
    const findings = [...plan.findings, ...ensured.findings]
    const notices = [...read.merged, ...plan.notices, ...ensured.notices]
    const result = resultOf({ findings, notices }, read.scan, options)
    return {
      command: 'lock',
      exitCode: exitCodeFor(result.findings),
      dryRun: options.dryRun,
      images: plan.reports.map(image => withStates(image, ensured.states)),
      files: changes.files,
      lockfile: changes.lockfile,
      stores: ensured.reports,
      ...result,
      registryRequests: plan.requests,
      milliseconds: performance.now() - started,
      pin: read.pinMode,
      ...repeatedOptions(options),
      ...(options.dryRun && { diff: changes.diff }),
    }
  } finally {
    await engines?.close()
  }
}
