/**
 * What a tag points to, by the OCI distribution protocol.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
 */
import { createHash } from 'node:crypto'
import { type Descriptor, indexPlatforms, isIndex, MANIFEST_TYPES, toPlatform } from '../core/descriptor.ts'
import { type Digest, digestAlgorithm, parseDigest, shortDigest } from '../core/digest.ts'
import { DockLockError } from '../core/error.ts'
import { formatPlatform } from '../core/platform.ts'
import type { Reference } from '../core/reference.ts'
import type { Endpoint } from './hosts.ts'
import type { HttpAnswer } from './http.ts'

/** Asks one endpoint for `manifests/3.20` or `blobs/sha256:…` of the reference's repository; every answer is a success, or it throws. */
export type Ask = (method: 'GET' | 'HEAD', path: string, accept: string) => Promise<HttpAnswer>

/** What a tag points to, and its bytes where they had to be read. */
export interface Pointed {
  readonly descriptor: Descriptor
  readonly content?: Buffer
}

const ACCEPT = MANIFEST_TYPES.join(', ')
const SCHEMA_1 = /^application\/vnd\.docker\.distribution\.manifest\.v1\+/

/** HEAD; GET only where its answer does not say type, digest and size. */
export async function head(reference: Reference, endpoint: Endpoint, ask: Ask): Promise<Pointed> {
  const path = `manifests/${reference.tag ?? reference.digest}`
  const { headers } = await ask('HEAD', path, ACCEPT)
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
  const type = documentType(endpoint, answer)
  return {
    descriptor: { mediaType: type, digest: claimed ?? hash('sha256', content), size: content.length },
    content,
  }
}

/** The platforms behind a descriptor: those that an index lists, or the one that a manifest's config names. */
export async function platforms(
  endpoint: Endpoint,
  ask: Ask,
  { descriptor, content }: Pointed,
): Promise<Readonly<Record<string, Digest>>> {
  const { mediaType, digest } = descriptor
  const bytes = content ?? verified(endpoint, digest, (await ask('GET', `manifests/${digest}`, ACCEPT)).body)
  const document = parseJson(endpoint, digest, bytes)
  if (isIndex(mediaType)) {
    const listed = indexPlatforms(document)
    if (listed === undefined)
      throw unsupported(endpoint, `its index (${shortDigest(digest)}) lists no manifests`)
    return listed
  }

  const config = field(document, 'config')
  const configDigest = parseDigest(String(field(config, 'digest')))
  const configType = String(field(config, 'mediaType'))
  if (configDigest === undefined)
    throw unsupported(endpoint, `its manifest (${shortDigest(digest)}) has no config`)
  if (!/\.image\.(config\.)?v1\+json$|^application\/octet-stream$/.test(configType))
    throw unsupported(endpoint, `it is no container image but ${configType.slice(0, 100)}`)
  const blob = await ask('GET', `blobs/${configDigest}`, '*/*')
  const platform = toPlatform(parseJson(endpoint, configDigest, verified(endpoint, configDigest, blob.body)))
  return platform === undefined ? {} : { [formatPlatform(platform)]: digest }
}

/** The type of a document that was read: what the header says if that is one we know, else what the document says or looks like. */
function documentType(endpoint: Endpoint, { headers, body }: HttpAnswer): string {
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
    `it is neither an index nor a manifest but ${(own || given || 'of unknown type').slice(0, 100)}`,
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
  if (hash(digestAlgorithm(digest), bytes) !== digest) throw mismatch(endpoint, digest)
  return bytes
}

function mismatch(endpoint: Endpoint, digest: Digest): DockLockError {
  return new DockLockError(
    'untrusted',
    `${endpoint.registry} sent something else than ${shortDigest(digest)} names`,
    { hint: 'The registry, a mirror or a proxy on the way is broken or forges; nothing was taken from it.' },
  )
}

function hash(algorithm: string, bytes: Buffer): Digest {
  const digest = parseDigest(`${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`)
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

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}
