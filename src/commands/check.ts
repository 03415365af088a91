import type { Context } from '../context.ts'
import { DockLockError } from '../core/error.ts'
import { exitCodeFor, splitNotices } from '../core/finding.ts'
import {
  checkImages,
  gatherImages,
  hasLocalName,
  type Image,
  imageNotices,
  isByTag,
  isNoticeOnly,
  localNotice,
} from '../core/images.ts'
import { LOCKFILE_NAME, type Lockfile } from '../core/lockfile.ts'
import type { ImageOccurrence } from '../core/occurrence.ts'
import { orphans } from '../core/orphans.ts'
import { distinctPlatforms, parsePlatform } from '../core/platform.ts'
import { familiarName } from '../core/reference.ts'
import type { CheckReport } from '../core/report.ts'
import type { Options } from './command.ts'
import { openProject } from './steps/load-project.ts'
import { occurrencesOn, type Scan, scanFiles } from './steps/scan.ts'

/** An official image has a dozen. Windows adds one for each of its versions. */
const MAX_PLATFORMS = 256

/**
 * The engine is unknown here. If a name depends on its platform, such as by `$TARGETARCH`, accept an image locked for any platform in the
 * lockfile. An image that is used on one of them is not an orphan.
 */
function onAnyPlatform(scan: Scan, locked: Lockfile, here: readonly Image[]): readonly Image[] {
  const names = new Set<string>()
  for (const { platforms = {} } of locked.values()) for (const name in platforms) names.add(name)
  const platforms = distinctPlatforms([...names].flatMap(name => parsePlatform(name) ?? []))
  // The files are extracted once for each platform.
  if (platforms.length > MAX_PLATFORMS)
    throw new DockLockError(
      'malformed',
      `the images are locked for more than ${MAX_PLATFORMS} different platforms`,
      {
        place: { file: LOCKFILE_NAME, line: 1, column: 1 },
        hint: 'Remove entries that no build needs, or delete the lockfile and run dock-lock',
      },
    )
  const known = platforms
    .flatMap(own => gatherImages(occurrencesOn(scan, own), locked))
    .filter(({ key }) => locked.has(key))
  const placed = new Set(known.flatMap(({ occurrences }) => occurrences.map(placeOf)))
  const rest = here.flatMap(image => {
    const occurrences = image.occurrences.filter(one => locked.has(image.key) || !placed.has(placeOf(one)))
    return occurrences.length === 0 ? [] : [{ ...image, occurrences }]
  })
  const keys = new Set(rest.map(({ key }) => key))
  const others = new Map(known.flatMap(image => (keys.has(image.key) ? [] : [[image.key, image]])))
  return [...rest, ...others.values()]
}

function placeOf({ place }: ImageOccurrence): string {
  return JSON.stringify(place)
}

/** `dock-lock check`: files ⇄ lockfile. Contacts no registry and no engine, and writes nothing. */
export async function checkCommand(context: Context, options: Options): Promise<CheckReport> {
  const started = performance.now()
  const project = await openProject(context, options)
  const scan = await scanFiles(context, project, options, undefined, 'optional')
  const locked = project.lockfile.images
  const { pin } = project.config
  const named = gatherImages(scan.occurrences, locked)
  const isWhole =
    named.every(({ key }) => locked.has(key)) && (named.length === locked.size || !scan.complete)
  const depends = scan.sources.some(({ text }) => /TARGET|BUILD/.test(text))
  const images = isWhole || !depends ? named : onAnyPlatform(scan, locked, named)
  // Which engine will build is not known: of these, none can be asked for it.
  const local = images.filter(image => hasLocalName(image) && !locked.has(image.key))
  const others = images.filter(image => !local.includes(image))
  const said = [...imageNotices(others, locked, pin), ...local.map(localNotice)]
  const { findings, notices } = splitNotices(
    [
      ...scan.findings,
      ...checkImages(others, locked, pin),
      ...(scan.complete ? orphans([...images, ...gatherImages(scan.ignored, locked)], project.lockfile) : []),
    ],
    [...scan.notices, ...said],
    options.strict,
  )
  return {
    command: 'check',
    exitCode: exitCodeFor(findings),
    images: images
      .filter(image => !isNoticeOnly(image, locked, said))
      .map(({ key, reference, occurrences }) => {
        const digest = locked.get(key)?.digest
        return {
          key,
          image: familiarName(reference),
          ...(digest !== undefined && { digest, source: 'locked' as const }),
          ...(digest !== undefined &&
            pin === 'files' &&
            occurrences.some(isByTag) && { byTag: true as const }),
        }
      }),
    checkedFiles: scan.sources.map(({ file }) => file),
    lockfile: { file: project.lockfile.file, images: locked.size },
    findings,
    ...(scan.skipped.length > 0 && { skipped: scan.skipped }),
    notices,
    milliseconds: performance.now() - started,
    pin,
  }
}
