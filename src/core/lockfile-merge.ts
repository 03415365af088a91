/** Merges two versions of a lockfile: the union of their images. */
import { mergeNotes } from './adopted.ts'
import type { Digest } from './digest.ts'
import { type LockedReference, type ParsedLockfile, serializeImage, serializeLockfile } from './lockfile.ts'
import type { Reference } from './reference.ts'

/** An image that both sides changed, to different digests. */
export interface Dispute {
  readonly key: string
  readonly ours: LockedReference
  readonly theirs: LockedReference
}

export interface MergedLockfile {
  /** Every image of both sides. If they differ about an image, ours. */
  readonly images: ParsedLockfile
  readonly disputes: readonly Dispute[]
  /** Images of one side that the other removed and this one left unchanged, as the base shows. */
  readonly removed: readonly string[]
  /** The digests that either side or the base had, and that the merge has not. Nobody wrote these after the merge. */
  readonly superseded: ReadonlyMap<string, ReadonlySet<Digest>>
}

/** @param base the images of the common ancestor, as far as they are known */
export function mergeLockfiles(
  ours: ParsedLockfile,
  theirs: ParsedLockfile,
  base?: ParsedLockfile,
): MergedLockfile {
  const images = new Map<string, LockedReference>()
  const superseded = new Map<string, ReadonlySet<Digest>>()
  const disputes: Dispute[] = []
  const removed: string[] = []
  for (const key of [...new Set([...ours.keys(), ...theirs.keys()])]) {
    const our = ours.get(key)
    const their = theirs.get(key)
    const before = base?.get(key)
    if (our === undefined || their === undefined) {
      const only = our ?? their
      if (only === undefined) continue
      images.set(key, only)
      if (before !== undefined && isSame(before, only)) removed.push(key)
    } else {
      if (our.digest !== their.digest && before?.digest !== our.digest && before?.digest !== their.digest)
        disputes.push({ key, ours: our, theirs: their })
      images.set(key, mergeImage(our, their, before))
    }
    superseded.set(key, supersededBy(images.get(key)?.digest, [our, their, before]))
  }
  return { images, disputes, removed, superseded }
}

/**
 * Decides the disputes by the files: if they name only the digest of theirs, theirs is right. Ours is right in any other case.
 * @param named the digests that the files name for this key
 */
export function settleDisputes(
  merged: MergedLockfile,
  named: (key: string) => readonly Digest[],
): { readonly merged: MergedLockfile; readonly settled: readonly SettledDispute[] } {
  const images = new Map(merged.images)
  const superseded = new Map(merged.superseded)
  const settled = merged.disputes.map(({ key, ours, theirs }): SettledDispute => {
    const digests = named(key)
    const isOurs = digests.includes(ours.digest)
    const isTheirs = digests.includes(theirs.digest)
    const taken = isTheirs && !isOurs ? theirs : ours
    const { adopted } = images.get(key) ?? {}
    const { adopted: _, ...rest } = taken
    images.set(key, { ...rest, ...(adopted !== undefined && { adopted }) })
    const others = [ours, theirs].filter(one => one !== taken)
    superseded.set(
      key,
      new Set(
        [...(superseded.get(key) ?? []), ...others.map(({ digest }) => digest)].filter(
          one => one !== taken.digest,
        ),
      ),
    )
    return {
      key,
      reference: ours.reference,
      ours: ours.digest,
      theirs: theirs.digest,
      taken: taken === ours ? 'ours' : 'theirs',
      decidedBy: isOurs === isTheirs ? 'default' : 'files',
    }
  })
  return { merged: { ...merged, images, superseded }, settled }
}

export interface SettledDispute {
  readonly key: string
  readonly reference: Reference
  readonly ours: Digest
  readonly theirs: Digest
  readonly taken: 'ours' | 'theirs'
  /** `files`: they name this digest and not the other. `default`: they name both or none of them. */
  readonly decidedBy: 'files' | 'default'
}

/**
 * The merged lockfile as git's merge driver leaves it. What one side removed is gone. Each dispute is a conflict around whole blocks.
 * @param size the length of the markers
 */
export function mergedText({ images, removed, disputes }: MergedLockfile, size: number): string {
  const disputed = new Map(disputes.map(dispute => [dispute.key, dispute]))
  const marker = (sign: string, label: string) => `${sign.repeat(size)}${label}\n`
  return serializeLockfile(new Map([...images].filter(([key]) => !removed.includes(key))), (key, image) => {
    const dispute = disputed.get(key)
    if (dispute === undefined) return serializeImage(key, image)
    const [ours, theirs] = [serializeImage(key, dispute.ours), serializeImage(key, dispute.theirs)]
    return `${marker('<', ' ours')}${ours}${marker('=', '')}${theirs}${marker('>', ' theirs')}`
  })
}

/** The union of what both sides know about one image. */
function mergeImage(
  ours: LockedReference,
  theirs: LockedReference,
  base: LockedReference | undefined,
): LockedReference {
  const isTheirs = base !== undefined && ours.digest === base.digest && theirs.digest !== base.digest
  const [first, second] = isTheirs ? [theirs, ours] : [ours, theirs]
  const known = first.digest === second.digest ? { ...second, ...first } : first
  const adopted = mergeNotes(ours.adopted, theirs.adopted, base?.adopted)
  const { adopted: _, ...rest } = known
  return { ...rest, ...(adopted.length > 0 && { adopted }) }
}

function supersededBy(
  taken: Digest | undefined,
  images: readonly (LockedReference | undefined)[],
): ReadonlySet<Digest> {
  return new Set(
    images.flatMap(image => (image === undefined || image.digest === taken ? [] : [image.digest])),
  )
}

function isSame(a: LockedReference, b: LockedReference): boolean {
  return a.digest === b.digest && JSON.stringify(a.adopted ?? []) === JSON.stringify(b.adopted ?? [])
}
