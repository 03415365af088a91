import type { StoresReport } from '../core/report.ts'
import type { ImageInStore } from '../core/report-parts.ts'
import type { Paint } from './paint.ts'
import {
  isFleeting,
  missingKeys,
  namesUnlocked,
  type Reached,
  type StoresAndDryRun,
  uncovered,
} from './states.ts'
import { listed } from './worded.ts'

/** The result for each store, one line each. */
export function storeLines(report: StoresAndDryRun, paint: Paint): readonly string[] {
  const { stores } = report
  const [only] = stores
  if (only === undefined) return []
  if (stores.length === 1) {
    if (!only.reached) {
      return [
        `${paint.warn('not verified:')} no engine answered, so dock-lock cannot tell whether a build needs the network`,
        ...(report.findings.some(({ code }) => code === 'unreached')
          ? []
          : [`    ${only.message}${only.hint === undefined ? '' : `\n    ${paint.dim('→')} ${only.hint}`}`]),
      ]
    }
    const result = resultIn(report, only, paint)
    if (result === undefined) return []
    return result.plain === WOULD_PULL
      ? [`would have pulled ${result.words} into ${engineWords(only)}`]
      : [`${result.verdict} ${engineWords(only)} ${result.words}`]
  }
  const results = stores.map(store => ({
    store,
    result: store.reached
      ? resultIn(report, store, paint)
      : { verdict: paint.warn('not reached:'), plain: 'not reached:', words: '' },
  }))
  const verdicts = Math.max(...results.map(({ result }) => result?.plain.length ?? 0))
  const labels = Math.max(...stores.map(({ label }) => label.length))
  return results.flatMap(({ store, result }) => {
    if (result === undefined) return []
    const { verdict, plain, words } = result
    const start = `${verdict}${' '.repeat(verdicts - plain.length)} ${store.label.padEnd(labels)}`
    return store.reached
      ? [
          `${start}  ${plain === WOULD_PULL ? `${words} into ${engineWords(store)}` : `${engineWords(store)} ${words}`}`,
        ]
      : [`${start.trimEnd()}`]
  })
}

const WOULD_PULL = 'would pull:'

/** `verified: … has all 3 images`. Undefined if the store was not asked for any image. */
function resultIn(
  report: StoresAndDryRun,
  store: Reached,
  paint: Paint,
): { readonly verdict: string; readonly plain: string; readonly words: string } | undefined {
  const { images, stores, repeat } = report
  const asked = images.flatMap(image => {
    const entries = image.stores?.filter(entry => entry.store === store.label) ?? []
    return entries.length === 0 ? [] : [{ image, entries }]
  })
  if (asked.length === 0) return undefined
  const missing = missingKeys(report, store)
  const fleeting = asked.filter(({ entries }) => entries.some(entry => isFleeting(entry, store)))
  const isThere = ({ entries }: (typeof asked)[number]) =>
    entries.every(entry => entry.verified || isFleeting(entry, store))
  const there = asked.filter(isThere)
  const said = (plain: string, paintPlain: (text: string) => string, words: string) => ({
    verdict: paintPlain(plain),
    plain,
    words,
  })
  // In a dry run, missing images without a finding are those that a pull would bring.
  const wouldPull = asked.filter(one => !isThere(one) && !missing.has(one.image.key))
  const has =
    there.length === asked.length
      ? `has ${all(asked.length)}`
      : `has ${there.length} of ${count(asked.length, 'image')}`
  if (missing.size > 0) {
    const some = fleeting.length === 0 ? '' : `; ${weakness(fleeting, false)}`
    const more = wouldPull.length === 0 ? '' : `, and would get ${wouldPull.length}`
    return said('not verified:', paint.bad, has + some + more)
  }
  if (namesUnlocked(report))
    return said('not verified:', paint.bad, `${has} of the lockfile; files and lockfile differ`)
  const open = wouldPull.filter(({ entries }) => entries.some(({ registryUse }) => registryUse === 'unknown'))
  if (!report.dryRun && open.length > 0)
    return said(
      'not verified:',
      paint.warn,
      `has ${all(asked.length)}; dock-lock cannot tell whether ${asked.length === 1 ? 'a build from it needs' : `builds from ${open.length} need`} the registry`,
    )
  if (wouldPull.length > 0) return said(WOULD_PULL, paint.warn, count(wouldPull.length, 'image'))
  const rest = uncovered(report)
  if (store.maxState !== 'present')
    return said(
      'verified:',
      paint.good,
      `${has} in its cache; a prune would remove ${asked.length === 1 ? 'it' : 'them'}${rest === '' ? '' : `; ${rest}`}`,
    )
  if (fleeting.length === 0) {
    // Some builds contact the registry and pass without it, but wait for its answer.
    const tries = asked.some(({ entries }) => entries.some(({ registryUse }) => registryUse === 'optional'))
    const builds = tries ? 'builds may contact the registry, but do not need it' : 'builds need no registry'
    // Images that are not covered may need a registry.
    if (rest !== '') return said('verified:', paint.good, stores.length === 1 ? `${has}; ${rest}` : has)
    return said('verified:', paint.good, stores.length === 1 || tries ? `${has}; ${builds}` : has)
  }
  const elsewhere = fleeting.filter(({ entries }) =>
    entries.some(({ state, tagHolder }) => state === 'tag-elsewhere' && tagHolder?.pulled !== true),
  )
  const move = elsewhere.length === 0 ? '' : elsewhere.length === fleeting.length ? ' --move-tags' : ''
  const also =
    elsewhere.length > 0 && move === ''
      ? ` (with --move-tags for ${listed(elsewhere.map(({ image }) => image.image))})`
      : ''
  return said(
    'verified:',
    paint.good,
    `${has}; ${paint.warn(`${weakness(fleeting, asked.length === 1)}:`)} run dock-lock pull${move}${repeatWords(repeat)}${also}${rest === '' ? '' : `; ${rest}`}`,
  )
}

/** Why an image that a build finds is marked. `only`: it is the only image. */
function weakness(fleeting: readonly { readonly entries: readonly ImageInStore[] }[], only: boolean): string {
  const contacts = ({ registryUse }: ImageInStore) => registryUse === 'optional'
  const asking = fleeting.filter(({ entries }) => entries.some(contacts)).length
  const lost = fleeting.length - asking
  return [
    lost > 0 ? `a prune would remove ${only ? 'it' : lost}` : '',
    asking > 0
      ? `${only ? 'a build from it sends' : `builds from ${asking} send`} the registry a request first`
      : '',
  ]
    .filter(text => text !== '')
    .join(', ')
}

/** The options to repeat, quoted for a shell. */
export function repeatWords(repeat: StoresReport['repeat']): string {
  return (repeat ?? [])
    .map(word => (/^[\w@%+=:,./-]+$/.test(word) ? ` ${word}` : ` '${word.replaceAll("'", "'\\''")}'`))
    .join('')
}

/** `Docker 28.5.2 (containerd store, linux/amd64)`, `BuildKit v0.25.1 (builder ci, docker-container driver, linux/amd64)` */
export function engineWords({ name, imageStore, platforms, maxState }: Reached): string {
  const store = maxState === 'present' ? `${imageStore} store` : imageStore
  return `${name} (${[store, ...platforms].join(', ')})`
}

export function all(total: number): string {
  return total === 1 ? '1 image' : total === 2 ? 'both images' : `all ${total} images`
}

export function allEngines(total: number): string {
  return total === 2 ? 'both engines' : `all ${total} engines`
}

export function count(total: number, noun: string): string {
  return `${total} ${noun}${total === 1 ? '' : 's'}`
}
