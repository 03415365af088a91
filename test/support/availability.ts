import type { RegistryUse } from '../../src/core/availability.ts'
import type { StoreState } from '../../src/core/report-parts.ts'

// Records, so that a new one that is missing here does not compile.
const STATES: Readonly<Record<StoreState, true>> = {
  present: true,
  pulled: true,
  tagged: true,
  untagged: true,
  'tag-elsewhere': true,
  'cache-only': true,
  'wrong-platform': true,
  incomplete: true,
  unlabelled: true,
  absent: true,
  unknown: true,
}
const BUILDS: Readonly<Record<RegistryUse, true>> = {
  none: true,
  optional: true,
  required: true,
  'wrong-image': true,
  unknown: true,
}

/** All that a report may say of an image in a store. */
export const reported = Object.keys(STATES) as StoreState[]
/** All that a store may say of it. */
export const states = reported.filter(state => state !== 'pulled' && state !== 'tagged')
/** All that there are. */
export const builds = Object.keys(BUILDS) as RegistryUse[]
