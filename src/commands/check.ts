import type { Context } from '../context.ts'
import { imagesOnAnyPlatform } from '../core/any-platform.ts'
import { compareFiles, type NamedImages, namedImages } from '../core/compare.ts'
import { exitCodeFor } from '../core/finding.ts'
import { hasLocalName } from '../core/images.ts'
import type { Lockfile } from '../core/lockfile.ts'
import type { CheckReport } from '../core/report.ts'
import { resultOf } from '../core/result.ts'
import type { Options } from './command.ts'
import { openProject } from './steps/load-project.ts'
import { occurrencesOn, type Scan, scanFiles } from './steps/scan.ts'

/** `dock-lock check`: files ⇄ lockfile. Contacts no registry and no engine, and writes nothing. */
export async function checkCommand(context: Context, options: Options): Promise<CheckReport> {
  const started = performance.now()
  const project = await openProject(context, options)
  const { lockfile, config } = project
  const scan = await scanFiles(context, project, options, undefined, 'optional')
  const { images, ignored } = imagesOnAnyEngine(scan, lockfile.images)
  // No engine can be asked for an image that exists only there.
  const local = images.filter(image => hasLocalName(image) && !lockfile.images.has(image.key))
  const compared = compareFiles({ scan, lockfile, images, ignored, pinMode: config.pin }, local)
  const result = resultOf(compared, scan, options)
  return {
    command: 'check',
    exitCode: exitCodeFor(result.findings),
    images: compared.reports,
    checkedFiles: scan.sources.map(({ file }) => file),
    lockfile: { file: lockfile.file, images: lockfile.images.size },
    ...result,
    milliseconds: performance.now() - started,
    pin: config.pin,
  }
}

/** The engine is unknown. Only if a name may depend on its platform are all platforms of the lockfile tried. */
function imagesOnAnyEngine(scan: Scan, locked: Lockfile): NamedImages {
  const named = namedImages(scan, locked)
  const { images } = named
  const isWhole =
    images.every(({ key }) => locked.has(key)) && (images.length === locked.size || !scan.complete)
  const depends = scan.sources.some(({ text }) => /TARGET|BUILD/.test(text))
  if (isWhole || !depends) return named
  return { ...named, images: imagesOnAnyPlatform(images, locked, platform => occurrencesOn(scan, platform)) }
}
