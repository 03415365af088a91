import type { Context } from '../context.ts'
import { DockLockError } from '../core/error.ts'
import { exitCodeFor, splitNotices } from '../core/finding.ts'
import { gatherImages } from '../core/images.ts'
import { unpinEdits } from '../core/pin.ts'
import { familiarName } from '../core/reference.ts'
import type { Report } from '../core/report.ts'
import { writeAll } from '../io/write.ts'
import type { Options } from './command.ts'
import { openProject } from './steps/load-project.ts'
import { cleanUp, rewriteFiles } from './steps/rewrite.ts'
import { scanFiles } from './steps/scan.ts'

/** `dock-lock unpin`: restores the files as they were before pinning, byte for byte. The lockfile stays. */
export async function unpinCommand(context: Context, options: Options): Promise<Report> {
  const started = performance.now()
  const project = await openProject(context, options)
  const scan = await scanFiles(context, project, options)
  const locked = project.lockfile.images
  const { findings, notices } = splitNotices(
    scan.findings,
    scan.notices.filter(({ code }) => code === 'ignored'),
    false,
  )
  const rewrites = rewriteFiles(scan, occurrences => unpinEdits(occurrences, locked))
  if (!options.dryRun) await cleanUp(project, scan.sources)
  if (!options.dryRun && rewrites.length > 0) {
    if (context.signal.aborted) throw new DockLockError('interrupted', 'interrupted')
    await writeAll(
      rewrites.map(rewrite => rewrite.change),
      context.signal,
    )
  }
  return {
    command: 'unpin',
    exitCode: exitCodeFor(findings),
    dryRun: options.dryRun,
    images: gatherImages(scan.occurrences, locked).map(({ key, reference }) => ({
      key,
      image: familiarName(reference),
    })),
    files: rewrites.map(rewrite => rewrite.report),
    lockfile: { file: project.lockfile.file, images: locked.size, written: false, added: 0, removed: 0 },
    stores: [],
    findings,
    ...(scan.skipped.length > 0 && { skipped: scan.skipped }),
    notices,
    registryRequests: 0,
    milliseconds: performance.now() - started,
    ...(options.dryRun && { diff: rewrites.map(rewrite => rewrite.diff).join('') }),
  }
}
