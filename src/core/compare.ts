/** Compares files with the lockfile. */
import { joinMovedTags } from './ahead.ts'
import type { Finding } from './finding.ts'
import {
  checkImages,
  gatherImages,
  type Image,
  imageNotices,
  isByTag,
  isNoticeOnly,
  localNotice,
  type PinMode,
} from './images.ts'
import type { Lockfile, ParsedLockfile } from './lockfile.ts'
import type { Notice } from './notice.ts'
import type { Occurrence } from './occurrence.ts'
import { orphans } from './orphans.ts'
import { familiarName, type Reference } from './reference.ts'
import type { DigestSource, ImageReport } from './report-parts.ts'

/** What the files say. */
export interface ScannedFiles {
  readonly sources: readonly { readonly file: string }[]
  readonly occurrences: readonly Occurrence[]
  /** Left out of `occurrences`, because the config or a comment ignores them. */
  readonly ignored: readonly Occurrence[]
  readonly findings: readonly Finding[]
  readonly notices: readonly Notice[]
  /** Whether these are all files of the project. */
  readonly complete: boolean
}

/** The images of the files, by the keys of a lockfile. */
export interface NamedImages {
  readonly images: readonly Image[]
  readonly ignored: readonly Image[]
}

/** Files and lockfile as they were read. */
export interface FilesAndLockfile extends NamedImages {
  readonly scan: ScannedFiles
  /** `bytes` is undefined if there is none. */
  readonly lockfile: {
    readonly images: ParsedLockfile
    readonly text: string
    readonly bytes: Uint8Array | undefined
  }
  readonly pinMode: PinMode
}

/** What the comparison finds, and a report of each image. */
export interface Comparison {
  readonly reports: readonly ImageReport[]
  readonly findings: readonly Finding[]
  readonly notices: readonly Notice[]
}

export function namedImages({ occurrences, ignored }: ScannedFiles, lockfile: Lockfile): NamedImages {
  return { images: gatherImages(occurrences, lockfile), ignored: gatherImages(ignored, lockfile) }
}

/** The images whose digest neither a file nor the lockfile knows. */
export function undecidedImages(images: readonly Image[], lockfile: Lockfile): readonly Image[] {
  return images.filter(({ key, digests }) => digests.length === 0 && !lockfile.has(key))
}

/**
 * Every difference between files and lockfile is a finding.
 * @param local the images that exist only in the engine
 */
export function compareFiles(
  { scan, lockfile, images, ignored, pinMode }: FilesAndLockfile,
  local: readonly Image[],
): Comparison {
  const locked = lockfile.images
  const others = images.filter(image => !local.includes(image))
  const notices = [...imageNotices(others, locked, pinMode), ...local.map(localNotice)]
  return {
    reports: images
      .filter(image => !isNoticeOnly(image, locked, notices))
      .map(image => imageReport(image, locked, locked, pinMode)),
    findings: [
      ...scan.findings,
      ...joinMovedTags(
        [
          ...checkImages(others, locked, pinMode),
          ...(scan.complete ? orphans([...images, ...ignored], lockfile) : []),
        ],
        new Map<string, { readonly reference: Reference }>([
          ...locked,
          ...images.map(image => [image.key, image] as const),
        ]),
      ),
    ],
    notices: [...scan.notices, ...notices],
  }
}

/** The report of an image whose lockfile was `old`, and is now `lockfile`. */
export function imageReport(
  { key, reference, digests, occurrences }: Image,
  old: Lockfile,
  lockfile: Lockfile,
  pinMode: PinMode,
): ImageReport {
  const digest = lockfile.get(key)?.digest
  const previous = old.get(key)?.digest
  const common = { key, image: familiarName(reference) }
  if (digest === undefined) return common
  let source: DigestSource = 'resolved'
  if (previous === digest) source = 'locked'
  else if (previous !== undefined) source = 'replaced'
  else if (digests.includes(digest)) source = 'adopted'
  return {
    ...common,
    digest,
    source,
    ...(pinMode === 'files' && occurrences.some(isByTag) && { byTag: true as const }),
    ...(source === 'replaced' && previous !== undefined && { previous }),
  }
}
