/**
 * The content that BuildKit itself reads: blobs by digest, with labels that say from where they came.
 * @see https://github.com/containerd/containerd/blob/main/api/services/content/v1/content.proto
 */
import { createHash } from 'node:crypto'
import { parseDigest } from '../../core/digest.ts'
import type { Reference } from '../../core/reference.ts'
import { type Grpc, GrpcError } from './grpc.ts'
import { field, numberField, readMap, readMessage } from './protobuf.ts'

export interface ContentInfo {
  /** Bytes. */
  readonly size: number
  readonly labels: ReadonlyMap<string, string>
}

export interface Content {
  /** Undefined: it is not there. @throws whatever `Grpc.call` throws, but for that */
  info(digest: string, signal: AbortSignal): Promise<ContentInfo | undefined>
  /** Undefined: it is not there, or is not what the digest says. @throws as `info` */
  read(digest: string, signal: AbortSignal): Promise<Buffer | undefined>
  close(): void
}

const SERVICE = '/containerd.services.content.v1.Content'
const NOT_FOUND = 5
/** https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests: no more is sure to be accepted anywhere. */
const READ_MAX = 4 * 1024 * 1024

export function openContent(grpc: Grpc): Content {
  async function info(digest: string, signal: AbortSignal): Promise<ContentInfo | undefined> {
    // Asked for what is no digest, it does not say that this is not there: it refuses.
    if (parseDigest(digest) === undefined) return undefined
    const answer = await found(grpc.call(`${SERVICE}/Info`, field(1, digest), signal))
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
      const request = Buffer.concat([field(1, digest), numberField(3, known.size)])
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
 * Whether a blob is known to come from the repository: BuildKit takes it for that of a reference only then.
 * @see https://github.com/moby/buildkit/blob/master/util/contentutil/source.go
 */
export function comesFrom({ labels }: ContentInfo, { registry, repository }: Reference): boolean {
  // The label has no port.
  const host = registry.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')
  const repositories = labels.get(`containerd.io/distribution.source.${host}`) ?? ''
  return repositories.split(',').includes(repository)
}
