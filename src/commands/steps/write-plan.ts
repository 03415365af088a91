import type { Context } from '../../context.ts'
import type { LockPlan } from '../../core/lock-plan.ts'
import type { Lockfile } from '../../core/lockfile.ts'
import { pinEdits } from '../../core/pin.ts'
import type { FileReport, LockfileChange } from '../../core/report-parts.ts'
import type { LockfileSource } from '../../io/lockfile.ts'
import type { Options } from '../command.ts'
import type { ProjectRead } from './read-project.ts'
import { cleanUp, diffOf, fileReports, rewriteFiles, rewriteLockfile, writeRewrites } from './rewrite.ts'

/** What was written, or would be in a dry run. */
export interface Changes {
  readonly written: boolean
  readonly files: readonly FileReport[]
  readonly lockfile: LockfileChange
  readonly diff: string
}

/** Writes lockfile and files, all or none. */
export async function writePlan(
  context: Context,
  options: Options,
  { project, scan }: ProjectRead,
  { lockfile, pins, writesLockfile }: LockPlan,
): Promise<Changes> {
  const files = rewriteFiles(scan, occurrences => pinEdits(occurrences, pins))
  const ofLockfile = writesLockfile ? rewriteLockfile(project.lockfile, lockfile) : []
  if (!options.dryRun && !options.frozen) await cleanUp(project, scan.sources)
  // The lockfile is replaced first. If we are killed halfway, the next run writes its digests into the files.
  // In the other order, the digests in the files would look as if a person had written them.
  const written = await writeRewrites(context, [...ofLockfile, ...[...files].reverse()], options)
  return {
    written,
    files: fileReports(files, written),
    lockfile: lockfileChange(project.lockfile, lockfile, ofLockfile.length > 0, written),
    diff: diffOf([...files, ...ofLockfile]),
  }
}

function lockfileChange(
  { file, images: before, conflicts }: LockfileSource,
  after: Lockfile,
  changed: boolean,
  written: boolean,
): LockfileChange {
  return {
    file,
    images: after.size,
    changed,
    written: changed && written,
    added: [...after.keys()].filter(key => !before.has(key)).length,
    removed: [...before.keys()].filter(key => !after.has(key)).length,
    ...(conflicts !== undefined && { conflicts: conflicts.count }),
  }
}
