/** The states of an image in the stores, for the rows and the summary. */
import { parseDigest, shortDigest } from '../core/digest.ts'
import type { Finding } from '../core/finding.ts'
import type { ChangesReport, FindingsReport, StoresReport } from '../core/report.ts'
import type { ImageInStore, ImageReport, StoreReport, StoreState } from '../core/report-parts.ts'
import { isSkippedFolder } from './skipped.ts'

/** Reports about stores. Only `lock` and `update` change files, and have a dry run. */
export type StoresAndDryRun = StoresReport & Partial<Pick<ChangesReport, 'dryRun' | 'files'>>

export type Reached = StoreReport & { readonly reached: true }

export const STATE_WORDS: Readonly<Record<StoreState, string>> = {
  present: 'present',
  pulled: 'pulled',
  tagged: 'tagged',
  untagged: 'not tagged',
  'tag-elsewhere': 'tag on other image',
  'cache-only': 'cache only',
  'wrong-platform': 'other platform',
  incomplete: 'incomplete',
  unlabelled: 'not from registry',
  absent: 'absent',
  unknown: 'cannot tell',
}

/** The best state in this store. */
export function isSettled({ state }: ImageInStore, store: StoreReport | undefined): boolean {
  return state === 'present' || (store?.reached === true && state === store.maxState)
}

/** Whether nothing happened to the image, and nothing is wrong with it. */
export function isUnchanged(
  { source, repinned, stores: entries = [] }: ImageReport,
  { stores, files }: StoresAndDryRun,
): boolean {
  if (source !== 'locked' || (repinned === true && files !== undefined && files.length > 0)) return false
  return entries.every(entry =>
    isSettled(
      entry,
      stores.find(({ label }) => label === entry.store),
    ),
  )
}

/** A build finds it until a prune removes it. `--strict` does not accept that. */
export function isFleeting(entry: ImageInStore, store: StoreReport | undefined): boolean {
  if (isSettled(entry, store) || entry.state === 'pulled' || entry.state === 'tagged') return false
  // Podman also finds an image of another platform, which is not the wanted one.
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

/** The keys of missing images, in all stores or in the given one. */
export function missingKeys({ findings, stores }: StoresReport, store?: StoreReport): ReadonlySet<string> {
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

/**
 * Whether files use images that the lockfile does not hold. A build needs them too, and no store was asked for them. A locked image that
 * could not be looked up stays locked.
 */
export function namesUnlocked(report: FindingsReport | StoresReport): boolean {
  const images = 'images' in report ? report.images : []
  const locked = new Set(images.flatMap(({ key, digest }) => (digest === undefined ? [] : [key])))
  return report.findings.some(
    finding => UNLOCKED.has(finding.code) && !(finding.code === 'unresolvable' && locked.has(finding.key)),
  )
}

/** `present`; `linux/amd64 present, linux/arm64 absent` where the platforms differ. */
export function stateWords(entries: readonly ImageInStore[]): string {
  const words = new Set(entries.map(entryWords))
  if (words.size <= 1) return [...words].join('')
  return entries.map(entry => `${entry.platform} ${entryWords(entry)}`).join(', ')
}

function entryWords({ state, tagMovedFrom }: ImageInStore): string {
  if (tagMovedFrom === undefined) return STATE_WORDS[state]
  const digest = parseDigest(tagMovedFrom)
  const moved = `tag moved from ${digest === undefined ? tagMovedFrom.slice(0, 19) : shortDigest(digest)}`
  return state === 'tagged' ? moved : `${STATE_WORDS[state]}, ${moved}`
}

const UNCOVERED = { outside: 'decided by the build', local: 'local', ignored: 'ignored' } as const

/** The places that the result does not cover: `not covered: 2 decided by the build, 1 ignored`. */
export function uncovered({ findings, notices, skipped = [] }: FindingsReport): string {
  const said = [...notices, ...findings]
  const counts = Object.entries(UNCOVERED).flatMap(([code, words]) => {
    const places = said.reduce(
      (sum, one) => (one.code !== code ? sum : sum + ('places' in one ? one.places.length : 1)),
      0,
    )
    return places === 0 ? [] : [`${places} ${words}`]
  })
  const files = skipped.filter(one => !isSkippedFolder(one)).length
  if (files > 0) counts.push(`${files} skipped`)
  return counts.length === 0 ? '' : `not covered: ${counts.join(', ')}`
}
