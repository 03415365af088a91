/**
 * gRPC calls over a connection that is there already, by node:http2.
 * @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */
import type { ClientHttp2Session, IncomingHttpHeaders } from 'node:http2'
import type { Duplex } from 'node:stream'
import { printable } from '../core/error.ts'
import { interrupted, TimedOut } from './engine-error.ts'

/** The server's own word for why not. https://grpc.io/docs/guides/status-codes/ */
export class GrpcError extends Error {
  /** 5: not found, 12: no such call, 14: unavailable; see there. */
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

export interface Grpc {
  /**
   * The messages of the answer: one, or those of a stream.
   * @throws GrpcError, TimedOut, DockLockError `interrupted`, or what node:http2 throws when the connection ends
   */
  call(path: string, message: Uint8Array, signal: AbortSignal): Promise<readonly Buffer[]>
  close(): void
}

/** Milliseconds. What is asked for is in memory, or in a small file. */
const TIMEOUT = 30_000
/** Of one answer: a manifest may have 4 MiB. */
const BODY_MAX = 16 * 1024 * 1024

export async function openGrpc(connection: Duplex): Promise<Grpc> {
  const { connect } = await import('node:http2')
  const session = connect('http://localhost', { createConnection: () => connection })
  // The calls under way have it too.
  session.on('error', () => {})
  return {
    call: (path, message, signal) => call(session, path, message, signal),
    close: () => session.destroy(),
  }
}

function call(
  session: ClientHttp2Session,
  path: string,
  message: Uint8Array,
  signal: AbortSignal,
): Promise<readonly Buffer[]> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) throw interrupted()
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
    })
    const parts: Buffer[] = []
    let length = 0
    let status: number | undefined
    let said = ''
    let failure: Error | undefined
    const abort = () => stream.destroy(interrupted())
    signal.addEventListener('abort', abort, { once: true })
    stream.setTimeout(TIMEOUT, () => stream.destroy(new TimedOut(TIMEOUT)))
    const head = (headers: IncomingHttpHeaders) => {
      if (headers['grpc-status'] === undefined) return
      status = Number(headers['grpc-status'])
      said = printable(decode(String(headers['grpc-message'] ?? '')))
    }
    stream.on('response', headers => {
      const { ':status': code } = headers
      if (code !== 200) stream.destroy(new GrpcError(2, `HTTP status ${code}`))
      else head(headers)
    })
    stream.on('trailers', head)
    stream.on('data', (part: Buffer) => {
      length += part.length
      if (length > BODY_MAX) stream.destroy(new GrpcError(8, 'the answer is too long'))
      else parts.push(part)
    })
    stream.on('error', error => {
      failure = error
    })
    stream.on('close', () => {
      signal.removeEventListener('abort', abort)
      if (failure !== undefined) reject(failure)
      else if (status === undefined) reject(new Error('the connection ended'))
      else if (status !== 0) reject(new GrpcError(status, said))
      else resolve(unframe(Buffer.concat(parts)))
    })
    const prefix = Buffer.alloc(5)
    prefix.writeUInt32BE(message.length, 1)
    stream.end(Buffer.concat([prefix, message]))
  })
}

/** Each message has five bytes before it: whether it is compressed, which ours never are, and its length. */
function unframe(body: Buffer): readonly Buffer[] {
  const messages: Buffer[] = []
  for (let position = 0; position + 5 <= body.length; ) {
    const length = body.readUInt32BE(position + 1)
    messages.push(body.subarray(position + 5, position + 5 + length))
    position += 5 + length
  }
  return messages
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
