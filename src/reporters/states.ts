/** How an image stands in the stores, for rows and sums. */
import type { Finding } from '../core/finding.ts'
import type { ImageInStore, ImageReport, Report, StoreReport, StoreState } from '../core/report.ts'

export type Reached = StoreReport & { readonly reached: true }

export const STATE_WORDS: Readonly<Record<StoreState, string>> = {
  present: 'present',
  pulled: 'pulled',
  tagged: 'tagged',
  untagged: 'not tagged',
  'tag-elsewhere': 'tag elsewhere',
  'cache-only': 'cache only',
  'wrong-platform': 'other platform',
  incomplete: 'incomplete',
  unlabelled: 'not labelled',
  absent: 'absent',
  unknown: 'cannot tell',
}

/** As good as it gets in this store. */
export function isSettled({ state }: ImageInStore, store: StoreReport | undefined): boolean {
  return state === 'present' || (store?.reached === true && state === store.maxState)
}

/** A build finds it, until a prune takes it. With `--strict` that is not good enough. */
export function isFleeting(entry: ImageInStore, store: StoreReport | undefined): boolean {
  if (isSettled(entry, store) || entry.state === 'pulled' || entry.state === 'tagged') return false
  // Another platform's image is found, too, by Podman: it is not what was asked for.
  return entry.verified || (entry.registryUse === 'none' && entry.state !== 'wrong-platform')
}

export function isFleetingSomewhere({ stores = [] }: ImageReport, reports: readonly StoreReport[]): boolean {
  return stores.some(entry =>
    isFleeting(
      entry,
      reports.find(({ label }) => label === entry.store),
    ),
  )
}

/** Of images that a store should have and has not; of this store alone, if one is named. */
export function missingKeys({ findings, stores }: Report, store?: StoreReport): ReadonlySet<string> {
  return new Set(
    findings.flatMap(finding => {
      if (!('digest' in finding && 'platform' in finding)) return []
      const here = store === undefined || stores.length === 1 || finding.store === store.label
      return here ? [finding.key] : []
    }),
  )
}

const UNLOCKED: ReadonlySet<Finding['code']> = new Set([
  'unlocked',
  'mismatch',
  'conflict',
  'unresolvable',
  'short-name',
  'malformed',
])

/** Whether files name what the lockfile does not hold. A build wants that too, and nobody has looked for it in any store. */
export function namesUnlocked({ findings }: Report): boolean {
  return findings.some(({ code }) => UNLOCKED.has(code))
}

/** `present`; `linux/amd64 present, linux/arm64 absent` where the platforms differ. */
export function stateWords(entries: readonly ImageInStore[]): string {
  const states = new Set(entries.map(({ state }) => state))
  if (states.size <= 1) return [...states].map(state => STATE_WORDS[state]).join('')
  return entries.map(({ platform, state }) => `${platform} ${STATE_WORDS[state]}`).join(', ')
}

const UNCOVERED = { outside: 'decided outside', local: 'only local', ignored: 'ignored' } as const

/** What the images of the report leave out, in places: `not covered: 2 decided outside, 1 ignored`. */
export function uncovered({ findings, notices }: Report): string {
  const said = [...notices, ...findings]
  const counts = Object.entries(UNCOVERED).flatMap(([code, words]) => {
    const places = said.reduce(
      (sum, one) => (one.code !== code ? sum : sum + ('places' in one ? one.places.length : 1)),
      0,
    )
    return places === 0 ? [] : [`${places} ${words}`]
  })
  return counts.length === 0 ? '' : `not covered: ${counts.join(', ')}`
}
