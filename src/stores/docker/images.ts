/**
 * What `GET /images/json` says, and what follows from it. Pure.
 * @see https://docs.docker.com/reference/api/engine/version/v1.51/#tag/Image/operation/ImageList
 */
import { toPlatform } from '../../core/descriptor.ts'
import { parseDigest, shortDigest } from '../../core/digest.ts'
import { printable } from '../../core/error.ts'
import { formatPlatform, normalizePlatform, type Platform, parsePlatform } from '../../core/platform.ts'
import { platformDistance, sameArchitecture } from '../../core/platform-match.ts'
import { parseReference, repositoryName } from '../../core/reference.ts'
import { amount, member, strings, text } from '../json.ts'
import { digestName, recordName } from '../names.ts'
import type { Availability, Wanted } from '../store.ts'

/** One image of the store. Names are normalized: the engine shows `alpine`, here it is `docker.io/library/alpine`. */
export interface StoredImage {
  /** The config's digest in a graphdriver store, that of the index or manifest in a containerd store. */
  readonly id: string
  /** `docker.io/library/alpine:3.20`; in a containerd store records may also be named `…:3.20@sha256:…` or `…@sha256:…`. */
  readonly names: ReadonlySet<string>
  /** `docker.io/library/alpine@sha256:…` */
  readonly digests: ReadonlySet<string>
  /** What an index in a containerd store lists; absent before API 1.47 and in graphdriver stores. */
  readonly manifests?: readonly StoredManifest[]
}

export interface StoredManifest {
  readonly digest: string
  readonly platform: Platform
  /** All of its content is there. */
  readonly available: boolean
  /** Something of its content is there. */
  readonly begun: boolean
}

/** The platforms of images whose list entry does not tell them, by image id. An id that is not in it: the image is gone meanwhile. */
export type InspectedPlatforms = ReadonlyMap<string, Platform | undefined>

/** The images of the parsed answer to `GET /images/json`; undefined when it has another shape. */
export function readImages(document: unknown): StoredImage[] | undefined {
  if (!Array.isArray(document)) return undefined
  const images = (document as unknown[]).map(entry => ({ ...readImage(entry), ...readManifests(entry) }))
  return images.every(({ id }) => id !== '') ? images : undefined
}

/** Id, RepoTags and RepoDigests, of a list entry or of the answer to `GET /images/{name}/json`. */
export function readImage(entry: unknown): StoredImage {
  const names = new Set<string>()
  const digests = new Set<string>()
  // Either list is null or holds "<none>…" where there are no names.
  for (const list of ['RepoTags', 'RepoDigests']) {
    for (const name of strings(entry, list)) {
      const parsed = parseReference(name)
      if (!parsed.ok) continue
      const { reference } = parsed
      // A containerd store lists the names of its records as RepoTags; RepoDigests are derived from them.
      if (list === 'RepoTags') names.add(recordName(reference))
      if (reference.digest !== undefined) digests.add(digestName({ reference, digest: reference.digest }))
    }
  }
  return { id: text(entry, 'Id'), names, digests }
}

function readManifests(entry: unknown): Pick<StoredImage, 'manifests'> {
  const list = member(entry, 'Manifests')
  if (!Array.isArray(list)) return {}
  const manifests: StoredManifest[] = []
  for (const manifest of list as unknown[]) {
    const descriptor = member(manifest, 'Descriptor')
    const image = member(manifest, 'ImageData')
    const platform = toPlatform(member(image, 'Platform')) ?? toPlatform(member(descriptor, 'platform'))
    if (text(manifest, 'Kind') === 'attestation' || platform === undefined || platform.os === 'unknown')
      continue
    manifests.push({
      digest: text(manifest, 'ID') || text(descriptor, 'digest'),
      platform,
      available: member(manifest, 'Available') === true,
      begun: (amount(member(manifest, 'Size'), 'Content') ?? 0) > 0,
    })
  }
  return { manifests }
}

/** The platform in the answer to `GET /images/{id}/json`. */
export function readPlatform(document: unknown): Platform | undefined {
  return toPlatform({
    os: member(document, 'Os'),
    architecture: member(document, 'Architecture'),
    variant: member(document, 'Variant'),
    'os.version': member(document, 'OsVersion'),
  })
}

/**
 * The records for a wanted image. A graphdriver store has one for each repository that the digest came from; in a containerd store the
 * digest is the id, and any name for it will do.
 */
function recordsOf(wanted: Wanted, images: readonly StoredImage[]): StoredImage[] {
  // Named once for them all.
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

/** The ids of the images of which only `GET /images/{id}/json` tells the platform. */
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
  readonly lookup: Lookup
}

/**
 * How BuildKit finds an image without asking the registry (each measured with a registry that hangs):
 * - `digest`, graphdriver: the digest that came from that repository.
 * - `tag`, containerd and Docker ≥28.4: a record of the tag (`latest` where there is none) that points to the digest.
 * - `exact`, containerd and an older Docker: a record with the very name of the FROM, `name:tag@digest`. Measured on 26.1; since
 *   https://github.com/moby/buildkit/pull/6029 is in some 28.3 and not in others, the tag is wanted as well.
 */
export type Lookup = 'digest' | 'tag' | 'exact'

/** The names that must all be on the image for a build that says `reference@digest`. */
function neededNames({ reference, digest }: Wanted, lookup: Lookup): string[] {
  const { tag } = reference
  if (lookup === 'digest') return tag === undefined ? [] : [`${repositoryName(reference)}:${tag}`]
  const names = [`${repositoryName(reference)}:${tag ?? 'latest'}`]
  if (lookup === 'exact') names.push(recordName({ ...reference, digest }))
  return names
}

/** What the store has of one wanted image. What cannot be told counts as not there. */
export function judge(
  wanted: Wanted,
  platformText: string,
  { images, inspected, lookup }: StoreContent,
): Availability {
  const platform = parsePlatform(platformText)
  const answer = (
    state: Availability['state'],
    detail?: string,
    build: Availability['build'] = state === 'present' ? 'offline' : 'asks',
  ): Availability => ({
    wanted,
    platform: platform === undefined ? printable(platformText) : formatPlatform(normalizePlatform(platform)),
    state,
    build,
    ...(detail !== undefined && { detail: printable(detail) }),
  })
  const { reference } = wanted
  const { tag } = reference
  const holder = images.find(
    image => tag !== undefined && image.names.has(`${repositoryName(reference)}:${tag}`),
  )
  const records = recordsOf(wanted, images).filter(
    ({ id, manifests }) => manifests !== undefined || inspected.has(id),
  )
  if (records.length === 0) return answer('absent', holder && `the tag is on ${nameOf(holder, wanted)}`)

  const served = platform !== undefined && records.some(record => serves(record, wanted, platform, inspected))
  if (!served) {
    const there = whatIsThere(records, inspected)
    const isBegun = platform !== undefined && records.some(record => bestOf(record, wanted, platform)?.begun)
    if (there !== undefined && !isBegun) return answer('wrong-platform', there)
    return records.some(({ manifests }) => manifests !== undefined)
      ? answer('incomplete')
      : answer('unknown', 'the engine does not say for which platform it has it', 'unknown')
  }

  const needed = neededNames(wanted, lookup)
  if (needed.every(name => records.some(record => record.names.has(name)))) return answer('present')
  // There the digest alone leads to the content; the tag only keeps it from a prune.
  const build = lookup === 'digest' ? 'offline' : 'asks'
  if (tag === undefined) {
    return answer('untagged', 'without a tag in the file, BuildKit asks the registry: write name:tag@digest')
  }
  return holder === undefined || records.includes(holder)
    ? answer('untagged', undefined, build)
    : answer('tag-elsewhere', nameOf(holder, wanted), build)
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

/** The manifest that a build takes, be it there or not: it would not take the second best. */
function bestOf(
  { manifests = [] }: StoredImage,
  wanted: Wanted,
  platform: Platform,
): StoredManifest | undefined {
  const known = manifests.find(manifest => manifest.digest === wanted.platformDigest)
  if (known !== undefined) return known
  const fitting = manifests
    .map(manifest => ({ manifest, distance: platformDistance(platform, manifest.platform) }))
    .filter(({ distance }) => distance !== undefined)
    .sort((a, b) => a.distance! - b.distance!)
  return fitting[0]?.manifest
}

function whatIsThere(records: readonly StoredImage[], inspected: InspectedPlatforms): string | undefined {
  const platforms = records.flatMap(({ id, manifests }) => {
    if (manifests !== undefined)
      return manifests.filter(({ available }) => available).map(({ platform }) => platform)
    const platform = inspected.get(id)
    return platform === undefined ? [] : [platform]
  })
  return platforms.length === 0
    ? undefined
    : [...new Set(platforms.map(platform => formatPlatform(normalizePlatform(platform))))].sort().join(', ')
}

/** The digest of an image as people know it: that of its repository, or else its id. */
function nameOf(image: StoredImage, wanted: Wanted): string {
  const prefix = `${repositoryName(wanted.reference)}@`
  const digest = [...image.digests].find(name => name.startsWith(prefix))?.slice(prefix.length) ?? image.id
  const parsed = parseDigest(digest)
  return parsed === undefined ? digest : shortDigest(parsed)
}
