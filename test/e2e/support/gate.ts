import { once } from 'node:events'
import {
  type ClientRequest,
  createServer,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from './ports.ts'

/**
 * `pass` forwards; `refuse` closes the port, so that a connection is refused at once; `hang` accepts connections and
 * reads requests but never answers: the network that finds what waits for it. `stall` passes all but blobs, of which it
 * gives the beginning and no more.
 */
export type GateMode = 'pass' | 'refuse' | 'hang' | 'stall'

export interface GateRequest {
  readonly method: string
  /** Path and query, as asked for. */
  readonly url: string
  readonly host: string | undefined
  readonly userAgent: string | undefined
  readonly mode: GateMode
}

/** An HTTP proxy on loopback before a registry: what engines and the command talk to. */
export interface Gate {
  readonly port: number
  /** `127.0.0.1:PORT` */
  readonly address: string
  readonly mode: () => GateMode
  /** Open connections end at a change of mode. `latencyMs` delays each request from then on. */
  setMode(mode: GateMode, latencyMs?: number): Promise<void>
  /** What was asked since the start or the last `clear`. What is refused cannot be seen. */
  readonly requests: () => readonly GateRequest[]
  clear(): void
  /** How many connections came in the same time: one that only greets in TLS asks nothing yet. */
  readonly connections: () => number
  stop(): Promise<void>
}

export interface GateOptions {
  /** Port of the registry on 127.0.0.1. */
  readonly upstream: number
  /** Default, also for 0: any free one. */
  readonly port?: number
}

export async function startGate(options: GateOptions): Promise<Gate> {
  let mode: GateMode = 'pass'
  let latency = 0
  let recorded: GateRequest[] = []
  let connections = 0
  const sockets = new Set<Socket>()
  const server = createServer(async (incoming, outgoing) => {
    const { method = '', url = '', headers } = incoming
    recorded.push({ method, url, host: headers.host, userAgent: headers['user-agent'], mode })
    if (mode === 'hang') return
    if (latency > 0) await sleep(latency)
    const limit = mode === 'stall' && url.includes('/blobs/') ? STALL_AFTER : undefined
    if (!outgoing.destroyed) forward(options.upstream, incoming, outgoing, limit)
  })
  server.on('connection', (socket: Socket) => {
    connections += 1
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  // A TLS greeting is one: engines try https first, and go on with http when they are answered in HTTP.
  server.on('clientError', (_error, socket) => {
    if (mode !== 'hang') socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')
  })
  server.keepAliveTimeout = 60_000
  server.requestTimeout = 0
  server.headersTimeout = 0
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  }
  const close = async () => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }
  // Not one that the system hands out: while the gate is closed, nobody else may get its port.
  await listen(options.port || (await freePort()))
  const { port } = server.address() as AddressInfo
  return {
    port,
    address: `127.0.0.1:${port}`,
    mode: () => mode,
    async setMode(next, latencyMs = 0) {
      await close()
      mode = next
      latency = latencyMs
      if (next !== 'refuse') await listen(port)
    },
    requests: () => recorded,
    clear() {
      recorded = []
      connections = 0
    },
    connections: () => connections,
    stop: close,
  }
}

/** Bytes of a blob. */
const STALL_AFTER = 1024 * 1024

/** `limit`: bytes of the body after which nothing more comes. */
function forward(
  port: number,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  limit = Number.POSITIVE_INFINITY,
): void {
  const { method, url, headers } = incoming
  const upstream: ClientRequest = request({ host: '127.0.0.1', port, method, path: url, headers }, answer => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
    if (Number(answer.headers['content-length'] ?? 0) <= limit) return answer.pipe(outgoing)
    let passed = 0
    answer.on('data', (chunk: Buffer) => {
      if (passed < limit) outgoing.write(chunk)
      passed += chunk.length
    })
  })
  upstream.on('error', () => outgoing.destroy())
  outgoing.on('close', () => upstream.destroy())
  incoming.pipe(upstream)
}
