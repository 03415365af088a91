import { createServer } from 'node:net'

/** Below those that the system gives to connections: the port of a daemon that is restarted must not be taken meanwhile. */
const FIRST = 20_000
const LAST = 32_000

/** A port on 127.0.0.1 at which nobody listens. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST))
    if (await isFree(port)) return port
  }
  throw new Error(`no port from ${FIRST} to ${LAST} is free`)
}

function isFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
