/**
 * BuildKit's content store: blobs by digest, with labels that name their source.
 * @see https://github.com/containerd/containerd/blob/main/api/services/content/v1/content.proto
 */
import { createHash } from 'node:crypto'
import { parseDigest } from '../../core/digest.ts'
import type { Reference } from '../../core/reference.ts'
import { type Grpc, GrpcError } from './grpc.ts'
import { readMap, readMessage, writeBytes, writeNumber } from './protobuf.ts'

export interface ContentInfo {
  /** Bytes. */
  readonly size: number
  readonly labels: ReadonlyMap<string, string>
}

export interface Content {
  /** Undefined: the blob is missing. @throws any other error of `Grpc.call` */
  info(digest: string, signal: AbortSignal): Promise<ContentInfo | undefined>
  /** Undefined: the blob is missing or does not match its digest. @throws as `info` */
  read(digest: string, signal: AbortSignal): Promise<Buffer | undefined>
  close(): void
}

const SERVICE = '/containerd.services.content.v1.Content'
const NOT_FOUND = 5
/** The largest manifest that every registry must accept: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests */
const READ_MAX = 4 * 1024 * 1024

export function openContent(grpc: Grpc): Content {
  async function info(digest: string, signal: AbortSignal): Promise<ContentInfo | undefined> {
    // For an invalid digest, BuildKit returns an error other than "not found".
    if (parseDigest(digest) === undefined) return undefined
    const answer = await found(grpc.call(`${SERVICE}/Info`, writeBytes(1, digest), signal))
    if (answer === undefined) return undefined
    const [described] = readMessage(answer[0] ?? Buffer.alloc(0)).bytes(1)
    if (described === undefined) return undefined
    const message = readMessage(described)
    if (message.text(1) !== digest) return undefined
    return { size: message.number(2), labels: readMap(message, 5) }
  }

  return {
    info,
    async read(digest, signal) {
      const known = await info(digest, signal)
      if (known === undefined || known.size > READ_MAX) return undefined
      const request = Buffer.concat([writeBytes(1, digest), writeNumber(3, known.size)])
      const answer = await found(grpc.call(`${SERVICE}/Read`, request, signal))
      if (answer === undefined) return undefined
      const bytes = Buffer.concat(answer.flatMap(message => [...readMessage(message).bytes(2)]))
      const [algorithm = '', hex] = digest.split(':')
      if (algorithm !== 'sha256' && algorithm !== 'sha512') return undefined
      return createHash(algorithm).update(bytes).digest('hex') === hex ? bytes : undefined
    },
    close: () => grpc.close(),
  }
}

async function found<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof GrpcError && error.status === NOT_FOUND) return undefined
    throw error
  }
}

/**
 * Whether a blob is known to come from the repository. Otherwise BuildKit does not use it for that repository's reference.
 * @see https://github.com/moby/buildkit/blob/master/util/contentutil/source.go
 */
export function comesFrom({ labels }: ContentInfo, { registry, repository }: Reference): boolean {
  // The label omits the port.
  const host = registry.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')
  const repositories = labels.get(`containerd.io/distribution.source.${host}`) ?? ''
  return repositories.split(',').includes(repository)
}
