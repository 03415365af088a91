import { once } from 'node:events'
import { createConnection, createServer, type Socket } from 'node:net'

/** A unix socket before that of an engine, which reads what is asked over it. */
export interface Counter {
  /** For DOCKER_HOST. */
  readonly host: string
  /** `GET /v1.51/info`, with queries, since the last time it was asked. */
  seen(): readonly string[]
  stop(): Promise<void>
}

/** Bytes pass as they come, both ways. It counts requests without a body, each sent at once, as dock-lock's are. */
export async function startCounter(engine: string, socket: string): Promise<Counter> {
  let requests: string[] = []
  const open = new Set<Socket>()
  const server = createServer(client => {
    const upstream = createConnection(engine)
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(one)
      one.pipe(other)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        open.delete(one)
        other.destroy()
      })
    }
    client.on('data', (chunk: Buffer) => {
      for (const [, what = ''] of chunk.toString('latin1').matchAll(/^([A-Z]+ \S+) HTTP\/1\.1\r$/gm))
        requests.push(what)
    })
  })
  server.listen(socket)
  await once(server, 'listening')
  return {
    host: `unix://${socket}`,
    seen() {
      const seen = requests
      requests = []
      return seen
    },
    async stop() {
      const closed = once(server, 'close')
      server.close()
      for (const one of open) one.destroy()
      await closed
    },
  }
}
