/** As much of gRPC and protobuf as a test needs to talk to BuildKit inside of dockerd, in one place and without a library. */
import { request } from 'node:http'
import { type ClientHttp2Session, connect } from 'node:http2'
import type { Duplex } from 'node:stream'

/** Messages of a unary call, as protobuf bytes. */
export interface Grpc {
  /** @throws Error with the server's message when the call fails. */
  call(path: string, message: Buffer, headers?: Readonly<Record<string, string>>): Promise<Buffer>
  close(): void
}

/** Speaks to BuildKit through dockerd's own socket, which offers its services behind `POST /grpc`. */
export async function openGrpc(socketPath: string): Promise<Grpc> {
  const socket = await upgrade(socketPath)
  const session = connect('http://localhost', { createConnection: () => socket })
  session.on('error', () => {})
  return {
    call: (path, message, headers = {}) => unary(session, path, message, headers),
    close: () => session.destroy(),
  }
}

function upgrade(socketPath: string): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const headers = { host: 'localhost', connection: 'Upgrade', upgrade: 'h2c' }
    const outgoing = request({ socketPath, method: 'POST', path: '/grpc', headers })
    outgoing.on('upgrade', (_answer, socket, head) => {
      // The server's first frames may come together with its answer.
      if (head.length > 0) socket.unshift(head)
      resolve(socket)
    })
    outgoing.on('response', ({ statusCode }) =>
      reject(new Error(`POST /grpc was answered with ${statusCode}`)),
    )
    outgoing.on('error', reject)
    outgoing.end()
  })
}

/** @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md */
function unary(
  session: ClientHttp2Session,
  path: string,
  message: Buffer,
  headers: Readonly<Record<string, string>>,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    })
    const parts: Buffer[] = []
    let status: string | undefined
    let problem = 'the connection ended'
    const end = (headers: Readonly<Record<string, unknown>>) => {
      if (headers['grpc-status'] === undefined) return
      status = String(headers['grpc-status'])
      problem = decodeURIComponent(String(headers['grpc-message'] ?? ''))
    }
    stream.on('response', end)
    stream.on('trailers', end)
    stream.on('data', (part: Buffer) => parts.push(part))
    stream.on('error', reject)
    stream.on('close', () => {
      const body = Buffer.concat(parts)
      if (status !== '0') reject(new Error(`${path}: ${problem}`))
      else resolve(body.subarray(5, 5 + (body.length < 5 ? 0 : body.readUInt32BE(1))))
    })
    const prefix = Buffer.alloc(5)
    prefix.writeUInt32BE(message.length, 1)
    stream.end(Buffer.concat([prefix, message]))
  })
}

/** A length-delimited field, or a boolean one. https://protobuf.dev/programming-guides/encoding/ */
export function field(number: number, value: string | Buffer | boolean): Buffer {
  if (typeof value === 'boolean') return Buffer.concat([varint(number * 8), varint(value ? 1 : 0)])
  const bytes = Buffer.from(value as string)
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes])
}

/** A field `map<string, string>`. */
export function mapField(number: number, entries: Readonly<Record<string, string>>): Buffer {
  return Buffer.concat(
    Object.entries(entries).map(([key, value]) =>
      field(number, Buffer.concat([field(1, key), field(2, value)])),
    ),
  )
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80)
  return Buffer.from([...bytes, rest])
}

/** The values of all length-delimited fields of this number. */
export function fieldsOf(message: Buffer, number: number): Buffer[] {
  const found: Buffer[] = []
  let position = 0
  const next = () => {
    let value = 0
    for (let factor = 1; ; factor *= 0x80) {
      const byte = message[position++]
      if (byte === undefined) throw new Error('the protobuf message is cut off')
      value += (byte % 0x80) * factor
      if (byte < 0x80) return value
    }
  }
  while (position < message.length) {
    const tag = next()
    const wire = tag % 8
    if (wire === 0) next()
    else if (wire === 1) position += 8
    else if (wire === 5) position += 4
    else {
      const length = next()
      if (Math.floor(tag / 8) === number) found.push(message.subarray(position, position + length))
      position += length
    }
  }
  return found
}
