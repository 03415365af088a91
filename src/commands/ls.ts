import type { Context } from '../context.ts'
import { exitCodeFor, splitNotices } from '../core/finding.ts'
import { imageDetails } from '../core/image-uses.ts'
import { hasLocalName } from '../core/images.ts'
import type { LsReport } from '../core/report.ts'
import type { Options } from './command.ts'
import { allImages } from './steps/known-images.ts'
import { openProject } from './steps/load-project.ts'
import { scanFiles } from './steps/scan.ts'
import { selectImages } from './steps/select-images.ts'

/** `dock-lock ls [IMAGE…]`: the images of files and lockfile. Contacts no registry and no engine, and writes nothing. */
export async function lsCommand(context: Context, options: Options): Promise<LsReport> {
  const started = performance.now()
  const project = await openProject(context, options)
  const scan = await scanFiles(context, project, options)
  const locked = project.lockfile.images
  const { findings, notices } = splitNotices(
    scan.findings,
    scan.notices.filter(({ code }) => code === 'outside'),
    false,
  )
  return {
    command: 'ls',
    exitCode: exitCodeFor(findings),
    images: selectImages(allImages(scan, locked), options.images, 'not-found').map(image =>
      imageDetails(image, locked, project.config.pin, hasLocalName(image)),
    ),
    findings,
    ...(scan.skipped.length > 0 && { skipped: scan.skipped }),
    notices,
    milliseconds: performance.now() - started,
  }
}
