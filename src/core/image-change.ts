/** What differs between two images. */
import type { Digest } from './digest.ts'
import { compareLink } from './forge.ts'
import type { ImageDescription, ImageLabels } from './image-description.ts'
import { platformVersion } from './platform-support.ts'

/** A value before and after. Absent on the side that has none. */
export interface Change<T> {
  readonly old?: T
  readonly new?: T
}

export interface ListChange {
  readonly added: readonly string[]
  readonly removed: readonly string[]
}

/** What differs. Absent or empty: nothing. */
export interface ImageChange {
  readonly digest: Change<Digest>
  readonly platforms: ListChange
  readonly created?: Change<string>
  readonly version?: Change<string>
  readonly revision?: Change<string>
  readonly source?: Change<string>
  /** A page of a known forge that shows the commits between the two revisions. */
  readonly compareLink?: string
  /** The same change of several platforms once. Only platforms that both images describe. */
  readonly configs: readonly ConfigChange[]
}

export interface ConfigChange {
  readonly platforms: readonly string[]
  readonly user?: Change<string>
  readonly entrypoint?: Change<readonly string[]>
  readonly environment?: ListChange
  readonly ports?: ListChange
}

/** @param old undefined if nothing was locked before */
export function describeChange(old: ImageDescription | undefined, now: ImageDescription): ImageChange {
  const before = labelsOf(old)
  const after = labelsOf(now)
  const created = change(old?.created, now.created)
  const version = change(before.version, after.version)
  const revision = change(before.revision, after.revision)
  const source = change(before.source, after.source)
  // Revisions of different repositories cannot be compared.
  const link =
    source === undefined && after.source !== undefined
      ? compareLink(after.source, before.revision ?? '', after.revision ?? '')
      : undefined
  const digest = now.resolution.descriptor.digest
  return {
    digest: old === undefined ? { new: digest } : { old: old.resolution.descriptor.digest, new: digest },
    platforms: listChange(old && platformNames(old), platformNames(now)),
    ...(created !== undefined && { created }),
    ...(version !== undefined && { version }),
    ...(revision !== undefined && { revision }),
    ...(source !== undefined && { source }),
    ...(link !== undefined && { compareLink: link }),
    configs: old === undefined ? [] : configChanges(old.configs, now.configs),
  }
}

function platformNames({ resolution }: ImageDescription): readonly string[] {
  return [...new Set(resolution.platforms?.map(({ platform }) => platformVersion(platform)))]
}

/** The labels of the first platform that has them. */
function labelsOf(description: ImageDescription | undefined): ImageLabels {
  const all = Object.values(description?.configs ?? {}).map(({ labels }) => labels)
  return Object.assign({}, ...all.reverse()) as ImageLabels
}

function configChanges(
  old: ImageDescription['configs'],
  now: ImageDescription['configs'],
): readonly ConfigChange[] {
  const groups = new Map<string, { platforms: string[]; changed: Omit<ConfigChange, 'platforms'> }>()
  for (const [platform, after] of Object.entries(now)) {
    const before = old[platform]
    if (before === undefined) continue
    const user = change(before.user, after.user)
    const entrypoint = change(before.entrypoint, after.entrypoint)
    const environment = listChange(before.environment, after.environment)
    const ports = listChange(before.ports, after.ports)
    const changed = {
      ...(user !== undefined && { user }),
      ...(entrypoint !== undefined && { entrypoint }),
      ...(isChange(environment) && { environment }),
      ...(isChange(ports) && { ports }),
    }
    if (Object.keys(changed).length === 0) continue
    const group = groups.get(JSON.stringify(changed))
    if (group === undefined) groups.set(JSON.stringify(changed), { platforms: [platform], changed })
    else group.platforms.push(platform)
  }
  return [...groups.values()].map(({ platforms, changed }) => ({ platforms, ...changed }))
}

function change<T>(old: T | undefined, now: T | undefined): Change<T> | undefined {
  if (JSON.stringify(old) === JSON.stringify(now)) return undefined
  return { ...(old !== undefined && { old }), ...(now !== undefined && { new: now }) }
}

/** Without `old` nothing counts as added. */
function listChange(old: readonly string[] | undefined, now: readonly string[]): ListChange {
  if (old === undefined) return { added: [], removed: [] }
  const [before, after] = [new Set(old), new Set(now)]
  return { added: now.filter(each => !before.has(each)), removed: old.filter(each => !after.has(each)) }
}

function isChange({ added, removed }: ListChange): boolean {
  return added.length > 0 || removed.length > 0
}
