import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'

export interface TlsOptions {
  /** PEM. */
  readonly key: string
  /** PEM. */
  readonly cert: string
}

export interface Listener {
  readonly port: number
  /** TCP connections accepted so far. */
  readonly connections: number
  /** Listens, from the second time on at the same port. */
  open(): Promise<void>
  /** Stops listening and destroys every connection. */
  close(): Promise<void>
}

/** An HTTP(S) server on 127.0.0.1; `port` 0 takes a free one. */
export function createListener(handler: RequestListener, port = 0, tls?: TlsOptions): Listener {
  const server: Server = tls ? createTlsServer({ ...tls }, handler) : createServer(handler)
  const sockets = new Set<Socket>()
  let connections = 0
  server.on('connection', (socket: Socket) => {
    connections += 1
    sockets.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => sockets.delete(socket))
  })
  // A client that does not trust the certificate is no error of the server.
  server.on('tlsClientError', () => {})
  return {
    get port() {
      return port
    },
    get connections() {
      return connections
    },
    async open() {
      if (server.listening) return
      server.listen(port, '127.0.0.1')
      await once(server, 'listening')
      port = (server.address() as AddressInfo).port
    },
    async close() {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
