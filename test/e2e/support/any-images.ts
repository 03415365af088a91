import { createHash } from 'node:crypto'
import { mediaTypes, sha256 } from '../../support/registry/images.ts'

/** Images for whatever name is asked for. They have no content worth pulling, but all the platforms that there are to choose from. */
export interface AnyImages {
  /** A digest that {@link image} knows, used for nothing yet. */
  mint(algorithm: 'sha256' | 'sha512'): string
  /** What the name means: one image for each name and each digest that was minted. */
  image(name: string, digest: string | undefined): Manifest | undefined
  /** Something that only somebody who knows the image asks for: its index again, or the manifest of a platform. */
  part(digest: string): Part | undefined
  blob(digest: string): Buffer | undefined
  /** Names mean new images from now on. */
  forgetTags(): void
}

export interface Manifest {
  readonly digest: string
  readonly mediaType: string
  readonly body: Buffer
}

export interface Part extends Manifest {
  readonly platform?: string
  /** Whether it is part of what was asked for by this name. */
  isOf(name: string): boolean
}

export const platforms = [
  'linux/amd64',
  'linux/arm64',
  'linux/arm/v7',
  'linux/arm/v6',
  'linux/386',
  'linux/s390x',
  'linux/ppc64le',
  'linux/riscv64',
  'windows/amd64',
  'linux/nonsense',
]

/** BuildKit refuses a layer of no bytes. */
const emptyTar = Buffer.alloc(1024)

export function createAnyImages(): AnyImages {
  const { index, manifest, config, layer } = mediaTypes.oci
  const blobs = new Map<string, Buffer>([[sha256(emptyTar), emptyTar]])
  const byDigest = new Map<string, Manifest>()
  const byName = new Map<string, Manifest>()
  const parts = new Map<string, Part>()
  const names = new Map<string, Set<string>>()
  let made = 0

  const configs = platforms.map(text => {
    const [os, architecture, variant] = text.split('/')
    const body = json({
      os,
      architecture,
      ...(variant !== undefined && { variant }),
      // Without a command, no container can be made.
      config: { Cmd: ['/none'] },
      rootfs: { type: 'layers', diff_ids: [sha256(emptyTar)] },
    })
    const digest = sha256(body)
    blobs.set(digest, body)
    return {
      text,
      platform: { os, architecture, ...(variant !== undefined && { variant }) },
      descriptor: { mediaType: config, digest, size: body.length },
    }
  })

  const make = (algorithm: 'sha256' | 'sha512'): Manifest => {
    made++
    const users = new Set<string>()
    const isOf = (name: string) => users.has(name)
    const entries = configs.map(({ text, platform, descriptor }) => {
      const layers = [{ mediaType: layer, digest: sha256(emptyTar), size: emptyTar.length }]
      const body = json({
        schemaVersion: 2,
        mediaType: manifest,
        config: descriptor,
        layers,
        annotations: { made: `${made}` },
      })
      const digest = sha256(body)
      parts.set(digest, { digest, mediaType: manifest, body, platform: text, isOf })
      return { mediaType: manifest, digest, size: body.length, platform }
    })
    const body = json({ schemaVersion: 2, mediaType: index, manifests: entries })
    const digest = `${algorithm}:${createHash(algorithm).update(body).digest('hex')}`
    names.set(digest, users)
    return { digest, mediaType: index, body }
  }

  return {
    mint(algorithm) {
      const image = make(algorithm)
      byDigest.set(image.digest, image)
      return image.digest
    },
    image(name, digest) {
      let image = digest === undefined ? byName.get(name) : byDigest.get(digest)
      if (image === undefined && digest === undefined) {
        image = make('sha256')
        byName.set(name, image)
        parts.set(image.digest, { ...image, isOf: () => false })
      }
      if (image !== undefined) names.get(image.digest)?.add(name)
      return image
    },
    part: digest => parts.get(digest),
    blob: digest => blobs.get(digest),
    forgetTags: () => byName.clear(),
  }
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value))
}
