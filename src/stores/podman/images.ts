/**
 * What Podman's list of images says, and what its builds make of it. Pure. Each rule was measured with a registry that hangs, on 4.3 and 5.8.
 * @see https://docs.podman.io/en/latest/_static/api.html#tag/images/operation/ImageListLibpod
 */
import { toPlatform } from '../../core/descriptor.ts'
import { parseDigest, shortDigest } from '../../core/digest.ts'
import { printable } from '../../core/error.ts'
import { formatPlatform, normalizePlatform, type Platform, parsePlatform } from '../../core/platform.ts'
import { sameArchitecture } from '../../core/platform-match.ts'
import { parseReference, repositoryName } from '../../core/reference.ts'
import type { Wanted } from '../../core/wanted.ts'
import { field, stringsField, textField } from '../../lib/json.ts'
import { digestName, recordName } from '../names.ts'
import type { Availability, TagHolder } from '../store.ts'

/** One image: of one platform, though it may bear the digest of an index. */
export interface PodmanImage {
  readonly id: string
  /** `docker.io/library/alpine:3.23`; pulled by digest: `docker.io/library/alpine@sha256:…`. */
  readonly names: ReadonlySet<string>
  /** `docker.io/library/alpine`, of the names. */
  readonly repositories: ReadonlySet<string>
  /** The same, of names that it has now or had before. */
  readonly everRepositories: ReadonlySet<string>
  /** Of its manifest, and of the index that it was chosen from. */
  readonly digests: ReadonlySet<string>
  /** Without its variant, which Podman does not tell; absent from the list of Podman 4.3. */
  readonly platform?: Platform
}

/** The images of the parsed answer to `GET /libpod/images/json`; undefined when it has another shape. */
export function readPodmanImages(document: unknown): PodmanImage[] | undefined {
  if (!Array.isArray(document)) return undefined
  const images = (document as unknown[]).map(readPodmanImage)
  return images.every(({ id }) => id !== '') ? images : undefined
}

/** An entry of the list, or the answer to `GET /libpod/images/{name}/json`. */
export function readPodmanImage(entry: unknown): PodmanImage {
  const names = new Set<string>()
  const repositories = new Set<string>()
  const everRepositories = new Set<string>()
  const digests = new Set<string>([textField(entry, 'Digest')])
  // The history has another name in the list of images than in the answer about one.
  for (const list of ['RepoTags', 'Names', 'RepoDigests', 'History', 'NamesHistory']) {
    for (const name of stringsField(entry, list)) {
      const parsed = parseReference(name)
      if (!parsed.ok) continue
      const { reference } = parsed
      everRepositories.add(repositoryName(reference))
      if (/History$/.test(list)) continue
      if (reference.digest !== undefined) digests.add(reference.digest)
      // These are made from the names and the digests.
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

/** The ids of the images of which only `GET /libpod/images/{id}/json` tells the platform. */
export function platformless(wanted: readonly Wanted[], images: readonly PodmanImage[]): string[] {
  const found = wanted.flatMap(one => withDigest(one, images))
  return [...new Set(found.filter(({ platform }) => platform === undefined).map(({ id }) => id))]
}

/** What to do about a build that tries the registry. */
const NEVER = 'podman build --pull=never asks nobody'

export interface CheckedImage extends Availability {
  /** The image for the tag. */
  readonly id?: string
}

/**
 * A build that names its platform, were it the machine's own, asks the registry about each image, and takes the one that is there when that
 * fails at once. So does, in Podman 5.8, a build with several stages. Else it asks nobody, and does not look at the platform: it takes the
 * image with the very name `repository@digest`, else any of that repository with the digest, and of several perhaps the wrong one.
 * Podman 4.3 (`old`) also takes one with the digest that has another name, or none.
 */
export function checkPodmanImage(
  wanted: Wanted,
  own: string,
  images: readonly PodmanImage[],
  old: boolean,
): CheckedImage {
  const { reference } = wanted
  const explicit = wanted.platform !== undefined
  const platformText = wanted.platform ?? own
  const platform = parsePlatform(platformText)
  const repository = repositoryName(reference)
  const { tag } = reference
  const holder = images.find(image => tag !== undefined && image.names.has(`${repository}:${tag}`))
  const same = withDigest(wanted, images)
  const answer = (
    state: Availability['state'],
    registryUse: Availability['registryUse'],
    { detail, image }: { detail?: string | undefined; image?: PodmanImage | undefined } = {},
  ): CheckedImage => ({
    wanted,
    platform: platform === undefined ? printable(platformText) : formatPlatform(normalizePlatform(platform)),
    state,
    registryUse,
    ...(detail !== undefined && { detail: printable(detail) }),
    ...(image !== undefined && { id: image.id }),
    ...(holder !== undefined && !same.includes(holder) && { tagHolder: tagHolderOf(holder, repository) }),
  })
  if (same.length === 0)
    return answer('absent', 'required', { detail: holder && `the tag is on ${digestOf(holder)}` })

  const exact = same.filter(image => image.names.has(digestName(wanted)))
  const named = same.filter(image => image.repositories.has(repository))
  const anyName = old && (!explicit || named.length === 0)
  const taken = !explicit && exact.length > 0 ? exact : anyName ? same : named
  const considered = taken.length > 0 ? taken : same
  const fitting = considered.filter(image => serves(image, wanted, platform))
  const has: Availability['registryUse'] = explicit || !old ? 'optional' : 'none'
  if (fitting.length === 0 || (!explicit && fitting.length < considered.length)) {
    // What a build with several stages finds in the end, is not what one with a single stage takes at once.
    const found = taken.length > 0 && (old || named.some(one => serves(one, wanted, platform)))
    return answer('wrong-platform', found ? has : 'required', { detail: platformsOf(considered) })
  }
  const [image] = fitting
  const registryUse = taken.length === 0 ? 'required' : has
  const ready = tag === undefined ? named.length > 0 : holder !== undefined && same.includes(holder)
  if (ready)
    return answer('present', registryUse, { image, detail: registryUse === 'optional' ? NEVER : undefined })
  return holder === undefined
    ? answer('untagged', registryUse, { image })
    : answer('tag-elsewhere', registryUse, { image, detail: digestOf(holder) })
}

/** What variant it is of, the digest of its manifest alone tells; of the architectures that are built for, arm has several. */
function serves(image: PodmanImage, wanted: Wanted, platform: Platform | undefined): boolean {
  const { platformDigest } = wanted
  const isKnown = platformDigest !== undefined && image.digests.has(platformDigest)
  if (isKnown && image.platform === undefined) return true
  if (platform === undefined || image.platform === undefined) return false
  // A lockfile may say anything.
  if (isKnown) return sameArchitecture(platform, image.platform)
  if (platform.architecture === 'arm' && platformDigest !== undefined && image.digests.size > 1) return false
  return sameArchitecture(platform, image.platform)
}

function platformsOf(images: readonly PodmanImage[]): string | undefined {
  const platforms = images.flatMap(({ platform }) => platform ?? [])
  const texts = platforms.map(platform => formatPlatform(normalizePlatform(platform)))
  return texts.length === 0 ? undefined : [...new Set(texts)].sort().join(', ')
}

/**
 * Podman does not record where an image came from. A name with a digest is only given by a pull. Else, an image that was chosen from an
 * index has the digest of the index beside its own, which one that was built does not have; it came from this repository if it never had
 * a name of another one.
 */
function tagHolderOf(image: PodmanImage, repository: string): TagHolder {
  const [first = image.id] = image.digests
  const byDigest = [...image.names].some(name => name.startsWith(`${repository}@`))
  const fromIndex = image.digests.size > 1 && [...image.everRepositories].every(name => name === repository)
  return { id: image.id, digest: printable(first || image.id), pulled: byDigest || fromIndex }
}

/** As people know it. */
function digestOf({ id, digests }: PodmanImage): string {
  const [first = id] = digests
  const parsed = parseDigest(first)
  return parsed === undefined ? id.slice(0, 12) : shortDigest(parsed)
}
