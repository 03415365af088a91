/**
 * gRPC calls over an open connection, with node:http2.
 * @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */
import { setMaxListeners } from 'node:events'
import type { ClientHttp2Session, IncomingHttpHeaders } from 'node:http2'
import type { Duplex } from 'node:stream'
import { interrupted, printable } from '../../core/error.ts'
import { maskSecrets } from '../../core/mask.ts'
import { TimedOut } from '../connection/failure.ts'

/** The server's message. https://grpc.io/docs/guides/status-codes/ */
export class GrpcError extends Error {
  /** 5: not found, 12: unimplemented, 14: unavailable; see the link above. */
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

export interface Grpc {
  /**
   * The messages of the response: one, or those of a stream.
   * @throws GrpcError, TimedOut, DockLockError `interrupted`, or what node:http2 throws when the connection ends
   */
  call(path: string, message: Uint8Array, signal: AbortSignal): Promise<readonly Buffer[]>
  close(): void
}

/** Milliseconds for a whole call. The data is in memory or in a small file. */
const TIMEOUT = 30_000
/** Limit per response: a manifest may have 4 MiB. */
const BODY_MAX = 16 * 1024 * 1024

export async function openGrpc(connection: Duplex, timeout: number = TIMEOUT): Promise<Grpc> {
  const [{ connect }, { Duplex }] = await Promise.all([import('node:http2'), import('node:stream')])
  // Node 20 may abort in HTTP/2 directly over a TLS socket: "Assertion failed: !current_write_" in TLSWrap.
  const stream =
    'encrypted' in connection ? Duplex.from({ readable: connection, writable: connection }) : connection
  // Server pushes have no listener, nor do their errors.
  const settings = { enablePush: false }
  const session = connect('http://localhost', { createConnection: () => stream, settings })
  // The pending calls get this error too.
  session.on('error', () => {})
  return {
    call: (path, message, signal) => call(session, path, message, signal, timeout),
    close() {
      session.destroy()
      connection.destroy()
    },
  }
}

function call(
  session: ClientHttp2Session,
  path: string,
  message: Uint8Array,
  signal: AbortSignal,
  timeout: number,
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
    // Many concurrent calls are not a listener leak.
    setMaxListeners(0, signal)
    signal.addEventListener('abort', abort, { once: true })
    const timer = setTimeout(() => stream.destroy(new TimedOut(timeout)), timeout)
    const head = (headers: IncomingHttpHeaders) => {
      const given = headers['grpc-status']
      if (given === undefined) return
      // 2 is "unknown". An empty status would convert to 0, which means success.
      status = /^\d+$/.test(String(given)) ? Number(given) : 2
      said = printable(maskSecrets(decode(String(headers['grpc-message'] ?? ''))))
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
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
      if (failure !== undefined) reject(failure)
      else if (status === undefined) reject(new Error('the connection ended'))
      else if (status !== 0) reject(new GrpcError(status, said))
      else {
        try {
          resolve(unframe(Buffer.concat(parts)))
        } catch (error) {
          reject(error)
        }
      }
    })
    const prefix = Buffer.alloc(5)
    prefix.writeUInt32BE(message.length, 1)
    stream.end(Buffer.concat([prefix, message]))
  })
}

/**
 * Each message follows five bytes: a compression flag, which must be 0, and the length.
 * @throws GrpcError for a malformed body
 */
function unframe(body: Buffer): readonly Buffer[] {
  const messages: Buffer[] = []
  for (let position = 0; position < body.length; ) {
    const start = position + 5
    const end = start <= body.length ? start + body.readUInt32BE(position + 1) : Number.POSITIVE_INFINITY
    if (end > body.length) throw new GrpcError(13, 'the answer is cut off')
    if (body[position] !== 0) throw new GrpcError(13, 'the answer is compressed')
    messages.push(body.subarray(start, end))
    position = end
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
