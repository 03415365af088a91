/** Which digests `check --registry` asks about. */
import type { Digest } from './digest.ts'
import type { Image } from './images.ts'
import type { ParsedLockfile } from './lockfile.ts'
import { lockfilePlaces } from './orphans.ts'
import type { Place } from './place.ts'
import { familiarName, type Reference } from './reference.ts'

/** A locked digest, or one that is accepted in its place. */
export interface ServedTarget {
  readonly key: string
  /** Short form. */
  readonly image: string
  /** With its tag, if it has one, and the digest. */
  readonly reference: Reference & { readonly digest: Digest }
  /** Where the files name it, otherwise its place in the lockfile. */
  readonly places: readonly Place[]
}

/**
 * All locked images, or only those that the files name.
 * @param ahead images whose digest in the files counts instead of the locked one
 */
export function servedTargets(
  { images: locked, text }: { readonly images: ParsedLockfile; readonly text: string },
  named: readonly Image[],
  ahead: readonly Image[],
  namedOnly: boolean,
): readonly ServedTarget[] {
  const byKey = new Map(named.map(image => [image.key, image]))
  const digests = new Map(ahead.map(({ key, digests }) => [key, digests[0]]))
  const placeOf = lockfilePlaces(text)
  return [...locked].flatMap(([key, { digest, reference: withoutDigest }]) => {
    const image = byKey.get(key)
    if (image === undefined && namedOnly) return []
    const reference = { ...withoutDigest, digest: digests.get(key) ?? digest }
    const places = image?.occurrences.map(({ place }) => place) ?? [placeOf(key)]
    return [{ key, image: familiarName(reference), reference, places }]
  })
}
