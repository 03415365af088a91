/**
 * What a tag points to, by the OCI distribution protocol.
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
 * Asks one endpoint for `manifests/3.20` or `blobs/sha256:…` of the reference's repository. Every answer is a success, but that HEAD
 * may be what it does not know ({@link knowsNoHead}); all else throws.
 */
export type Fetch = (method: 'GET' | 'HEAD', path: string, accept: string) => Promise<HttpResponse>

/** What a tag points to, and its bytes where they had to be read. */
export interface FetchedManifest {
  readonly descriptor: Descriptor
  readonly content?: Buffer
}

const ACCEPT = MANIFEST_TYPES.join(', ')
const SCHEMA_1 = /^application\/vnd\.docker\.distribution\.manifest\.v1\+/

/** Whether the answer to HEAD says that it has to be GET, as from registries that were not made for it; containerd asks on, too. */
export function knowsNoHead({ status }: HttpResponse): boolean {
  return status === 405 || status === 501
}

/** HEAD; GET only where its answer does not say type, digest and size. `conceal` takes credentials out of what messages repeat of it. */
export async function head(
  reference: Reference,
  endpoint: Endpoint,
  ask: Fetch,
  conceal: (text: string) => string,
): Promise<FetchedManifest> {
  const path = `manifests/${reference.tag ?? reference.digest}`
  const first = await ask('HEAD', path, ACCEPT)
  const headers = knowsNoHead(first) ? {} : first.headers
  const digest = parseDigest(headers['docker-content-digest'] ?? '')
  const mediaType = mediaTypeOf(headers['content-type'])
  const size = Number(headers['content-length'] ?? Number.NaN)
  refuseSchema1(endpoint, mediaType)
  const wanted = reference.tag === undefined ? reference.digest : undefined
  if (digest !== undefined && MANIFEST_TYPES.includes(mediaType) && Number.isSafeInteger(size)) {
    if (wanted !== undefined && digest !== wanted) throw mismatch(endpoint, wanted)
    return { descriptor: { mediaType, digest, size } }
  }

  const answer = await ask('GET', path, ACCEPT)
  const claimed = wanted ?? parseDigest(answer.headers['docker-content-digest'] ?? '')
  const content = claimed === undefined ? answer.body : verified(endpoint, claimed, answer.body)
  const type = documentType(endpoint, answer, conceal)
  return {
    descriptor: { mediaType: type, digest: claimed ?? digestOf('sha256', content), size: content.length },
    content,
  }
}

/** Indexes within indexes; deeper is no image that anybody builds. */
const DEPTH_MAX = 3
/** Documents that are read for one image beside its own, for indexes that do not say what they list. */
const DOCUMENTS_MAX = 16

/**
 * The platforms behind a descriptor: those that an index lists, with those of the indexes in it, or the one that a manifest's
 * config names. What an index lists without a platform is looked up likewise, as containerd does it. `isLast`: what the endpoint
 * lacks of that, nobody has.
 */
export async function platforms(
  endpoint: Endpoint,
  ask: Fetch,
  { descriptor, content }: FetchedManifest,
  isLast: boolean,
  conceal: (text: string) => string,
): Promise<Readonly<Record<string, Digest>>> {
  let documents = 0
  /** An index may list what nobody keeps. */
  const absent: readonly ErrorCode[] = isLast ? ['not-found'] : []
  const none =
    (...codes: readonly ErrorCode[]) =>
    (error: unknown): Record<string, Digest> => {
      if (error instanceof DockLockError && codes.includes(error.code)) return {}
      throw error
    }
  const read = async (digest: Digest): Promise<unknown> => {
    const answer = await ask('GET', `manifests/${digest}`, ACCEPT)
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
        throw unsupported(endpoint, `its index holds more indexes than an image has`)
      documents += 1
      return read(digest)
        .then(inner => ofIndex(digest, inner, depth + 1))
        .catch(none(...absent))
    }
    if (!needsLookUp(entry)) return indexPlatforms({ manifests: [entry] }) ?? {}
    if (documents === DOCUMENTS_MAX)
      throw unsupported(endpoint, `its index lists more manifests without a platform than are looked up`)
    documents += 1
    // Not all that an index lists is an image.
    return read(digest)
      .then(manifest => ofManifest(digest, manifest))
      .catch(none('unsupported', ...absent))
  }

  const ofManifest = async (digest: Digest, manifest: unknown): Promise<Record<string, Digest>> => {
    const config = field(manifest, 'config')
    const configDigest = parseDigest(String(field(config, 'digest')))
    const configType = String(field(config, 'mediaType'))
    if (configDigest === undefined)
      throw unsupported(endpoint, `its manifest (${shortDigest(digest)}) has no config`)
    if (!/\.image\.(config\.)?v1\+json$|^application\/octet-stream$/.test(configType))
      throw unsupported(endpoint, `it is no container image but ${conceal(configType).slice(0, 100)}`)
    const { body } = await ask('GET', `blobs/${configDigest}`, '*/*')
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

/** An index in an index, or a manifest without its platform. */
function needsLookUp(entry: unknown): boolean {
  const mediaType = mediaTypeOf(String(field(entry, 'mediaType') ?? ''))
  if (isIndex(mediaType)) return true
  const isOpen = field(entry, 'platform') === undefined && field(entry, 'artifactType') === undefined
  return isOpen && MANIFEST_TYPES.includes(mediaType)
}

/** The type of a document that was read: what the header says if that is one we know, else what the document says or looks like. */
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
    `${endpoint.registry} has it only as Docker schema 1, which no engine pulls any more`,
    { hint: 'Push the image again with a current engine.' },
  )
}

/** The bytes, when they are those that `digest` names. */
function verified(endpoint: Endpoint, digest: Digest, bytes: Buffer): Buffer {
  if (digestOf(digestAlgorithm(digest), bytes) !== digest) throw mismatch(endpoint, digest)
  return bytes
}

function mismatch(endpoint: Endpoint, digest: Digest): DockLockError {
  return new DockLockError(
    'untrusted',
    `${endpoint.registry} sent something else than ${shortDigest(digest)} names`,
    { hint: 'The registry, a mirror or a proxy on the way is broken or forges; nothing was taken from it.' },
  )
}

function digestOf(algorithm: string, bytes: Buffer): Digest {
  const digest = parseDigest(`${algorithm}:${hash(algorithm, bytes)}`)
  if (digest === undefined) throw new RangeError(`no digest by ${algorithm}`)
  return digest
}

function parseJson(endpoint: Endpoint, digest: Digest | undefined, bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    const what = digest === undefined ? 'its manifest' : shortDigest(digest)
    throw unsupported(endpoint, `${what} is no JSON`)
  }
}

function unsupported(endpoint: Endpoint, why: string): DockLockError {
  return new DockLockError('unsupported', `${endpoint.registry} has it, but ${why}`)
}

/** Without parameters, in lower case. */
function mediaTypeOf(contentType: string | undefined): string {
  return (contentType ?? '').split(';')[0]!.trim().toLowerCase()
}
