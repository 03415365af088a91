/**
 * Descriptors and the two documents that a tag can point to, an index or a manifest.
 * @see https://github.com/opencontainers/image-spec/blob/main/descriptor.md
 */
import { field } from '../lib/json.ts'
import { type Digest, parseDigest } from './digest.ts'
import { formatPlatform, type Platform } from './platform.ts'

export interface Descriptor {
  readonly mediaType: string
  readonly digest: Digest
  /** Bytes. */
  readonly size: number
  readonly platform?: Platform
}

/** The manifest of one platform of an image. */
export interface PlatformDigest {
  readonly platform: Platform
  readonly digest: Digest
}

/** What a tag points to: its descriptor, and the manifests of its platforms. */
export interface Resolution {
  readonly descriptor: Descriptor
  /** Absent if not requested: the platforms take a request of their own. No platform is listed twice. */
  readonly platforms?: readonly PlatformDigest[]
}

export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json'
export const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json'
export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
export const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json'

/** The media types that a tag may point to; schema 1 is rejected. */
export const MANIFEST_TYPES: readonly string[] = [OCI_INDEX, DOCKER_LIST, OCI_MANIFEST, DOCKER_MANIFEST]

export function isIndex(mediaType: string): boolean {
  return mediaType === OCI_INDEX || mediaType === DOCKER_LIST
}

/**
 * The manifests in the parsed JSON of an index. Attestations (`unknown/unknown`) are left out. If two entries have the same platform,
 * the first counts, as in BuildKit. Undefined if the document is not an index.
 * @see https://github.com/opencontainers/image-spec/blob/main/image-index.md
 */
export function indexPlatforms(document: unknown): readonly PlatformDigest[] | undefined {
  const manifests = field(document, 'manifests')
  if (!Array.isArray(manifests)) return undefined
  const platforms: PlatformDigest[] = []
  for (const entry of manifests as unknown[]) {
    const platform = toPlatform(field(entry, 'platform'))
    const text = field(entry, 'digest')
    const digest = typeof text === 'string' ? parseDigest(text) : undefined
    if (digest === undefined) return undefined
    if (platform === undefined || platform.os === 'unknown') continue
    platforms.push({ platform, digest })
  }
  return firstOfEach(platforms)
}

/** Without the platforms that come again, spelled the same. */
export function firstOfEach(platforms: readonly PlatformDigest[]): readonly PlatformDigest[] {
  const found = new Map<string, PlatformDigest>()
  for (const one of platforms) {
    const name = formatPlatform(one.platform)
    if (!found.has(name)) found.set(name, one)
  }
  return [...found.values()]
}

/** The platform in a JSON `platform` object or an image config; undefined if os or architecture is missing or invalid. */
export function toPlatform(value: unknown): Platform | undefined {
  const os = field(value, 'os')
  const architecture = field(value, 'architecture')
  const variant = field(value, 'variant')
  const osVersion = field(value, 'os.version')
  const plain = (text: unknown): text is string => typeof text === 'string' && /^[\w.-]{1,64}$/.test(text)
  if (!plain(os) || !plain(architecture)) return undefined
  return {
    os,
    architecture,
    ...(plain(variant) && { variant }),
    ...(plain(osVersion) && { osVersion }),
  }
}
