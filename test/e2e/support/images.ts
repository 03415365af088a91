import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { ask } from './http.ts'
import { tar } from './tar.ts'

/** `oci`: an image index; `docker`: a manifest list; `single`: one OCI manifest (linux/amd64), no index. */
export type ImageForm = 'oci' | 'docker' | 'single'

export interface ImageOptions {
  readonly form?: ImageForm
  /** Default: linux/amd64 and linux/arm64/v8. */
  readonly platforms?: readonly string[]
  /** Other text, other bytes: for a tag that moves. Default: the reference. */
  readonly content?: string
  /** ONBUILD instructions that the image carries. */
  readonly onBuild?: readonly string[]
}

export interface SeededImage {
  /** What the tag points to: the index's digest, or the manifest's when there is no index. */
  readonly digest: string
  readonly mediaType: string
  /** Digest of each platform's manifest, by `os/architecture[/variant]`. */
  readonly platforms: Readonly<Record<string, string>>
}

interface Pushed {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
}

const mediaTypes = {
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

/**
 * Pushes small images that run: one layer with a static busybox. `references` are `repository:tag`; what an engine
 * calls alpine:3.23 is `library/alpine:3.23`. Answers by reference.
 */
export async function seedImages<R extends string>(
  registry: { readonly socket: string },
  references: readonly R[],
  options: ImageOptions = {},
): Promise<Record<R, SeededImage>> {
  const seeded: [R, SeededImage][] = []
  for (const reference of references)
    seeded.push([reference, await seedImage(registry.socket, reference, options)])
  return Object.fromEntries(seeded) as Record<R, SeededImage>
}

async function seedImage(socket: string, reference: string, options: ImageOptions): Promise<SeededImage> {
  const colon = reference.lastIndexOf(':')
  const repository = reference.slice(0, colon)
  const tag = reference.slice(colon + 1)
  const { form = 'oci', platforms = ['linux/amd64', 'linux/arm64/v8'] } = options
  const types = mediaTypes[form === 'docker' ? 'docker' : 'oci']
  const wanted = form === 'single' ? platforms.slice(0, 1) : platforms
  const manifests: (Pushed & { readonly platform: Platform })[] = []
  for (const text of wanted) {
    const manifest = await buildManifest(socket, repository, `${reference} ${text}`, text, types, options)
    const name = form === 'single' ? tag : digestOf(manifest)
    const pushed = await pushManifest(socket, repository, name, types.manifest, manifest)
    manifests.push({ ...pushed, platform: parsePlatform(text) })
  }
  const byPlatform = Object.fromEntries(manifests.map(({ digest }, index) => [wanted[index]!, digest]))
  if (form === 'single') return { ...pick(manifests[0]!), platforms: byPlatform }
  const index = encode({ schemaVersion: 2, mediaType: types.index, manifests })
  return { ...pick(await pushManifest(socket, repository, tag, types.index, index)), platforms: byPlatform }
}

function pick({ digest, mediaType }: Pushed): { digest: string; mediaType: string } {
  return { digest, mediaType }
}

async function buildManifest(
  socket: string,
  repository: string,
  name: string,
  platform: string,
  types: (typeof mediaTypes)['oci' | 'docker'],
  options: ImageOptions,
): Promise<Buffer> {
  const busybox = readFileSync('/bin/busybox')
  const files = tar([
    { path: 'bin/', mode: 0o755 },
    { path: 'bin/busybox', mode: 0o755, content: busybox },
    { path: 'bin/sh', mode: 0o777, link: 'busybox' },
    { path: 'image', mode: 0o644, content: Buffer.from(`${name}\n${options.content ?? ''}\n`) },
    { path: 'tmp/', mode: 0o1777 },
  ])
  const layer = await pushBlob(socket, repository, types.layer, gzipSync(files))
  const container = {
    Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
    Cmd: ['/bin/sh'],
    ...(options.onBuild === undefined ? {} : { OnBuild: options.onBuild }),
  }
  const config = encode({
    ...parsePlatform(platform),
    created: '2025-01-01T00:00:00Z',
    config: container,
    rootfs: { type: 'layers', diff_ids: [digestOf(files)] },
    history: [{ created: '2025-01-01T00:00:00Z', created_by: `dock-lock e2e ${name}` }],
  })
  const layers = [layer]
  const pushed = await pushBlob(socket, repository, types.config, config)
  return encode({ schemaVersion: 2, mediaType: types.manifest, config: pushed, layers })
}

interface Platform {
  readonly os: string
  readonly architecture: string
  readonly variant?: string
}

function parsePlatform(text: string): Platform {
  const [os = '', architecture = '', variant] = text.split('/')
  return { os, architecture, ...(variant === undefined ? {} : { variant }) }
}

function encode(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value))
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

/** One POST for an upload, one PUT with all of it (distribution spec, "Pushing a blob monolithically"). */
async function pushBlob(
  socketPath: string,
  repository: string,
  mediaType: string,
  bytes: Buffer,
): Promise<Pushed> {
  const digest = digestOf(bytes)
  const begun = await ask(socketPath, { method: 'POST', path: `/v2/${repository}/blobs/uploads/` })
  const location = new URL(String(begun.headers.location), 'http://localhost')
  location.searchParams.set('digest', digest)
  const headers = { 'content-type': 'application/octet-stream', 'content-length': String(bytes.length) }
  const path = `${location.pathname}${location.search}`
  const answer = await ask(socketPath, { method: 'PUT', path, headers, body: bytes })
  if (answer.status !== 201)
    throw new Error(`pushing a blob to ${repository}: ${answer.status} ${answer.text}`)
  return { mediaType, digest, size: bytes.length }
}

async function pushManifest(
  socketPath: string,
  repository: string,
  name: string,
  mediaType: string,
  bytes: Buffer,
): Promise<Pushed> {
  const path = `/v2/${repository}/manifests/${name}`
  const headers = { 'content-type': mediaType, 'content-length': String(bytes.length) }
  const answer = await ask(socketPath, { method: 'PUT', path, headers, body: bytes })
  if (answer.status !== 201) throw new Error(`pushing ${repository}:${name}: ${answer.status} ${answer.text}`)
  return { mediaType, digest: digestOf(bytes), size: bytes.length }
}
