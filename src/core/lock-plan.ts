/** Decides what locking changes: pure, from what files, lockfile, registries and engines say. */
import { noteAdopted } from './adopted.ts'
import {
  type Comparison,
  compareFiles,
  type FilesAndLockfile,
  imageReport,
  type NamedImages,
  namedImages,
} from './compare.ts'
import type { Resolution } from './descriptor.ts'
import type { Digest } from './digest.ts'
import type { Finding } from './finding.ts'
import {
  checkImages,
  conflicts,
  type Image,
  imageNotices,
  isNoticeOnly,
  localNotice,
  newDigests,
} from './images.ts'
import type { LockedReference, Lockfile, ParsedLockfile } from './lockfile.ts'
import type { Notice } from './notice.ts'
import type { Reference } from './reference.ts'

/** The answers for images that the lockfile does not decide. */
export interface LockAnswers {
  /** By key: of tags, and of new digests in files. */
  readonly resolutions: ReadonlyMap<string, Resolution>
  /** Why the others have no digest, or why a digest in a file must not be locked. */
  readonly findings: readonly Finding[]
  /** Which of the others need none, and which new digests are locked without an answer. */
  readonly notices: readonly Notice[]
}

/** What locking would write, its findings, and the images by the keys of the new lockfile. */
export interface LockPlan extends Comparison, NamedImages {
  /** The new lockfile. */
  readonly lockfile: ParsedLockfile
  /** Whether that may be written: not if it would be created without any image because of problems. */
  readonly writesLockfile: boolean
  /** The digests to write into the files, by key. */
  readonly pins: ParsedLockfile
}

/** An image with a digest in its files that is new to the lockfile. */
export interface NewDigest {
  readonly image: Image
  readonly digest: Digest
}

/** Images whose files name one new digest. With several, it is unknown which one is right. */
export function imagesWithNewDigest(
  images: readonly Image[],
  lockfile: ParsedLockfile,
): readonly NewDigest[] {
  return images.flatMap(image => {
    const [digest, ...others] = newDigests(image, lockfile)
    return digest === undefined || others.length > 0 ? [] : [{ image, digest }]
  })
}

/** The answers if no registry is asked: an undecided image is a finding, unless it exists only in the engine. */
export function offlineAnswers(
  undecided: readonly Image[],
  local: readonly Image[],
  { lockfile, pinMode }: FilesAndLockfile,
): LockAnswers {
  const others = undecided.filter(image => !local.includes(image))
  return {
    resolutions: new Map(),
    findings: checkImages(others, lockfile.images, pinMode),
    notices: local.map(localNotice),
  }
}

/** The plan of `--frozen`: nothing changes. */
export function frozenPlan(input: FilesAndLockfile, local: readonly Image[]): LockPlan {
  const { lockfile, images, ignored } = input
  return {
    ...compareFiles(input, local),
    lockfile: lockfile.images,
    writesLockfile: false,
    pins: new Map(),
    images,
    ignored,
  }
}

/**
 * Decides the digest of each image. A digest in a file takes precedence over the lockfile, and the lockfile over the registry. An image
 * that cannot be decided stays unchanged, and is a finding.
 */
export function lockPlan(input: FilesAndLockfile, answers: LockAnswers): LockPlan {
  const { scan, pinMode } = input
  const old = input.lockfile.images
  const contradictory = conflicts(input.images, old)
  const held = keysOf([...contradictory, ...answers.findings.filter(isAboutDigest)])
  const read = new Set(scan.sources.map(({ file }) => file))
  const lockfile = noteAdopted(
    scan.occurrences,
    decide(input, answers, held),
    old,
    file => scan.complete || read.has(file),
  )
  // A digest without a tag may turn out to be what `latest` means.
  const named = namedImages(scan, lockfile)
  const findings = [...scan.findings, ...contradictory, ...answers.findings]
  const notices = [...answers.notices, ...imageNotices(named.images, lockfile, pinMode)]
  const failed = keysOf(answers.findings)
  const pins = pinMode === 'policy' ? new Map() : new Map([...lockfile].filter(([key]) => !held.has(key)))
  return {
    lockfile,
    writesLockfile: input.lockfile.bytes !== undefined || lockfile.size > 0 || findings.length === 0,
    pins,
    ...named,
    reports: named.images
      .filter(image => failed.has(image.key) || !isNoticeOnly(image, lockfile, notices))
      .map(image => ({
        ...imageReport(image, old, lockfile, pinMode),
        ...(isRepinned(image, old, pins) && { repinned: true as const }),
      })),
    findings,
    notices: [...scan.notices, ...notices],
  }
}

/** Whether the digest that was locked already is written into a place that has none. */
function isRepinned({ key, occurrences }: Image, old: Lockfile, pins: Lockfile): boolean {
  const digest = pins.get(key)?.digest
  return (
    digest !== undefined &&
    old.get(key)?.digest === digest &&
    occurrences.some(({ reference, pin }) => reference.digest === undefined && pin.kind === 'here')
  )
}

/** The digests by key. Those of `held` stay as they are. */
function decide(
  { scan, lockfile, images, ignored }: FilesAndLockfile,
  { resolutions }: LockAnswers,
  held: ReadonlySet<string>,
): ParsedLockfile {
  const old = lockfile.images
  const digests = new Map<string, LockedReference>(scan.complete ? [] : old)
  for (const { key } of ignored) {
    const locked = old.get(key)
    if (locked !== undefined) digests.set(key, locked)
  }
  for (const image of images) {
    const locked = old.get(image.key)
    const [inFile] = held.has(image.key) ? [] : newDigests(image, old)
    const resolution = resolutions.get(image.key)
    const { reference } = image
    if (resolution !== undefined) digests.set(image.key, lockedImage(reference, resolution))
    // Its registry was not asked, or did not answer.
    else if (inFile !== undefined) digests.set(image.key, { reference, digest: inFile })
    else if (locked !== undefined) digests.set(image.key, locked)
  }
  return digests
}

function lockedImage(
  reference: Reference,
  { descriptor: { digest, mediaType }, platforms }: Resolution,
): LockedReference {
  return { reference, digest, mediaType, ...(platforms !== undefined && { platforms }) }
}

/** Whether the finding says that a digest in a file must not be locked. */
export function isAboutDigest(finding: Finding): boolean {
  return finding.code === 'gone' || (finding.code === 'unresolvable' && finding.digest !== undefined)
}

function keysOf(findings: readonly Finding[]): ReadonlySet<string> {
  return new Set(findings.flatMap(finding => ('key' in finding ? [finding.key] : [])))
}
