import { createServer } from 'node:net'

/** Below those that the system gives to connections: the port of a daemon that is restarted must not be taken meanwhile. */
const FIRST = 20_000
const LAST = 32_000

/**
 * A port on 127.0.0.1 at which nobody listens. It stays with this process also while nobody listens there, as before a daemon that is
 * restarted: another process that wants to reserve it finds it taken.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST))
    if ((await listens(port, '127.0.0.1', 'briefly')) && (await listens(port, '127.0.0.2', 'for good')))
      return port
  }
  throw new Error(`no port from ${FIRST} to ${LAST} is free`)
}

function listens(port: number, host: string, howLong: 'briefly' | 'for good'): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer().unref()
    server.once('error', () => resolve(false))
    server.listen(port, host, () => {
      if (howLong === 'briefly') server.close(() => resolve(true))
      else resolve(true)
    })
  })
}
