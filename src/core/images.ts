/** From occurrences to images: what the files want, held against what the lockfile says. */
import type { Digest } from './digest.ts'
import type { Finding } from './finding.ts'
import type { Lockfile } from './lockfile.ts'
import type { Notice } from './notice.ts'
import type { ImageOccurrence, Occurrence } from './occurrence.ts'
import { familiarName, parseReference, type Reference, referenceKey, repositoryName } from './reference.ts'
import { withoutUserinfo } from './userinfo.ts'

/** One image and every place that names it. */
export interface Image {
  /** The lockfile's key. */
  readonly key: string
  /** What `key` says: tag (or, where none was written, digest), without the digest pinned beside a tag. */
  readonly reference: Reference
  readonly occurrences: readonly ImageOccurrence[]
  /** The digests that stand in files, most often none or one. */
  readonly digests: readonly Digest[]
}

/**
 * Gathers the images that the occurrences name, in order of their keys. A reference without a tag but with the digest that the
 * lockfile has for `latest` is what pinning made of a reference without a tag, and counts as `latest`.
 */
export function gatherImages(occurrences: readonly Occurrence[], lockfile: Lockfile): readonly Image[] {
  const images = new Map<
    string,
    { reference: Reference; occurrences: ImageOccurrence[]; digests: Set<Digest> }
  >()
  for (const occurrence of occurrences) {
    if (occurrence.kind !== 'image') continue
    const key = imageKey(occurrence.reference, lockfile)
    let image = images.get(key)
    if (image === undefined) {
      image = { reference: keyReference(key), occurrences: [], digests: new Set() }
      images.set(key, image)
    }
    image.occurrences.push(occurrence)
    if (occurrence.reference.digest !== undefined) image.digests.add(occurrence.reference.digest)
  }
  return [...images]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, image]) => ({ key, ...image, digests: [...image.digests] }))
}

/** The key under which the lockfile holds `reference`. */
export function imageKey(reference: Reference, lockfile: Lockfile): string {
  if (reference.tag === undefined) {
    const latest = `${repositoryName(reference)}:latest`
    if (lockfile.get(latest)?.digest === reference.digest) return latest
  }
  return referenceKey(reference)
}

/** The reference that a lockfile key stands for; keys are checked when the lockfile is read. */
export function keyReference(key: string): Reference {
  const parsed = parseReference(key)
  if (!parsed.ok) throw new RangeError(`not a lockfile key: ${key}`)
  return parsed.reference
}

/** Files and names that BuildKit would refuse. */
export function occurrenceFindings(occurrences: readonly Occurrence[]): readonly Finding[] {
  return occurrences.flatMap((occurrence): Finding[] => {
    if (occurrence.kind !== 'invalid') return []
    const { place, reason, hint } = occurrence
    const text = withoutUserinfo(occurrence.text)
    return [{ code: 'malformed', place, text, reason, ...(hint !== undefined && { hint }) }]
  })
}

/** Places that are decided by whoever builds. */
export function occurrenceNotices(occurrences: readonly Occurrence[]): readonly Notice[] {
  return occurrences.flatMap((occurrence): Notice[] => {
    if (occurrence.kind !== 'variable') return []
    const { place, text, names } = occurrence
    return [{ code: 'outside', places: [place], texts: [withoutUserinfo(text)], names, images: [] }]
  })
}

/** Where the digests are to stand: in the files, or in a source policy made from the lockfile. */
export type PinMode = 'files' | 'policy'

/** Files ⇄ lockfile: what stands unlocked, unpinned or different. The lockfile's own extra entries are `orphans`. */
export function checkImages(
  images: readonly Image[],
  lockfile: Lockfile,
  pinMode: PinMode,
): readonly Finding[] {
  return images.flatMap(image => {
    const conflict = conflicts([image], lockfile)
    return conflict.length > 0
      ? conflict
      : image.occurrences.flatMap(occurrence => checkOccurrence(image, occurrence, lockfile, pinMode))
  })
}

function checkOccurrence(
  { key, reference }: Image,
  { place, pin, unset, reference: { digest: inFile } }: ImageOccurrence,
  lockfile: Lockfile,
  pinMode: PinMode,
): readonly Finding[] {
  const common = { place, image: familiarName(reference), key }
  const locked = lockfile.get(key)?.digest
  if (locked === undefined) return unset === undefined ? [{ code: 'unlocked', ...common }] : []
  if (inFile === locked) return []
  if (inFile !== undefined) return [{ code: 'mismatch', ...common, inFile, locked }]
  return pinMode === 'files' && pin.kind === 'here' ? [{ code: 'unpinned', ...common, digest: locked }] : []
}

/** What is no digest in the file, and rightly so: locked under its tag, or decided by whoever builds. */
export function imageNotices(
  images: readonly Image[],
  lockfile: Lockfile,
  pinMode: PinMode,
): readonly Notice[] {
  return images.flatMap(image => {
    const name = familiarName(image.reference)
    const isLocked = lockfile.has(image.key)
    return image.occurrences.flatMap((occurrence): Notice[] => {
      const { place, text, pin, unset } = occurrence
      if (!isLocked) {
        if (unset === undefined) return []
        return [
          { code: 'outside', places: [place], texts: [withoutUserinfo(text)], names: unset, images: [name] },
        ]
      }
      if (pinMode === 'policy' || !isByTag(occurrence) || pin.kind !== 'never') return []
      return [{ code: 'by-tag', places: [place], images: [name], reason: pin.reason, names: pin.names }]
    })
  })
}

/** Whether the image is named there by its tag and cannot be named otherwise. */
export function isByTag({ reference, pin }: ImageOccurrence): boolean {
  return reference.digest === undefined && pin.kind === 'never'
}

/** The notice that an image exists only in the local engine. */
export function localNotice({ key, reference, occurrences }: Image): Notice {
  return {
    code: 'local',
    image: familiarName(reference),
    key,
    places: occurrences.map(({ place }) => place),
  }
}

/** Whether the name is one that engines give to what they build: no registry has it. */
export function hasLocalName({ reference }: Image): boolean {
  return reference.registry === 'localhost'
}

/** The digests in files that are not the locked one: what somebody wants the image to become. */
export function newDigests({ key, digests }: Image, lockfile: Lockfile): readonly Digest[] {
  const locked = lockfile.get(key)?.digest
  return digests.filter(digest => digest !== locked)
}

/** Places with different digests for one tag, of which none is locked: nobody can say which is meant. */
export function conflicts(images: readonly Image[], lockfile: Lockfile): readonly Finding[] {
  return images
    .filter(image => newDigests(image, lockfile).length > 1)
    .map(({ key, reference, occurrences }) => ({
      code: 'conflict',
      key,
      image: familiarName(reference),
      places: occurrences.flatMap(({ place, reference: { digest } }) =>
        digest === undefined ? [] : [{ ...place, digest }],
      ),
    }))
}

/** Whether a notice is all there is to say of the image: it is not locked, and need not be. */
export function isNoticeOnly(
  { key, occurrences }: Image,
  lockfile: Lockfile,
  notices: readonly Notice[],
): boolean {
  if (lockfile.has(key)) return false
  return (
    notices.some(notice => notice.code === 'local' && notice.key === key) ||
    occurrences.every(({ unset }) => unset !== undefined)
  )
}
