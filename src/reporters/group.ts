import type { Finding } from '../core/finding.ts'
import type { Ignored } from '../core/ignore.ts'
import { allEngines } from './store-summary.ts'

type Unresolvable = Extract<Finding, { code: 'unresolvable' }>

/** Merges the findings of one unreachable registry into one, for all its images. */
export function groupUnreachable(findings: readonly Finding[]): readonly Finding[] {
  const groups = new Map<string, Unresolvable[]>()
  for (const finding of findings) {
    if (finding.code !== 'unresolvable' || finding.cause !== 'unreachable') continue
    const { reason, hint } = finding
    if (reason === undefined) continue
    const key = JSON.stringify([reason, hint])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [finding])
    else group.push(finding)
  }
  const merged = new Map<Finding, Finding | undefined>()
  for (const [first, ...others] of groups.values()) {
    if (first === undefined || others.length === 0) continue
    const images = [first, ...others].map(({ image }) => image)
    const named = images.length > 4 ? [...images.slice(0, 3), `${images.length - 3} more`] : images
    const image = `${named.slice(0, -1).join(', ')} and ${named.at(-1)}`
    const places = [first, ...others].flatMap(finding => finding.places)
    merged.set(first, { ...first, image, places, message: `${image}: ${first.reason}` })
    for (const other of others) merged.set(other, undefined)
  }
  return findings.flatMap(finding => (merged.has(finding) ? (merged.get(finding) ?? []) : finding))
}

/** Merges equal findings of several stores into one. `store` then names them all, or counts them if all `total` have it. */
export function groupStores(findings: readonly Finding[], total: number): readonly Finding[] {
  const byWhat = new Map<string, { readonly first: Finding; readonly stores: string[] }>()
  for (const finding of findings) {
    const store = 'store' in finding ? finding.store : undefined
    const what = JSON.stringify(
      store === undefined ? [byWhat.size, finding] : { ...finding, store: undefined },
    )
    const group = byWhat.get(what) ?? { first: finding, stores: [] }
    if (store !== undefined) group.stores.push(store)
    byWhat.set(what, group)
  }
  return [...byWhat.values()].map(({ first, stores }) => {
    if (stores.length < 2) return first
    return {
      ...first,
      store: stores.length === total ? allEngines(total) : stores.join(', '),
    } as Finding
  })
}

/** Merges what is ignored for the same reason. Places and files are counted. */
export function groupIgnored<Any extends Finding>(findings: readonly Any[]): readonly Finding[] {
  const groups = new Map<string, Ignored[]>()
  for (const finding of findings) {
    if (finding.code !== 'ignored') continue
    const id = JSON.stringify([finding.kind, finding.reason])
    groups.set(id, [...(groups.get(id) ?? []), finding])
  }
  const merged = new Map<Finding, Finding | undefined>()
  for (const group of groups.values()) {
    const [first, ...others] = group
    if (first === undefined || others.length === 0) continue
    const names = group.map(one => (one.kind === 'file' ? one.file : one.image))
    const name =
      names.length > 2 ? `${names.length} ${first.kind === 'file' ? 'files' : 'places'}` : names.join(', ')
    merged.set(first, first.kind === 'file' ? { ...first, file: name } : { ...first, image: name })
    for (const other of others) merged.set(other, undefined)
  }
  return findings.flatMap((finding): readonly Finding[] => {
    if (!merged.has(finding)) return [finding]
    const group = merged.get(finding)
    return group === undefined ? [] : [group]
  })
}
