/** From occurrences to images: what the files want, held against what the lockfile says. */
import type { Digest } from './digest.ts'
import type { Finding } from './finding.ts'
import type { Lockfile } from './lockfile.ts'
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

/** The findings that need nothing but the occurrence itself: files BuildKit would refuse, ARGs without a value. */
export function occurrenceFindings(occurrences: readonly Occurrence[]): readonly Finding[] {
  return occurrences.flatMap((occurrence): Finding[] => {
    if (occurrence.kind !== 'invalid' && occurrence.kind !== 'variable') return []
    const { place, reason } = occurrence
    const text = withoutUserinfo(occurrence.text)
    return occurrence.kind === 'invalid'
      ? [
          {
            code: 'malformed',
            place,
            text,
            reason,
            ...(occurrence.hint !== undefined && { hint: occurrence.hint }),
          },
        ]
      : [{ code: 'variable', place, text, reason, names: occurrence.names }]
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
  return images.flatMap(image =>
    image.occurrences.flatMap(occurrence => checkOccurrence(image, occurrence, lockfile, pinMode)),
  )
}

function checkOccurrence(
  { key, reference }: Image,
  occurrence: ImageOccurrence,
  lockfile: Lockfile,
  pinMode: PinMode,
): readonly Finding[] {
  const { place, text, pin } = occurrence
  const common = { place, image: familiarName(reference), key }
  const inFile = occurrence.reference.digest
  const locked = lockfile.get(key)?.digest
  if (locked === undefined) return [{ code: 'unlocked', ...common }]
  if (inFile === locked) return []
  if (inFile !== undefined) return [{ code: 'mismatch', ...common, inFile, locked }]
  if (pinMode === 'policy') return []
  if (pin.kind === 'here') return [{ code: 'unpinned', ...common, digest: locked }]
  return [
    { code: 'unpinnable', ...common, text: withoutUserinfo(text), reason: pin.reason, names: pin.names },
  ]
}

/** Two places with different digests for one tag: nobody can say which is meant. */
export function conflicts(images: readonly Image[]): readonly Finding[] {
  return images
    .filter(image => image.digests.length > 1)
    .map(({ key, reference, occurrences }) => ({
      code: 'conflict',
      key,
      image: familiarName(reference),
      places: occurrences.flatMap(({ place, reference: { digest } }) =>
        digest === undefined ? [] : [{ ...place, digest }],
      ),
    }))
}
