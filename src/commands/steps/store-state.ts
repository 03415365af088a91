import type { ImageInStore, StoreState } from '../../core/report.ts'
import type { Availability, StoreInfo } from '../../stores/store.ts'

/** Where a file names it by the tag alone, nothing but the tag leads to it. */
export function asBuilt(one: Availability): Availability {
  const { wanted, state } = one
  if (!wanted.byTag) return one
  if (state === 'tag-elsewhere') return { ...one, registryUse: 'wrong-image' }
  return state === 'untagged' || state === 'cache-only' ? { ...one, registryUse: 'required' } : one
}

/** How it stands, and whether that is the work of this run. */
export function stateNow(
  before: Availability | undefined,
  { state }: Availability,
  best: StoreInfo['maxState'],
): StoreState {
  const was = before?.state
  if (state === was || (state !== 'present' && state !== best)) return state
  return was === 'untagged' || was === 'tag-elsewhere' ? 'tagged' : 'pulled'
}

/** Which other image has the tag, or had it until this run moved it. */
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
