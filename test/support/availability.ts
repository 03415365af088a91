import type { AvailabilityState, BuildOutlook } from '../../src/core/availability.ts'

// Records, so that a new one that is missing here does not compile.
const STATES: Readonly<Record<AvailabilityState, true>> = {
  present: true,
  untagged: true,
  'tag-elsewhere': true,
  'cache-only': true,
  'wrong-platform': true,
  incomplete: true,
  unlabelled: true,
  absent: true,
  unknown: true,
}
const BUILDS: Readonly<Record<BuildOutlook, true>> = { offline: true, tries: true, asks: true, unknown: true }

/** All that there are. */
export const states = Object.keys(STATES) as AvailabilityState[]
/** All that there are. */
export const builds = Object.keys(BUILDS) as BuildOutlook[]
