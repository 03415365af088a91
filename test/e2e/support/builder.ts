/**
 * A buildx builder whose driver is not `docker`, without a BuildKit image: the `remote` driver, over the BuildKit of an engine. The engine
 * speaks gRPC on its own socket to whoever upgrades a connection; a proxy does that for buildx, which knows the address only.
 */
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import type { Engine } from './engines.ts'
import { runOrThrow } from './exec.ts'

export interface Builder {
  readonly name: string
  /** Where its BuildKit listens: a node of any builder. */
  readonly address: string
  /** The BuildKit is there, or nothing listens. */
  setUp(up: boolean): Promise<void>
  stop(): Promise<void>
}

/** Makes the builder known to the client of the engine. `directory`: where its socket is to be. */
export async function startBuilder(engine: Engine, directory: string, name: string): Promise<Builder> {
  const path = join(directory, `${name}.sock`)
  const sockets = new Set<Socket>()
  const server = createServer(incoming => {
    const outgoing = connect(engine.socket)
    for (const socket of [incoming, outgoing]) {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
      socket.on('error', () => {})
    }
    incoming.on('close', () => outgoing.destroy())
    outgoing.on('close', () => incoming.destroy())
    incoming.pause()
    outgoing.write('POST /grpc HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n')
    let head = Buffer.alloc(0)
    const upgrade = (part: Buffer) => {
      head = Buffer.concat([head, part])
      const end = head.indexOf('\r\n\r\n')
      if (end < 0) return
      outgoing.off('data', upgrade)
      outgoing.pause()
      if (!head.toString('latin1').startsWith('HTTP/1.1 101 ')) return incoming.destroy()
      incoming.write(head.subarray(end + 4))
      incoming.pipe(outgoing)
      outgoing.pipe(incoming)
    }
    outgoing.on('data', upgrade)
  })
  const setUp = async (up: boolean) => {
    if (up === server.listening) return
    if (up) {
      server.listen(path)
      await once(server, 'listening')
      return
    }
    const closed = once(server, 'close')
    server.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }
  await setUp(true)
  const buildx = (...args: readonly string[]) =>
    runOrThrow('docker', ['buildx', ...args], { env: engine.env, timeoutMs: 60_000 })
  const address = `unix://${path}`
  await buildx('create', '--name', name, '--driver', 'remote', address)
  return {
    name,
    address,
    setUp,
    async stop() {
      await buildx('rm', '--force', name)
      await setUp(false)
      rmSync(path, { force: true })
    },
  }
}
