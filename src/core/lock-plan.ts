/** Decides what locking changes: pure, from what files, lockfile, registries and engines say. */
import { noteAdopted } from './adopted.ts'
import type { Resolution } from './descriptor.ts'
import type { Finding } from './finding.ts'
import {
  checkImages,
  conflicts,
  gatherImages,
  type Image,
  imageNotices,
  isByTag,
  isNoticeOnly,
  localNotice,
  newDigests,
  type PinMode,
} from './images.ts'
import type { LockedImage, Lockfile } from './lockfile.ts'
import type { Notice } from './notice.ts'
import type { Occurrence } from './occurrence.ts'
import { orphans } from './orphans.ts'
import { familiarName } from './reference.ts'
import type { DigestSource, ImageReport } from './report-parts.ts'

/** What a run knows before it asks a registry. */
export interface LockInput {
  readonly scan: {
    readonly sources: readonly { readonly file: string }[]
    readonly occurrences: readonly Occurrence[]
    readonly ignored: readonly Occurrence[]
    readonly findings: readonly Finding[]
    readonly notices: readonly Notice[]
    /** Whether these are all files of the project. */
    readonly complete: boolean
  }
  /** As it was read. `bytes` is undefined if there is none. */
  readonly lockfile: {
    readonly images: Lockfile
    readonly text: string
    readonly bytes: Uint8Array | undefined
  }
  /** The images of `scan.occurrences`. */
  readonly images: readonly Image[]
  readonly pinMode: PinMode
}

/** The answers for images that neither files nor lockfile decide. */
export interface LockAnswers {
  /** By key. */
  readonly resolutions: ReadonlyMap<string, Resolution>
  /** Why the others have no digest. */
  readonly findings: readonly Finding[]
  /** Which of the others need none. */
  readonly notices: readonly Notice[]
}

/** What locking would write, and its findings. */
export interface LockPlan {
  /** The new lockfile. */
  readonly lockfile: Lockfile
  /** Whether that may be written: not if it would be created without any image because of problems. */
  readonly writesLockfile: boolean
  /** The digests to write into the files, by key. */
  readonly pins: Lockfile
  /** The images that the files name, by the keys of the new lockfile. */
  readonly named: readonly Image[]
  readonly reports: readonly ImageReport[]
  readonly findings: readonly Finding[]
  readonly notices: readonly Notice[]
}

/** The images whose digest neither a file nor the lockfile knows. */
export function undecidedImages(images: readonly Image[], lockfile: Lockfile): readonly Image[] {
  return images.filter(({ key, digests }) => digests.length === 0 && !lockfile.has(key))
}

/** The answers if no registry is asked: an undecided image is a finding, unless it exists only in the engine. */
export function offlineAnswers(
  undecided: readonly Image[],
  local: readonly Image[],
  { lockfile, pinMode }: LockInput,
): LockAnswers {
  const others = undecided.filter(image => !local.includes(image))
  return {
    resolutions: new Map(),
    findings: checkImages(others, lockfile.images, pinMode),
    notices: local.map(localNotice),
  }
}

/** The plan of `--frozen`: nothing changes, and every difference between files and lockfile is a finding. */
export function frozenPlan(input: LockInput, local: readonly Image[]): LockPlan {
  const { scan, lockfile, images, pinMode } = input
  const old = lockfile.images
  const others = images.filter(image => !local.includes(image))
  const notices = [...imageNotices(others, old, pinMode), ...local.map(localNotice)]
  return {
    lockfile: old,
    writesLockfile: false,
    pins: new Map(),
    named: images,
    reports: images
      .filter(image => !isNoticeOnly(image, old, notices))
      .map(image => imageReport(image, old, old, pinMode)),
    findings: [
      ...scan.findings,
      ...checkImages(others, old, pinMode),
      ...(scan.complete ? orphans([...images, ...gatherImages(scan.ignored, old)], lockfile) : []),
    ],
    notices: [...scan.notices, ...notices],
  }
}

/**
 * Decides the digest of each image. A digest in a file takes precedence over the lockfile, and the lockfile over the registry. An image
 * that cannot be decided stays unchanged, and is a finding.
 */
export function lockPlan(input: LockInput, answers: LockAnswers): LockPlan {
  const { scan, images, pinMode } = input
  const old = input.lockfile.images
  const contradictory = conflicts(images, old)
  const held = keysOf(contradictory)
  const read = new Set(scan.sources.map(({ file }) => file))
  const lockfile = noteAdopted(
    scan.occurrences,
    decide(input, answers, held),
    old,
    file => scan.complete || read.has(file),
  )
  // A digest without a tag may turn out to be what `latest` means.
  const named = gatherImages(scan.occurrences, lockfile)
  const findings = [...scan.findings, ...contradictory, ...answers.findings]
  const notices = [...answers.notices, ...imageNotices(named, lockfile, pinMode)]
  const failed = keysOf(answers.findings)
  return {
    lockfile,
    writesLockfile: input.lockfile.bytes !== undefined || lockfile.size > 0 || findings.length === 0,
    pins: pinMode === 'policy' ? new Map() : new Map([...lockfile].filter(([key]) => !held.has(key))),
    named,
    reports: named
      .filter(image => failed.has(image.key) || !isNoticeOnly(image, lockfile, notices))
      .map(image => imageReport(image, old, lockfile, pinMode)),
    findings,
    notices: [...scan.notices, ...notices],
  }
}

/** The digests by key. Those of `held` stay as they are. */
function decide(
  { scan, lockfile, images }: LockInput,
  { resolutions }: LockAnswers,
  held: ReadonlySet<string>,
): ReadonlyMap<string, LockedImage> {
  const old = lockfile.images
  const digests = new Map<string, LockedImage>(scan.complete ? [] : old)
  for (const { key } of gatherImages(scan.ignored, old)) {
    const locked = old.get(key)
    if (locked !== undefined) digests.set(key, locked)
  }
  for (const image of images) {
    const locked = old.get(image.key)
    const [inFile] = held.has(image.key) ? [] : newDigests(image, old)
    const resolution = resolutions.get(image.key)
    if (resolution !== undefined) digests.set(image.key, lockedImage(resolution))
    else if (inFile !== undefined) digests.set(image.key, { digest: inFile })
    else if (locked !== undefined) digests.set(image.key, locked)
  }
  return digests
}

function lockedImage({ descriptor: { digest, mediaType }, platforms }: Resolution): LockedImage {
  return { digest, mediaType, ...(platforms !== undefined && { platforms }) }
}

function keysOf(findings: readonly Finding[]): ReadonlySet<string> {
  return new Set(findings.flatMap(finding => ('key' in finding ? [finding.key] : [])))
}

function imageReport(
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
