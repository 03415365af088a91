/**
 * Parses Podman's list of images, and derives what its builds will find. Pure. All rules were measured on 4.3 and 5.8 with a registry that hangs.
 * @see https://docs.podman.io/en/latest/_static/api.html#tag/images/operation/ImageListLibpod
 */
import type { AvailabilityDetail } from '../../core/availability.ts'
import { toPlatform } from '../../core/descriptor.ts'
import { parseDigest, shortDigest } from '../../core/digest.ts'
import { printable } from '../../core/error.ts'
import { formatPlatform, normalizePlatform, type Platform } from '../../core/platform.ts'
import { sameArchitecture } from '../../core/platform-match.ts'
import { parseReference, repositoryName } from '../../core/reference.ts'
import type { Wanted } from '../../core/wanted.ts'
import { field, stringsField, textField } from '../../lib/json.ts'
import { digestName, recordName } from '../names.ts'
import type { Availability, TagHolder } from '../store.ts'

/** One image, for one platform, although it may have the digest of an index. */
export interface PodmanImage {
  readonly id: string
  /** `docker.io/library/alpine:3.23`; if pulled by digest, `docker.io/library/alpine@sha256:…`. */
  readonly names: ReadonlySet<string>
  /** The repositories of the names: `docker.io/library/alpine`. */
  readonly repositories: ReadonlySet<string>
  /** The repositories of current and former names. */
  readonly everRepositories: ReadonlySet<string>
  /** The digests of its manifest and of the index that the manifest came from. */
  readonly digests: ReadonlySet<string>
  /** Without the variant, which Podman does not report; absent from the list of Podman 4.3. */
  readonly platform?: Platform
}

/** The images in the parsed response to `GET /libpod/images/json`; undefined if it has another shape. */
export function readPodmanImages(document: unknown): PodmanImage[] | undefined {
  if (!Array.isArray(document)) return undefined
  const images = (document as unknown[]).map(readPodmanImage)
  return images.every(({ id }) => id !== '') ? images : undefined
}

/** A list entry, or the response to `GET /libpod/images/{name}/json`. */
export function readPodmanImage(entry: unknown): PodmanImage {
  const names = new Set<string>()
  const repositories = new Set<string>()
  const everRepositories = new Set<string>()
  const digests = new Set<string>([textField(entry, 'Digest')])
  // The list of images and the response about one image use different names for the history.
  for (const list of ['RepoTags', 'Names', 'RepoDigests', 'History', 'NamesHistory']) {
    for (const name of stringsField(entry, list)) {
      const parsed = parseReference(name)
      if (!parsed.ok) continue
      const { reference } = parsed
      everRepositories.add(repositoryName(reference))
      if (/History$/.test(list)) continue
      if (reference.digest !== undefined) digests.add(reference.digest)
      // Podman derives these from the names and the digests.
      if (list === 'RepoDigests') continue
      names.add(recordName(reference))
      repositories.add(repositoryName(reference))
    }
  }
  const platform = toPlatform({
    os: field(entry, 'Os'),
    architecture: field(entry, 'Arch') ?? field(entry, 'Architecture'),
  })
  return {
    id: textField(entry, 'Id'),
    names,
    repositories,
    everRepositories,
    digests,
    ...(platform !== undefined && { platform }),
  }
}

export function withDigest({ digest }: Wanted, images: readonly PodmanImage[]): PodmanImage[] {
  return images.filter(image => image.digests.has(digest))
}

/** The ids of the images whose platform only `GET /libpod/images/{id}/json` reports. */
export function platformless(wanted: readonly Wanted[], images: readonly PodmanImage[]): string[] {
  const found = wanted.flatMap(one => withDigest(one, images))
  return [...new Set(found.filter(({ platform }) => platform === undefined).map(({ id }) => id))]
}

/** The hint for a build that contacts the registry. */

export interface CheckedImage extends Availability {
  /** The image that has the tag. */
  readonly id?: string
}

/**
 * A build that names its platform, even the machine's own, asks the registry about each image. If that fails at once, it uses the local
 * image. In Podman 5.8 a build with several stages does the same. Other builds contact no registry and ignore the platform: they use the
 * image named `repository@digest`, else any image of that repository with the digest. With several such images, it may be the wrong one.
 * Podman 4.3 (`old`) also uses an image with the digest under another name, or without a name.
 */
export function checkPodmanImage(
  wanted: Wanted,
  own: Platform,
  images: readonly PodmanImage[],
  old: boolean,
): CheckedImage {
  const { reference } = wanted
  const explicit = wanted.platform !== undefined
  const platform = wanted.platform ?? own
  const repository = repositoryName(reference)
  const { tag } = reference
  const holder = images.find(image => tag !== undefined && image.names.has(`${repository}:${tag}`))
  const same = withDigest(wanted, images)
  const answer = (
    state: Availability['state'],
    registryUse: Availability['registryUse'],
    { detail, image }: { detail?: Availability['detail'] | undefined; image?: PodmanImage | undefined } = {},
  ): CheckedImage => ({
    wanted,
    platform: normalizePlatform(platform),
    state,
    registryUse,
    ...(detail !== undefined && { detail }),
    ...(image !== undefined && { id: image.id }),
    ...(holder !== undefined && !same.includes(holder) && { tagHolder: tagHolderOf(holder, repository) }),
  })
  if (same.length === 0) return answer('absent', 'required', { detail: holder && heldBy(holder) })

  const exact = same.filter(image => image.names.has(digestName(wanted)))
  const named = same.filter(image => image.repositories.has(repository))
  const anyName = old && (!explicit || named.length === 0)
  const taken = !explicit && exact.length > 0 ? exact : anyName ? same : named
  const considered = taken.length > 0 ? taken : same
  const fitting = considered.filter(image => serves(image, wanted, platform))
  const has: Availability['registryUse'] = explicit || !old ? 'optional' : 'none'
  if (fitting.length === 0 || (!explicit && fitting.length < considered.length)) {
    // A build with several stages may end up with another image than a single stage uses at once.
    const found = taken.length > 0 && (old || named.some(one => serves(one, wanted, platform)))
    return answer('wrong-platform', found ? has : 'required', { detail: platformsOf(considered) })
  }
  const [image] = fitting
  const registryUse = taken.length === 0 ? 'required' : has
  const ready = tag === undefined ? named.length > 0 : holder !== undefined && same.includes(holder)
  if (ready)
    return answer('present', registryUse, {
      image,
      detail: registryUse === 'optional' ? { code: 'pull-never' } : undefined,
    })
  return holder === undefined
    ? answer('untagged', registryUse, { image })
    : answer('tag-elsewhere', registryUse, { image, detail: heldBy(holder) })
}

/** Only the manifest's digest shows the variant. Among the supported architectures, arm has several. */
function serves(image: PodmanImage, wanted: Wanted, platform: Platform): boolean {
  const { platformDigest } = wanted
  const isKnown = platformDigest !== undefined && image.digests.has(platformDigest)
  if (isKnown && image.platform === undefined) return true
  if (image.platform === undefined) return false
  // A lockfile may name any digest.
  if (isKnown) return sameArchitecture(platform, image.platform)
  if (platform.architecture === 'arm' && platformDigest !== undefined && image.digests.size > 1) return false
  return sameArchitecture(platform, image.platform)
}

function platformsOf(images: readonly PodmanImage[]): AvailabilityDetail | undefined {
  const platforms = images.flatMap(({ platform }) => platform ?? [])
  const texts = platforms.map(platform => formatPlatform(normalizePlatform(platform)))
  return texts.length === 0 ? undefined : { code: 'platforms', platforms: [...new Set(texts)].sort() }
}

/**
 * Whether the image certainly came from this repository. Podman does not record where an image came from. Only a pull creates a name with a
 * digest. Otherwise, an image from an index also has the index's digest, which a built image lacks. It came from this repository if it never
 * had a name in another one.
 */
export function isPulled({ names, digests, everRepositories }: PodmanImage, repository: string): boolean {
  if ([...names].some(name => name.startsWith(`${repository}@`))) return true
  return digests.size > 1 && [...everRepositories].every(name => name === repository)
}

function tagHolderOf(image: PodmanImage, repository: string): TagHolder {
  const [first = image.id] = image.digests
  return { id: image.id, digest: printable(first || image.id), pulled: isPulled(image, repository) }
}

function heldBy(holder: PodmanImage): AvailabilityDetail {
  return { code: 'tag-holder', image: printable(digestOf(holder)) }
}

/** The digest to show. */
function digestOf({ id, digests }: PodmanImage): string {
  const [first = id] = digests
  const parsed = parseDigest(first)
  return parsed === undefined ? id.slice(0, 12) : shortDigest(parsed)
}
