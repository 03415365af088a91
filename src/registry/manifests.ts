/**
 * Reads what a tag points to, by the OCI distribution protocol.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
 */

import { receivedDate } from '../core/age.ts'
import {
  type Descriptor,
  firstOfEach,
  indexPlatforms,
  isIndex,
  MANIFEST_TYPES,
  type PlatformDigest,
} from '../core/descriptor.ts'
import { type Digest, parseDigest, shortDigest } from '../core/digest.ts'
import { DockLockError, type ErrorCode } from '../core/error.ts'
import type { Reference } from '../core/reference.ts'
import { field } from '../lib/json.ts'
import { digestOf, mediaTypeOf, mismatch, parseJson, unsupported, verified } from './content.ts'
import { ACCEPT, type Documents } from './documents.ts'
import type { Endpoint } from './endpoints/endpoints.ts'
import { type Fetch, isMethodUnknown } from './fetch.ts'
import type { HttpResponse } from './transport/response.ts'

/** What a tag points to. `content` is set if the manifest had to be read. */
export interface FetchedManifest {
  readonly descriptor: Descriptor
  readonly content?: Buffer
  /** When the registry received it, in ISO 8601, if it says so. */
  readonly received?: string
}

const SCHEMA_1 = /^application\/vnd\.docker\.distribution\.manifest\.v1\+/

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
    return { descriptor: { mediaType, digest, size }, ...received(headers) }
  }
  return get(reference, endpoint, fetch, conceal)
}

/** Like {@link head}, in one request that also returns the manifest. */
export async function get(
  reference: Reference,
  endpoint: Endpoint,
  fetch: Fetch,
  conceal: (text: string) => string,
): Promise<FetchedManifest> {
  const expected = reference.tag === undefined ? reference.digest : undefined
  const answer = await fetch('GET', `manifests/${reference.tag ?? reference.digest}`, ACCEPT)
  const claimed = expected ?? parseDigest(answer.headers['docker-content-digest'] ?? '')
  const content = claimed === undefined ? answer.body : verified(endpoint, claimed, answer.body)
  const type = documentType(endpoint, answer, conceal)
  return {
    descriptor: { mediaType: type, digest: claimed ?? digestOf('sha256', content), size: content.length },
    content,
    ...received(answer.headers),
  }
}

function received(headers: HttpResponse['headers']): { readonly received?: string } {
  const date = receivedDate(headers['last-modified'], headers.date, Date.now())
  return date === undefined ? {} : { received: date }
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
  known: Documents,
): Promise<readonly PlatformDigest[]> {
  const source = { endpoint, fetch }
  let documents = 0
  /** An index may list manifests that were deleted. */
  const absent: readonly ErrorCode[] = isLast ? ['not-found'] : []
  const ignore =
    (...codes: readonly ErrorCode[]) =>
    (error: unknown): readonly PlatformDigest[] => {
      if (error instanceof DockLockError && codes.includes(error.code)) return []
      throw error
    }
  const ofIndex = async (
    digest: Digest,
    index: unknown,
    depth: number,
  ): Promise<readonly PlatformDigest[]> => {
    const entries = field(index, 'manifests')
    const listed = indexPlatforms(index)
    if (listed === undefined || !Array.isArray(entries))
      throw unsupported(endpoint, `its index (${shortDigest(digest)}) lists no manifests`)
    if (!entries.some(needsLookUp)) return listed
    const found = await Promise.all((entries as unknown[]).map(entry => ofEntry(entry, depth)))
    return firstOfEach(found.flat())
  }

  const ofEntry = async (entry: unknown, depth: number): Promise<readonly PlatformDigest[]> => {
    const mediaType = mediaTypeOf(String(field(entry, 'mediaType') ?? ''))
    const digest = parseDigest(String(field(entry, 'digest')))!
    if (isIndex(mediaType)) {
      if (depth === DEPTH_MAX || documents === DOCUMENTS_MAX)
        throw unsupported(endpoint, `its index contains too many indexes`)
      documents += 1
      return known
        .index(source, digest)
        .then(inner => ofIndex(digest, inner, depth + 1))
        .catch(ignore(...absent))
    }
    if (!needsLookUp(entry)) return indexPlatforms({ manifests: [entry] }) ?? []
    if (documents === DOCUMENTS_MAX)
      throw unsupported(endpoint, `its index lists more than ${DOCUMENTS_MAX} manifests without a platform`)
    documents += 1
    // An index may list other things than images.
    return ofManifest(digest).catch(ignore('unsupported', ...absent))
  }

  const ofManifest = async (digest: Digest, content?: Buffer): Promise<readonly PlatformDigest[]> => {
    const { config } = await known.manifest(source, digest, content)
    const { platform } = await known.config(source, config)
    return platform === undefined ? [] : [{ platform, digest }]
  }

  const { mediaType, digest } = descriptor
  if (!isIndex(mediaType)) return ofManifest(digest, content)
  const found = await ofIndex(digest, await known.index(source, digest, content), 1)
  if (found.length === 0)
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
    { hint: 'Push the image again with a current engine' },
  )
}
