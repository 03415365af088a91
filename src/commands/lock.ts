import type { Context } from '../context.ts'
import { namedImages } from '../core/compare.ts'
import { exitCodeFor, type Finding } from '../core/finding.ts'
import type { ParsedLockfile } from '../core/lockfile.ts'
import type { Notice } from '../core/notice.ts'
import { repeatedOptions } from '../core/repeat.ts'
import type { LockReport } from '../core/report.ts'
import { resultOf } from '../core/result.ts'
import type { Options } from './command.ts'
import { type Engines, reachEngines } from './steps/engines.ts'
import { ensureLocked } from './steps/ensure-locked.ts'
import { type Project, startOpening } from './steps/load-project.ts'
import { planLock } from './steps/plan.ts'
import { type ProjectRead, readFilesAndLockfile } from './steps/read-project.ts'
import type { Scan } from './steps/scan.ts'
import { withStates } from './steps/store.ts'
import { writePlan } from './steps/write-plan.ts'

/**
 * `dock-lock [lock]`: looks up new tags, writes the lockfile, pins the files, pulls what the store lacks, and verifies. It
 * writes all files or none.
 */
export function lockCommand(context: Context, options: Options): Promise<LockReport> {
  return lockProject(context, options)
}

/** What `update` makes of files and lockfile before they are locked. */
export interface LockBasis {
  readonly scan: Scan
  readonly locked: ParsedLockfile
  readonly findings: readonly Finding[]
  readonly notices: readonly Notice[]
  /** Requests to registries. */
  readonly requests: number
}

/** Locks the files as they are, or what `prepare` makes of files and lockfile. */
export async function lockProject(
  context: Context,
  options: Options,
  prepare?: (project: Project, scan: Scan, engines: Engines | undefined) => Promise<LockBasis>,
): Promise<LockReport> {
  const started = performance.now()
  const opening = startOpening(context, { merge: !options.frozen })
  // The engines answer while the files are read.
  const engines = options.noVerify && options.offline ? undefined : reachEngines(context, options, opening)
  try {
    const before = await readFilesAndLockfile(context, options, opening, engines)
    const basis = await prepare?.(before.project, before.scan, engines)
    const read = basis === undefined ? before : basedOn(before, basis)
    const plan = await planLock(context, options, read, engines)
    const changes = await writePlan(context, options, read, plan)
    const ensured = await ensureLocked(context, options, read, plan, engines, changes.written)
    const findings = [...(basis?.findings ?? []), ...plan.findings, ...ensured.findings]
    const notices = [...read.merged, ...(basis?.notices ?? []), ...plan.notices, ...ensured.notices]
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
      ...(read.scan.read.length > 0 && { read: read.scan.read }),
      registryRequests: (basis?.requests ?? 0) + plan.requests,
      milliseconds: performance.now() - started,
      pin: read.pinMode,
      ...repeatedOptions(options),
      ...(options.dryRun && { diff: changes.diff }),
    }
  } finally {
    await engines?.close()
  }
}

function basedOn(read: ProjectRead, { scan, locked }: LockBasis): ProjectRead {
  return { ...read, scan, lockfile: { ...read.lockfile, images: locked }, ...namedImages(scan, locked) }
}
