/** Documents of a registry, checked against their digests. */
import { hash } from 'node:crypto'
import { type Digest, digestAlgorithm, parseDigest, shortDigest } from '../core/digest.ts'
import { DockLockError } from '../core/error.ts'
import type { Endpoint } from './endpoints/endpoints.ts'

/** Returns the bytes if they match `digest`. */
export function verified(endpoint: Endpoint, digest: Digest, bytes: Buffer): Buffer {
  if (digestOf(digestAlgorithm(digest), bytes) !== digest) throw mismatch(endpoint, digest)
  return bytes
}

export function mismatch(endpoint: Endpoint, digest: Digest): DockLockError {
  return new DockLockError(
    'untrusted',
    `${endpoint.registry} sent content that does not match ${shortDigest(digest)}`,
    {
      hint: 'The registry, or a mirror or proxy on the way, is faulty or malicious. The content was not used',
    },
  )
}

export function digestOf(algorithm: string, bytes: Buffer): Digest {
  const digest = parseDigest(`${algorithm}:${hash(algorithm, bytes)}`)
  if (digest === undefined) throw new RangeError(`no digest for ${algorithm}`)
  return digest
}

export function parseJson(endpoint: Endpoint, digest: Digest | undefined, bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    const document = digest === undefined ? 'its manifest' : shortDigest(digest)
    throw unsupported(endpoint, `${document} is not JSON`)
  }
}

export function unsupported(endpoint: Endpoint, why: string): DockLockError {
  return new DockLockError('unsupported', `${endpoint.registry} has it, but ${why}`)
}

/** Lower case, without parameters. */
export function mediaTypeOf(contentType: string | undefined): string {
  return (contentType ?? '').split(';')[0]!.trim().toLowerCase()
}
