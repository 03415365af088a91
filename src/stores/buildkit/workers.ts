/**
 * BuildKit's workers.
 * @see https://github.com/moby/buildkit/blob/master/api/services/control/control.proto
 */
import { formatPlatform, normalizePlatform, type Platform, parsePlatform } from '../../core/platform.ts'
import type { Grpc } from './grpc.ts'
import { readMessage } from './protobuf.ts'

/**
 * The platform of a build that names none: the first platform of the first worker. Undefined if there is none.
 * @see https://github.com/moby/buildkit/blob/master/frontend/dockerui/config.go
 * @throws as `Grpc.call`; RangeError for a malformed response
 */
export async function workerPlatform(grpc: Grpc, signal: AbortSignal): Promise<Platform | undefined> {
  const [answer] = await grpc.call('/moby.buildkit.v1.Control/ListWorkers', new Uint8Array(), signal)
  const [worker] = answer === undefined ? [] : readMessage(answer).bytes(1)
  const [first] = worker === undefined ? [] : readMessage(worker).bytes(3)
  if (first === undefined) return undefined
  // https://github.com/moby/buildkit/blob/master/solver/pb/ops.proto
  const message = readMessage(first)
  const [architecture, os] = [message.text(1), message.text(2)]
  const [variant, osVersion] = [message.text(3), message.text(4)]
  const platform = parsePlatform(formatPlatform({ os, architecture, variant, osVersion }))
  return platform && normalizePlatform(platform)
}
