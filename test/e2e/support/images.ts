import { readFileSync } from 'node:fs'
import { type Image, type ImageOptions, makeImage } from '../../support/registry/images.ts'
import { type Answer, ask } from './http.ts'
import type { Registry } from './registry.ts'

export type SeededImage = Image

/**
 * Pushes small images that run: one layer with a static busybox, and the file /image that names the reference.
 * References are `repository:tag`; what an engine calls alpine:3.23 is `library/alpine:3.23`. Answers by reference.
 */
export async function seedImages<R extends string>(
  registry: Pick<Registry, 'port'>,
  references: readonly R[],
  options: Omit<ImageOptions, 'files'> = {},
): Promise<Record<R, SeededImage>> {
  const busybox = readFileSync('/bin/busybox')
  const seeded: Partial<Record<R, SeededImage>> = {}
  for (const reference of references) {
    const colon = reference.lastIndexOf(':')
    const label = `${reference} revision ${options.revision ?? 0}\n`
    const files = { 'bin/busybox': busybox, 'bin/sh': busybox, image: label, 'tmp/': '' }
    const image = makeImage(reference.slice(0, colon), reference.slice(colon + 1), { ...options, files })
    await push(registry.port, image)
    seeded[reference] = image
  }
  return seeded as Record<R, SeededImage>
}

/** All of it again: the tag means this one from now on. */
export function pushImage(registry: Pick<Registry, 'port'>, image: Image): Promise<void> {
  return push(registry.port, image)
}

async function push(port: number, image: Image): Promise<void> {
  const { repository, tag, blobs, manifests } = image
  for (const [digest, body] of blobs) await pushBlob(port, repository, digest, body)
  // In the order in which they were made: an index comes after what it names.
  for (const [digest, { mediaType, body }] of manifests) {
    for (const name of digest === image.digest ? [digest, tag] : [digest]) {
      const path = `/v2/${repository}/manifests/${name}`
      expectCreated(await ask(port, { method: 'PUT', path, headers: { 'content-type': mediaType }, body }))
    }
  }
}

/** One POST for an upload, one PUT with all of it (distribution spec, "Pushing a blob monolithically"). */
async function pushBlob(port: number, repository: string, digest: string, body: Buffer): Promise<void> {
  const begun = await ask(port, { method: 'POST', path: `/v2/${repository}/blobs/uploads/` })
  const location = new URL(String(begun.headers.location), 'http://localhost')
  location.searchParams.set('digest', digest)
  const path = `${location.pathname}${location.search}`
  const headers = { 'content-type': 'application/octet-stream' }
  expectCreated(await ask(port, { method: 'PUT', path, headers, body }))
}

function expectCreated({ status, text }: Answer): void {
  if (status !== 201) throw new Error(`the registry answered a push with ${status}: ${text}`)
}
