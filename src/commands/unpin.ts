import type { Context } from '../context.ts'
import { exitCodeFor } from '../core/finding.ts'
import { gatherImages } from '../core/images.ts'
import { unpinEdits } from '../core/pin.ts'
import { familiarName } from '../core/reference.ts'
import type { UnpinReport } from '../core/report.ts'
import { resultOf } from '../core/result.ts'
import type { Options } from './command.ts'
import { openProject } from './steps/load-project.ts'
import { cleanUp, diffOf, fileReports, rewriteFiles, writeRewrites } from './steps/rewrite.ts'
import { scanFiles } from './steps/scan.ts'

/** `dock-lock unpin`: restores the files as they were before pinning, byte for byte. The lockfile stays. */
export async function unpinCommand(context: Context, options: Options): Promise<UnpinReport> {
  const started = performance.now()
  const project = await openProject(context, options)
  const scan = await scanFiles(context, project, options)
  const locked = project.lockfile.images
  const rewrites = rewriteFiles(scan, occurrences => unpinEdits(occurrences, locked))
  if (!options.dryRun) await cleanUp(project, scan.sources)
  const written = await writeRewrites(context, rewrites, options)
  const { findings, notices } = scan
  const found = { findings, notices: notices.filter(({ code }) => code === 'ignored') }
  const result = resultOf(found, scan, { strict: false })
  return {
    command: 'unpin',
    exitCode: exitCodeFor(result.findings),
    dryRun: options.dryRun,
    images: gatherImages(scan.occurrences, locked).map(({ key, reference }) => ({
      key,
      image: familiarName(reference),
    })),
    files: fileReports(rewrites, written),
    ...result,
    milliseconds: performance.now() - started,
    ...(options.dryRun && { diff: diffOf(rewrites) }),
  }
}
