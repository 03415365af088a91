import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { gzipStored, tar } from './tar.ts'

/** Media types by flavour. https://github.com/opencontainers/image-spec/blob/main/media-types.md */
export const mediaTypes = {
  oci: {
    index: 'application/vnd.oci.image.index.v1+json',
    manifest: 'application/vnd.oci.image.manifest.v1+json',
    config: 'application/vnd.oci.image.config.v1+json',
    layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  },
  docker: {
    index: 'application/vnd.docker.distribution.manifest.list.v2+json',
    manifest: 'application/vnd.docker.distribution.manifest.v2+json',
    config: 'application/vnd.docker.container.image.v1+json',
    layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  },
} as const

export interface ImageOptions {
  /** As `os/architecture` or `os/architecture/variant`; default linux/amd64 and linux/arm64/v8. */
  readonly platforms?: readonly string[]
  /** The layer's files (path → content); default one text file that names the image and the platform. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>
  /** Default `oci`. */
  readonly mediaTypes?: 'oci' | 'docker'
  /** Adds BuildKit's attestation manifests (platform unknown/unknown), one for each platform. */
  readonly attestations?: boolean
  /** No index: the tag is the manifest of the first platform. */
  readonly single?: boolean
  /** The date in the configs; default 2024-01-01T00:00:00Z. */
  readonly created?: string
  /** Replaces fields of the `config` of the configs. */
  readonly config?: Readonly<Record<string, unknown>>
  /** The annotations of the entries of the index. */
  readonly annotations?: Readonly<Record<string, string>>
  /** Content differs with the revision, so the same name and tag can have another digest. Default 0. */
  readonly revision?: number
  /** Compresses the layer: another digest for the same files and config. Default: it is only stored. */
  readonly compress?: true
}

export interface Manifest {
  readonly mediaType: string
  readonly body: Buffer
}

export interface PlatformImage {
  /** The manifest's digest. */
  readonly digest: string
  readonly mediaType: string
  /** Bytes of the manifest. */
  readonly size: number
  /** The config's digest: the image ID in Docker's classic store. */
  readonly config: string
  /** The digest of the gzip layer. */
  readonly layer: string
  /** The digest of the tar inside the layer. */
  readonly diffId: string
}

export interface Image {
  readonly repository: string
  readonly tag: string
  /** What the tag means: the digest of the index, or of the one manifest of a `single` image. */
  readonly digest: string
  readonly mediaType: string
  /** Bytes of what `digest` names. */
  readonly size: number
  /** By platform, as given in the options. */
  readonly platforms: Readonly<Record<string, PlatformImage>>
  /** Digests of the attestation manifests. */
  readonly attestations: readonly string[]
  /** All manifests and indexes by digest. */
  readonly manifests: ReadonlyMap<string, Manifest>
  /** Configs and layers by digest. */
  readonly blobs: ReadonlyMap<string, Buffer>
}

export function sha256(bytes: string | Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

/**
 * Makes an image whose bytes follow from the arguments alone.
 * Index: https://github.com/opencontainers/image-spec/blob/main/image-index.md
 * Manifest list: https://distribution.github.io/distribution/spec/manifest-v2-2/
 */
export function makeImage(repository: string, tag: string, options: ImageOptions = {}): Image {
  const types = mediaTypes[options.mediaTypes ?? 'oci']
  const manifests = new Map<string, Manifest>()
  const blobs = new Map<string, Buffer>()
  const platforms: Record<string, PlatformImage> = {}
  const attestations: string[] = []

  const addBlob = (mediaType: string, body: Buffer): Descriptor => {
    const digest = sha256(body)
    blobs.set(digest, body)
    return { mediaType, digest, size: body.length }
  }
  const addManifest = (mediaType: string, content: object): Descriptor => {
    const body = json({ schemaVersion: 2, mediaType, ...content })
    const digest = sha256(body)
    manifests.set(digest, { mediaType, body })
    return { mediaType, digest, size: body.length }
  }

  const entries: object[] = []
  const attested: object[] = []
  const names = options.platforms ?? ['linux/amd64', 'linux/arm64/v8']
  for (const name of options.single ? names.slice(0, 1) : names) {
    const platform = parsePlatform(name)
    const label = `${repository}:${tag} ${name} revision ${options.revision ?? 0}\n`
    const archive = tar(options.files ?? { 'image.txt': label })
    const layer = addBlob(types.layer, options.compress ? gzipSync(archive) : gzipStored(archive))
    const config = addBlob(types.config, json(imageConfig(platform, label, sha256(archive), options)))
    const manifest = addManifest(types.manifest, { config, layers: [layer] })
    platforms[name] = { ...manifest, config: config.digest, layer: layer.digest, diffId: sha256(archive) }
    entries.push({ ...manifest, platform, ...(options.annotations && { annotations: options.annotations }) })

    if (!options.attestations) continue
    const statement = json({
      _type: 'https://in-toto.io/Statement/v0.1',
      predicateType: 'https://slsa.dev/provenance/v0.2',
      subject: [{ name: repository, digest: { sha256: manifest.digest.slice('sha256:'.length) } }],
      predicate: {},
    })
    const provenance = addBlob('application/vnd.in-toto+json', statement)
    const unknown = { architecture: 'unknown', os: 'unknown' }
    const attestation = addManifest(types.manifest, {
      config: addBlob(types.config, json(imageConfig(unknown, label, sha256(statement)))),
      layers: [
        { ...provenance, annotations: { 'in-toto.io/predicate-type': 'https://slsa.dev/provenance/v0.2' } },
      ],
    })
    attestations.push(attestation.digest)
    attested.push({
      ...attestation,
      annotations: {
        'vnd.docker.reference.digest': manifest.digest,
        'vnd.docker.reference.type': 'attestation-manifest',
      },
      platform: unknown,
    })
  }

  const first = Object.values(platforms)[0]
  if (!first) throw new RangeError('an image needs a platform')
  const top = options.single ? first : addManifest(types.index, { manifests: [...entries, ...attested] })
  const { digest, mediaType, size } = top
  return { repository, tag, digest, mediaType, size, platforms, attestations, manifests, blobs }
}

interface Descriptor {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
}

interface Platform {
  readonly architecture: string
  readonly os: string
  readonly variant?: string
}

function parsePlatform(name: string): Platform {
  const [os, architecture, variant] = name.split('/')
  if (!os || !architecture) throw new RangeError(`not a platform: ${name}`)
  return { architecture, os, ...(variant ? { variant } : {}) }
}

/** https://github.com/opencontainers/image-spec/blob/main/config.md */
function imageConfig(
  platform: Platform,
  label: string,
  diffId: string,
  { created = '2024-01-01T00:00:00Z', config }: Pick<ImageOptions, 'created' | 'config'> = {},
): object {
  return {
    ...platform,
    created,
    config: { Env: ['PATH=/bin'], Cmd: ['/bin/sh'], Labels: { 'test.image': label.trim() }, ...config },
    rootfs: { type: 'layers', diff_ids: [diffId] },
    history: [{ created, created_by: 'embedded test registry' }],
  }
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value, null, 2))
}
