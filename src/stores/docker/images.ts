/**
 * Parses `GET /images/json`. Pure.
 * @see https://docs.docker.com/reference/api/engine/version/v1.51/#tag/Image/operation/ImageList
 */
import { toPlatform } from '../../core/descriptor.ts'
import type { Platform } from '../../core/platform.ts'
import { parseReference } from '../../core/reference.ts'
import { field, numberField, stringsField, textField } from '../../lib/json.ts'
import { digestName, recordName } from '../names.ts'

/** One image of the store. Names are normalized: the engine shows `alpine`, this is `docker.io/library/alpine`. */
export interface StoredImage {
  /** The config's digest in a graphdriver store, the digest of the index or manifest in a containerd store. */
  readonly id: string
  /** `docker.io/library/alpine:3.20`. In a containerd store names may also be `…:3.20@sha256:…` or `…@sha256:…`. */
  readonly names: ReadonlySet<string>
  /** `docker.io/library/alpine@sha256:…` */
  readonly digests: ReadonlySet<string>
  /** The entries of an index in a containerd store; absent before API 1.47 and in graphdriver stores. */
  readonly manifests?: readonly StoredManifest[]
}

export interface StoredManifest {
  readonly digest: string
  readonly platform: Platform
  /** All of its content is there. */
  readonly available: boolean
  /** Some of its content is there. */
  readonly begun: boolean
}

/** The platforms, by image id, of images whose list entry lacks them. If an id is missing, the image has been removed. */
export type InspectedPlatforms = ReadonlyMap<string, Platform | undefined>

/** The images in the parsed response to `GET /images/json`; undefined if it has another shape. */
export function readImages(document: unknown): StoredImage[] | undefined {
  if (!Array.isArray(document)) return undefined
  const images = (document as unknown[]).map(entry => ({ ...readImage(entry), ...readManifests(entry) }))
  return images.every(({ id }) => id !== '') ? images : undefined
}

/** Id, RepoTags and RepoDigests of a list entry, or of the response to `GET /images/{name}/json`. */
export function readImage(entry: unknown): StoredImage {
  const names = new Set<string>()
  const digests = new Set<string>()
  // Without names, either list is null or holds "<none>…".
  for (const list of ['RepoTags', 'RepoDigests']) {
    for (const name of stringsField(entry, list)) {
      const parsed = parseReference(name)
      if (!parsed.ok) continue
      const { reference } = parsed
      // A containerd store lists the names of its records as RepoTags, and derives RepoDigests from them.
      if (list === 'RepoTags') names.add(recordName(reference))
      if (reference.digest !== undefined) digests.add(digestName({ reference, digest: reference.digest }))
    }
  }
  return { id: textField(entry, 'Id'), names, digests }
}

function readManifests(entry: unknown): Pick<StoredImage, 'manifests'> {
  const list = field(entry, 'Manifests')
  if (!Array.isArray(list)) return {}
  const manifests: StoredManifest[] = []
  for (const manifest of list as unknown[]) {
    const descriptor = field(manifest, 'Descriptor')
    const image = field(manifest, 'ImageData')
    const platform = toPlatform(field(image, 'Platform')) ?? toPlatform(field(descriptor, 'platform'))
    if (textField(manifest, 'Kind') === 'attestation' || platform === undefined || platform.os === 'unknown')
      continue
    manifests.push({
      digest: textField(manifest, 'ID') || textField(descriptor, 'digest'),
      platform,
      available: field(manifest, 'Available') === true,
      begun: (numberField(field(manifest, 'Size'), 'Content') ?? 0) > 0,
    })
  }
  return { manifests }
}

/** The platform in the response to `GET /images/{id}/json`. */
export function readPlatform(document: unknown): Platform | undefined {
  return toPlatform({
    os: field(document, 'Os'),
    architecture: field(document, 'Architecture'),
    variant: field(document, 'Variant'),
    'os.version': field(document, 'OsVersion'),
  })
}
