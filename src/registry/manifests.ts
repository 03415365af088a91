/**
 * Reads what a tag points to, by the OCI distribution protocol.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
 */

import { hash } from 'node:crypto'
import { type Descriptor, indexPlatforms, isIndex, MANIFEST_TYPES, toPlatform } from '../core/descriptor.ts'
import { type Digest, digestAlgorithm, parseDigest, shortDigest } from '../core/digest.ts'
import { DockLockError, type ErrorCode } from '../core/error.ts'
import { formatPlatform } from '../core/platform.ts'
import type { Reference } from '../core/reference.ts'
import { field } from '../lib/json.ts'
import type { Endpoint } from './endpoints/endpoints.ts'
import type { HttpResponse } from './transport/response.ts'

/**
 * Requests `manifests/3.20` or `blobs/sha256:…` of a repository from one endpoint. Returns successful responses, and also a response
 * that says that HEAD is not supported ({@link isMethodUnknown}). Throws for all others.
 */
export type Fetch = (method: 'GET' | 'HEAD', path: string, accept: string) => Promise<HttpResponse>

/** What a tag points to. `content` is set if the manifest had to be read. */
export interface FetchedManifest {
  readonly descriptor: Descriptor
  readonly content?: Buffer
}

const ACCEPT = MANIFEST_TYPES.join(', ')
const SCHEMA_1 = /^application\/vnd\.docker\.distribution\.manifest\.v1\+/

/** Whether the registry does not support HEAD. The request is then sent as GET, as in containerd. */
export function isMethodUnknown({ status }: HttpResponse): boolean {
  return status === 405 || status === 501
}

/** Sends HEAD, and GET only if the response lacks type, digest or size. `conceal` removes credentials from what errors quote. */
export async function head(
  reference: Reference,
  endpoint: Endpoint,
  fetch: Fetch,
  conceal: (text: string) => string,
): Promise<FetchedManifest> {
  const path = `manifests/${reference.tag ?? reference.digest}`
  const first = await fetch('HEAD', path, ACCEPT)
  const headers = isMethodUnknown(first) ? {} : first.headers
  const digest = parseDigest(headers['docker-content-digest'] ?? '')
  const mediaType = mediaTypeOf(headers['content-type'])
  const size = Number(headers['content-length'] ?? Number.NaN)
  refuseSchema1(endpoint, mediaType)
  const expected = reference.tag === undefined ? reference.digest : undefined
  if (digest !== undefined && MANIFEST_TYPES.includes(mediaType) && Number.isSafeInteger(size)) {
    if (expected !== undefined && digest !== expected) throw mismatch(endpoint, expected)
    return { descriptor: { mediaType, digest, size } }
  }

  const answer = await fetch('GET', path, ACCEPT)
  const claimed = expected ?? parseDigest(answer.headers['docker-content-digest'] ?? '')
  const content = claimed === undefined ? answer.body : verified(endpoint, claimed, answer.body)
  const type = documentType(endpoint, answer, conceal)
  return {
    descriptor: { mediaType: type, digest: claimed ?? digestOf('sha256', content), size: content.length },
    content,
  }
}

/** Levels of indexes within indexes. Real images have fewer. */
const DEPTH_MAX = 3
/** Documents that are read for one image in addition to its own, if an index does not describe its entries. */
const DOCUMENTS_MAX = 16

/**
 * The platforms behind a descriptor: those of an index and of the indexes in it, or the platform in the config of a manifest. Entries
 * of an index without a platform are read, as in containerd. `isLast`: no other endpoint can have what this one lacks.
 */
export async function platforms(
  endpoint: Endpoint,
  fetch: Fetch,
  { descriptor, content }: FetchedManifest,
  isLast: boolean,
  conceal: (text: string) => string,
): Promise<Readonly<Record<string, Digest>>> {
  let documents = 0
  /** An index may list manifests that were deleted. */
  const absent: readonly ErrorCode[] = isLast ? ['not-found'] : []
  const ignore =
    (...codes: readonly ErrorCode[]) =>
    (error: unknown): Record<string, Digest> => {
      if (error instanceof DockLockError && codes.includes(error.code)) return {}
      throw error
    }
  const read = async (digest: Digest): Promise<unknown> => {
    const answer = await fetch('GET', `manifests/${digest}`, ACCEPT)
    return parseJson(endpoint, digest, verified(endpoint, digest, answer.body))
  }

  const ofIndex = async (digest: Digest, index: unknown, depth: number): Promise<Record<string, Digest>> => {
    const entries = field(index, 'manifests')
    const listed = indexPlatforms(index)
    if (listed === undefined || !Array.isArray(entries))
      throw unsupported(endpoint, `its index (${shortDigest(digest)}) lists no manifests`)
    if (!entries.some(needsLookUp)) return listed
    const found = await Promise.all((entries as unknown[]).map(entry => ofEntry(entry, depth)))
    const all: Record<string, Digest> = {}
    for (const [platform, manifest] of found.flatMap(Object.entries<Digest>)) all[platform] ??= manifest
    return all
  }

  const ofEntry = async (entry: unknown, depth: number): Promise<Record<string, Digest>> => {
    const mediaType = mediaTypeOf(String(field(entry, 'mediaType') ?? ''))
    const digest = parseDigest(String(field(entry, 'digest')))!
    if (isIndex(mediaType)) {
      if (depth === DEPTH_MAX || documents === DOCUMENTS_MAX)
        throw unsupported(endpoint, `its index contains too many indexes`)
      documents += 1
      return read(digest)
        .then(inner => ofIndex(digest, inner, depth + 1))
        .catch(ignore(...absent))
    }
    if (!needsLookUp(entry)) return indexPlatforms({ manifests: [entry] }) ?? {}
    if (documents === DOCUMENTS_MAX)
      throw unsupported(endpoint, `its index lists more than ${DOCUMENTS_MAX} manifests without a platform`)
    documents += 1
    // An index may list other things than images.
    return read(digest)
      .then(manifest => ofManifest(digest, manifest))
      .catch(ignore('unsupported', ...absent))
  }

  const ofManifest = async (digest: Digest, manifest: unknown): Promise<Record<string, Digest>> => {
    const config = field(manifest, 'config')
    const configDigest = parseDigest(String(field(config, 'digest')))
    const configType = String(field(config, 'mediaType'))
    if (configDigest === undefined)
      throw unsupported(endpoint, `its manifest (${shortDigest(digest)}) has no config`)
    if (!/\.image\.(config\.)?v1\+json$|^application\/octet-stream$/.test(configType))
      throw unsupported(endpoint, `it is not a container image but ${conceal(configType).slice(0, 100)}`)
    const { body } = await fetch('GET', `blobs/${configDigest}`, '*/*')
    const platform = toPlatform(parseJson(endpoint, configDigest, verified(endpoint, configDigest, body)))
    return platform === undefined ? {} : { [formatPlatform(platform)]: digest }
  }

  const { mediaType, digest } = descriptor
  const document =
    content === undefined
      ? await read(digest)
      : parseJson(endpoint, digest, verified(endpoint, digest, content))
  if (!isIndex(mediaType)) return ofManifest(digest, document)
  const found = await ofIndex(digest, document, 1)
  if (Object.keys(found).length === 0)
    throw unsupported(endpoint, `its index (${shortDigest(digest)}) lists no image for any platform`)
  return found
}

/** Whether the entry is an index, or a manifest without a platform. */
function needsLookUp(entry: unknown): boolean {
  const mediaType = mediaTypeOf(String(field(entry, 'mediaType') ?? ''))
  if (isIndex(mediaType)) return true
  const isUndescribed = field(entry, 'platform') === undefined && field(entry, 'artifactType') === undefined
  return isUndescribed && MANIFEST_TYPES.includes(mediaType)
}

/** The media type of a document: from the header if it is a known type, otherwise from the document or its fields. */
function documentType(
  endpoint: Endpoint,
  { headers, body }: HttpResponse,
  conceal: (text: string) => string,
): string {
  const given = mediaTypeOf(headers['content-type'])
  refuseSchema1(endpoint, given)
  if (MANIFEST_TYPES.includes(given)) return given
  const document = parseJson(endpoint, undefined, body)
  const own = String(field(document, 'mediaType') ?? '')
  refuseSchema1(
    endpoint,
    field(document, 'schemaVersion') === 1 ? 'application/vnd.docker.distribution.manifest.v1+json' : own,
  )
  if (MANIFEST_TYPES.includes(own)) return own
  if (Array.isArray(field(document, 'manifests'))) return 'application/vnd.oci.image.index.v1+json'
  if (Array.isArray(field(document, 'layers'))) return 'application/vnd.oci.image.manifest.v1+json'
  throw unsupported(
    endpoint,
    `it is neither an index nor a manifest but ${conceal(own || given || 'of unknown type').slice(0, 100)}`,
  )
}

function refuseSchema1(endpoint: Endpoint, mediaType: string): void {
  if (!SCHEMA_1.test(mediaType)) return
  throw new DockLockError(
    'unsupported',
    `${endpoint.registry} has it only as Docker schema 1, which current engines cannot pull`,
    { hint: 'Push the image again with a current engine.' },
  )
}

/** Returns the bytes if they match `digest`. */
function verified(endpoint: Endpoint, digest: Digest, bytes: Buffer): Buffer {
  if (digestOf(digestAlgorithm(digest), bytes) !== digest) throw mismatch(endpoint, digest)
  return bytes
}

function mismatch(endpoint: Endpoint, digest: Digest): DockLockError {
  return new DockLockError(
    'untrusted',
    `${endpoint.registry} sent content that does not match ${shortDigest(digest)}`,
    {
      hint: 'The registry, or a mirror or proxy on the way, is faulty or malicious. The content was not used.',
    },
  )
}

function digestOf(algorithm: string, bytes: Buffer): Digest {
  const digest = parseDigest(`${algorithm}:${hash(algorithm, bytes)}`)
  if (digest === undefined) throw new RangeError(`no digest for ${algorithm}`)
  return digest
}

function parseJson(endpoint: Endpoint, digest: Digest | undefined, bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    const document = digest === undefined ? 'its manifest' : shortDigest(digest)
    throw unsupported(endpoint, `${document} is not JSON`)
  }
}

function unsupported(endpoint: Endpoint, why: string): DockLockError {
  return new DockLockError('unsupported', `${endpoint.registry} has it, but ${why}`)
}

/** Lower case, without parameters. */
function mediaTypeOf(contentType: string | undefined): string {
  return (contentType ?? '').split(';')[0]!.trim().toLowerCase()
}
