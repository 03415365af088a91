/** What an update does to files and lockfile, once the images are known. Pure. */
import type { PlatformDigest, Resolution } from './descriptor.ts'
import { applyEdits, type Edit } from './edit.ts'
import { type Image, imageKey } from './images.ts'
import type { LockedImage, Lockfile, ParsedLockfile } from './lockfile.ts'
import type { Occurrence } from './occurrence.ts'
import type { Platform } from './platform.ts'
import { nearestPlatform } from './platform-support.ts'
import { keyReference } from './reference.ts'
import { contradict, type Move, type RetagSource } from './retag.ts'

/** The platforms that the image lacks. An image with a single manifest may not say its platform. */
export function lackedPlatforms({ platforms }: Resolution, wanted: readonly Platform[]): readonly Platform[] {
  if (platforms === undefined || platforms.length === 0) return []
  return wanted.filter(platform => nearestPlatform(platform, platforms) === undefined)
}

/** Whether the manifests of all these platforms are known and equal. Then a build gets the same image. */
export function sameManifests(
  old: readonly PlatformDigest[] | undefined,
  now: readonly PlatformDigest[] | undefined,
  wanted: readonly Platform[],
): boolean {
  if (old === undefined || now === undefined || wanted.length === 0) return false
  return wanted.every(platform => {
    const before = nearestPlatform(platform, old)
    return before !== undefined && before.digest === nearestPlatform(platform, now)?.digest
  })
}

/** Whether a place names the image by a digest that dock-lock cannot change there. */
export function hasFixedDigest({ occurrences }: Pick<Image, 'occurrences'>): boolean {
  return occurrences.some(({ reference, pin }) => reference.digest !== undefined && pin.kind !== 'here')
}

export function toLocked({ descriptor, platforms }: Resolution): LockedImage {
  const { digest, mediaType } = descriptor
  return { digest, mediaType, ...(platforms !== undefined && { platforms }) }
}

/** The changes of tags in one file. */
export interface FileMoves {
  readonly edits: readonly Edit[]
  readonly moves: readonly Move[]
}

/**
 * The text of a file with the tags changed and the new digests written.
 * @param entries the images that are updated, by key
 * @param old tells which image a reference without a tag is
 * @param everywhere also write digests to places that have none yet
 * @returns the text, and its occurrences. Undefined if it would not name the images that are meant
 */
export function updateText(
  source: RetagSource,
  { edits, moves }: FileMoves,
  entries: Lockfile,
  old: Lockfile,
  everywhere: boolean,
):
  | {
      readonly text: string
      readonly occurrences: readonly Occurrence[]
      /** How many places name another image, or another digest. */
      readonly places: number
    }
  | undefined {
  if (contradict(edits)) return undefined
  const tagged = applyEdits(source.text, edits)
  const occurrences = edits.length === 0 ? source.occurrences : source.read(tagged)
  const digests = occurrences.flatMap((one): readonly Edit[] => {
    if (one.kind !== 'image' || one.pin.kind !== 'here') return []
    const { digest } = one.reference
    const now = entries.get(imageKey(one.reference, old))?.digest
    if (now === undefined || now === digest || (digest === undefined && !everywhere)) return []
    return [{ range: one.pin.range, text: `@${now}` }]
  })
  const text = applyEdits(tagged, digests)
  const after = source.read(text)
  const to = new Map(moves.map(move => [move.index, move.to]))
  const isMeant =
    after.length === source.occurrences.length &&
    source.occurrences.every((before, index) => names(after[index]) === names(to.get(index) ?? before))
  if (!isMeant) return undefined
  const changed = source.occurrences.flatMap((before, index) =>
    before.kind === 'image' && original(before) !== original(after[index]) ? [before.range.start] : [],
  )
  return { text, occurrences: after, places: new Set(changed).size }
}

function original(occurrence: Occurrence | undefined): string | undefined {
  return occurrence?.kind === 'image' ? occurrence.reference.original : undefined
}

function names(occurrence: Occurrence | undefined): string {
  if (occurrence?.kind !== 'image') return `${occurrence?.kind}`
  const { registry, repository, tag } = occurrence.reference
  return `image ${registry}/${repository}:${tag}`
}

/**
 * The lockfile from which locking starts: `old` with the updated images. Digests that belong to files stay theirs, also under a new tag:
 * see adopted.ts.
 */
export function updatedLockfile(
  old: ParsedLockfile,
  entries: Lockfile,
  moves: readonly Move[],
): ParsedLockfile {
  const adopted = new Map<string, readonly string[]>()
  const note = (from: string, to: string) =>
    adopted.set(to, [...new Set([...(adopted.get(to) ?? []), ...(old.get(from)?.adopted ?? [])])])
  for (const key of entries.keys()) note(key, key)
  for (const { from, to } of moves) note(imageKey(from.reference, old), imageKey(to.reference, old))
  const result = new Map(old)
  for (const [key, entry] of entries) {
    const files = adopted.get(key) ?? []
    result.set(key, { ...entry, reference: keyReference(key), ...(files.length > 0 && { adopted: files }) })
  }
  return result
}
