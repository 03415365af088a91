/** Derives from the list of images what a build will find. Pure. */

import type { AvailabilityDetail } from '../../core/availability.ts'
import { parseDigest, shortDigest } from '../../core/digest.ts'
import { printable } from '../../core/error.ts'
import { formatPlatform, normalizePlatform, type Platform } from '../../core/platform.ts'
import { platformDistance, sameArchitecture } from '../../core/platform-match.ts'
import { repositoryName } from '../../core/reference.ts'
import type { Wanted } from '../../core/wanted.ts'
import { digestName, recordName } from '../names.ts'
import type { Availability, TagHolder } from '../store.ts'
import type { InspectedPlatforms, StoredImage, StoredManifest } from './images.ts'

/**
 * The records for a wanted image. A graphdriver store has one for each repository that the digest came from. In a containerd store the
 * digest is the id, and any name for it works.
 */
function recordsOf(wanted: Wanted, images: readonly StoredImage[]): StoredImage[] {
  // Computed once for all of them.
  const name = digestName(wanted)
  return images.filter(image => isRecord(image, wanted, name))
}

export function isRecord(
  { id, digests }: Pick<StoredImage, 'id' | 'digests'>,
  wanted: Wanted,
  name: string = digestName(wanted),
): boolean {
  return id === wanted.digest || digests.has(name)
}

/** The ids of the images whose platform only `GET /images/{id}/json` reports. */
export function idsToInspect(wanted: readonly Wanted[], images: readonly StoredImage[]): string[] {
  const ids = wanted.flatMap(one =>
    recordsOf(one, images)
      .filter(image => image.manifests === undefined)
      .map(image => image.id),
  )
  return [...new Set(ids)]
}

export interface StoreContent {
  readonly images: readonly StoredImage[]
  readonly inspected: InspectedPlatforms
  readonly lookup: TagLookup
}

/**
 * How BuildKit finds an image without asking the registry (each measured with a registry that hangs):
 * - `digest`, graphdriver: the digest that came from that repository.
 * - `tag`, containerd and Docker ≥28.4: a record of the tag (`latest` where there is none) that points to the digest.
 * - `exact`, containerd and an older Docker: a record with the full name in FROM, `name:tag@digest`. Measured on 26.1. Because
 *   https://github.com/moby/buildkit/pull/6029 is in only some 28.3 releases, the tag is required as well.
 */
export type TagLookup = 'digest' | 'tag' | 'exact'

/** The names that the image must have for a build that says `reference@digest`. */
function neededNames({ reference, digest }: Wanted, lookup: TagLookup): string[] {
  const { tag } = reference
  if (lookup === 'digest') return tag === undefined ? [] : [`${repositoryName(reference)}:${tag}`]
  const names = [`${repositoryName(reference)}:${tag ?? 'latest'}`]
  if (lookup === 'exact') names.push(recordName({ ...reference, digest }))
  return names
}

/** What the store has of one wanted image. Unknown content counts as missing. */
export function checkImage(
  wanted: Wanted,
  platform: Platform,
  { images, inspected, lookup }: StoreContent,
): Availability {
  const { reference } = wanted
  const { tag } = reference
  const holder = images.find(
    image => tag !== undefined && image.names.has(`${repositoryName(reference)}:${tag}`),
  )
  const records = recordsOf(wanted, images).filter(
    ({ id, manifests }) => manifests !== undefined || inspected.has(id),
  )
  const other = holder !== undefined && !isRecord(holder, wanted) ? holder : undefined
  const answer = (
    state: Availability['state'],
    detail?: Availability['detail'],
    registryUse: Availability['registryUse'] = state === 'present' ? 'none' : 'required',
  ): Availability => ({
    ...(other !== undefined && { tagHolder: tagHolderOf(other, wanted, lookup) }),
    wanted,
    platform: normalizePlatform(platform),
    state,
    registryUse,
    ...(detail !== undefined && { detail }),
  })
  if (records.length === 0) return answer('absent', holder && heldBy(holder, wanted))

  const served = records.some(record => serves(record, wanted, platform, inspected))
  if (!served) {
    const there = whatIsThere(records, inspected)
    const isBegun = records.some(record => bestOf(record, wanted, platform)?.begun)
    if (there !== undefined && !isBegun)
      return answer('wrong-platform', { code: 'platforms', platforms: there })
    return records.some(({ manifests }) => manifests !== undefined)
      ? answer('incomplete')
      : answer('unknown', { code: 'platform-hidden' }, 'unknown')
  }

  const needed = neededNames(wanted, lookup)
  if (needed.every(name => records.some(record => record.names.has(name)))) {
    // A graphdriver store is searched first for all. Otherwise BuildKit asks for the manifest of a frontend or a context, and works without it.
    if (lookup === 'digest') return answer('present')
    if (wanted.context) return answer('present', { code: 'named-context' }, 'optional')
    return wanted.frontend ? answer('present', { code: 'syntax-line' }, 'optional') : answer('present')
  }
  // The digest alone leads to the content there. The tag only protects it from a prune.
  const registryUse = lookup === 'digest' ? 'none' : 'required'
  if (tag === undefined) return answer('untagged', { code: 'digest-only' })
  return holder === undefined || records.includes(holder)
    ? answer('untagged', undefined, registryUse)
    : answer('tag-elsewhere', heldBy(holder, wanted), registryUse)
}

/** A build does not search further. */
export function isFoundByName({ state, registryUse }: Availability): boolean {
  return state === 'present' || registryUse === 'none'
}

/** Whether a build for `platform` finds all that it needs in this image. */
function serves(
  image: StoredImage,
  wanted: Wanted,
  platform: Platform,
  inspected: InspectedPlatforms,
): boolean {
  if (image.manifests === undefined) {
    const have = inspected.get(image.id)
    return have !== undefined && sameArchitecture(platform, have)
  }
  return bestOf(image, wanted, platform)?.available === true
}

/** The manifest that a build selects, present or not: it does not fall back to another one. */
function bestOf(
  { manifests = [] }: StoredImage,
  wanted: Wanted,
  platform: Platform,
): StoredManifest | undefined {
  const known = manifests.find(({ digest }) => digest === wanted.platformDigest)
  // A lockfile may name any digest.
  if (known !== undefined && platformDistance(platform, known.platform) !== undefined) return known
  const fitting = manifests
    .map(manifest => ({ manifest, distance: platformDistance(platform, manifest.platform) }))
    .filter(({ distance }) => distance !== undefined)
    .sort((a, b) => a.distance! - b.distance!)
  return fitting[0]?.manifest
}

function heldBy(holder: StoredImage, wanted: Wanted): AvailabilityDetail {
  return { code: 'tag-holder', image: printable(nameOf(holder, wanted)) }
}

function whatIsThere(
  records: readonly StoredImage[],
  inspected: InspectedPlatforms,
): readonly string[] | undefined {
  const platforms = records.flatMap(({ id, manifests }) => {
    if (manifests !== undefined)
      return manifests.filter(({ available }) => available).map(({ platform }) => platform)
    const platform = inspected.get(id)
    return platform === undefined ? [] : [platform]
  })
  return platforms.length === 0
    ? undefined
    : [...new Set(platforms.map(platform => formatPlatform(normalizePlatform(platform))))].sort()
}

/** The digest of an image in the wanted image's repository, if it has one there. */
function repositoryDigest(image: StoredImage, wanted: Wanted): string | undefined {
  const prefix = `${repositoryName(wanted.reference)}@`
  return [...image.digests].find(name => name.startsWith(prefix))?.slice(prefix.length)
}

/**
 * A graphdriver store has digests only for images that were pulled or pushed. A containerd store derives them from any name, so the
 * content's labels decide there; see `build-cache.ts`.
 */
function tagHolderOf(image: StoredImage, wanted: Wanted, lookup: TagLookup): TagHolder {
  const digest = repositoryDigest(image, wanted)
  return {
    id: image.id,
    digest: printable(digest ?? image.id),
    pulled: lookup === 'digest' && digest !== undefined,
  }
}

/** The digest to show for an image: that in its repository, or else its id. */
function nameOf(image: StoredImage, wanted: Wanted): string {
  const digest = repositoryDigest(image, wanted) ?? image.id
  const parsed = parseDigest(digest)
  return parsed === undefined ? digest : shortDigest(parsed)
}
