import type { ImageInStore, StoreState } from '../../core/report-parts.ts'
import type { Availability, StoreInfo } from '../../stores/store.ts'

/** If a file names the image by its tag alone, a build finds it only by the tag. */
export function asBuilt(one: Availability): Availability {
  const { wanted, state } = one
  if (!wanted.byTag) return one
  if (state === 'tag-elsewhere') return { ...one, registryUse: 'wrong-image' }
  return state === 'untagged' || state === 'cache-only' ? { ...one, registryUse: 'required' } : one
}

/** The state of the image, and whether this run brought it about. */
export function stateNow(
  before: Availability | undefined,
  { state }: Availability,
  best: StoreInfo['maxState'],
): StoreState {
  const was = before?.state
  if (state === was || (state !== 'present' && state !== best)) return state
  return was === 'untagged' || was === 'tag-elsewhere' ? 'tagged' : 'pulled'
}

/** The other image that has the tag, or had it until this run moved it. */
export function tagOf(
  before: Availability | undefined,
  { state, tagHolder }: Availability,
): Pick<ImageInStore, 'tagHolder' | 'tagMovedFrom'> {
  if (state === 'tag-elsewhere' && tagHolder !== undefined) {
    const { digest, pulled } = tagHolder
    return { tagHolder: { digest, pulled } }
  }
  return state === 'present' && tagHolder === undefined && before?.tagHolder !== undefined
    ? { tagMovedFrom: before.tagHolder.digest }
    : {}
}
