import { performance } from 'node:perf_hooks'
import type { Context } from '../context.ts'
import { exitCodeFor, sortFindings } from '../core/finding.ts'
import { checkImages, gatherImages } from '../core/images.ts'
import { familiarName } from '../core/reference.ts'
import type { Report } from '../core/report.ts'
import type { Options } from './command.ts'
import { openProject } from './steps/opening.ts'
import { orphans } from './steps/orphans.ts'
import { scanFiles } from './steps/scan.ts'

/** `dock-lock check`: files ⇄ lockfile. Asks no registry and no engine, writes nothing. */
export async function check(context: Context, options: Options): Promise<Report> {
  const started = performance.now()
  const project = await openProject(context, options)
  const scan = await scanFiles(context, project, options)
  const locked = project.lockfile.images
  const images = gatherImages(scan.occurrences, locked)
  const findings = sortFindings([
    ...scan.findings,
    ...checkImages(images, locked, project.config.pin),
    ...(scan.complete ? orphans(images, project.lockfile) : []),
  ])
  return {
    command: 'check',
    exitCode: exitCodeFor(findings),
    dryRun: false,
    images: images.map(({ key, reference }) => {
      const digest = locked.get(key)?.digest
      return {
        key,
        image: familiarName(reference),
        ...(digest !== undefined && { digest, source: 'locked' as const }),
      }
    }),
    files: scan.sources.map(({ file }) => ({ file, places: 0 })),
    lockfile: { file: project.lockfile.file, images: locked.size, written: false, added: 0, removed: 0 },
    stores: [],
    findings,
    ...(scan.ignored.length > 0 && { ignored: scan.ignored }),
    registryRequests: 0,
    milliseconds: performance.now() - started,
    pin: project.config.pin,
  }
}
