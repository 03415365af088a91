/** What becomes of a connection on which an engine consents to another protocol, and then does something else. */
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DockLockError } from '../../../src/core/error.ts'
import { openContent } from '../../../src/stores/buildkit/content.ts'
import { openGrpc } from '../../../src/stores/buildkit/grpc.ts'
import { parseHost } from '../../../src/stores/connection/endpoint.ts'
import { openEngine } from '../../../src/stores/connection/engine-http.ts'

const test = suite('upgrade')
const DIGEST = `sha256:${'a'.repeat(64)}`
const CONSENT = 'HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n'

/** Asks for a blob through the connection; how that ended. */
async function ask(peer: (socket: Socket) => void, signal: AbortSignal): Promise<unknown> {
  const sockets: Socket[] = []
  const server = createServer(socket => {
    sockets.push(socket)
    socket.on('error', () => {})
    socket.once('data', () => peer(socket))
  })
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  const http = await openEngine(parseHost(`tcp://127.0.0.1:${port}`, '--host', {}))
  try {
    const connection = await http.upgrade('/grpc', 'h2c', signal)
    // As long as it takes to load what speaks the other protocol.
    await new Promise(loaded => setTimeout(loaded, 50))
    const content = openContent(await openGrpc(connection, 1000))
    try {
      return await content.info(DIGEST, signal)
    } finally {
      content.close()
    }
  } catch (error) {
    return error
  } finally {
    http.close()
    for (const socket of sockets) socket.destroy()
    await new Promise(closed => server.close(closed))
  }
}

const peers: Record<string, (socket: Socket) => void> = {
  'resets the connection': socket => socket.write(CONSENT, () => socket.resetAndDestroy()),
  'ends the connection': socket => socket.end(CONSENT),
  'goes on with HTTP/1': socket => socket.write(`${CONSENT}HTTP/1.1 200 OK\r\n\r\n`),
  'sends garbage': socket => socket.write(`${CONSENT}${'\u001b[31m\0'.repeat(10_000)}`),
  'says nothing': socket => socket.write(CONSENT),
  'does not consent': socket => socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'),
  'does not answer': socket => socket.end(),
}
for (const [what, peer] of Object.entries(peers)) {
  test(`an engine that ${what}: the question fails, nothing else`, async () => {
    assert.instance(await ask(peer, new AbortController().signal), Error)
  })
}

for (const [what, peer] of [
  ['before it consents', () => {}],
  ['when it consented and says nothing', (socket: Socket) => socket.write(CONSENT)],
] as const) {
  test(`Ctrl-C ${what} ends the question`, async () => {
    const controller = new AbortController()
    setTimeout(() => controller.abort(), 200)
    const error = await ask(peer, controller.signal)
    assert.instance(error, DockLockError)
    assert.is((error as DockLockError).code, 'interrupted')
  })
}

test.run()
