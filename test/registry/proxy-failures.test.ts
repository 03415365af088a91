import { createServer } from 'node:http'
import { type AddressInfo, createServer as createSocketServer, type Socket } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { failure, reference, resolverWith } from './support.ts'

const test = suite('registry/proxy-failures')

/** A proxy that answers everything with `status`; what it was asked, in order. */
async function withProxy(
  status: number,
  use: (address: string, asked: readonly string[]) => Promise<void>,
): Promise<void> {
  const asked: string[] = []
  const proxy = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    response.writeHead(status, { 'proxy-authenticate': 'Basic realm="proxy"' }).end()
  })
  proxy.on('connect', (request, socket) => {
    asked.push(`CONNECT ${request.url}`)
    socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`)
  })
  await new Promise<void>(done => proxy.listen(0, '127.0.0.1', done))
  try {
    await use(`127.0.0.1:${(proxy.address() as AddressInfo).port}`, asked)
  } finally {
    proxy.closeAllConnections()
    await new Promise(done => proxy.close(done))
  }
}

/** What is said about an image behind `registry.invalid` when that is reached by way of the proxy. */
async function saidThrough(proxy: string, insecure: boolean): Promise<string> {
  const url = `http://me:pl4nted@${proxy}`
  const resolver = resolverWith({
    env: { HTTPS_PROXY: url, HTTP_PROXY: url },
    ...(insecure && { insecureRegistries: ['registry.invalid'] }),
  })
  try {
    const error = await failure(resolver.resolve(reference('registry.invalid/o/i:1')), 'unreachable', {
      secrets: ['pl4nted', Buffer.from('me:pl4nted').toString('base64')],
    })
    return `${error.message}\n${error.hint}`
  } finally {
    await resolver.close()
  }
}

for (const [status, insecure, says] of [
  [407, false, 'requires a valid user and password'],
  [407, true, 'requires a valid user and password'],
  [403, false, 'refuses connections to registry.invalid (403)'],
] as const)
  test(`${status}${insecure ? ', by http too' : ''}: it is said of the proxy, which is asked once`, () =>
    withProxy(status, async (proxy, asked) => {
      const said = await saidThrough(proxy, insecure)
      assert.match(said, `the proxy ${proxy}`)
      assert.match(said, says)
      assert.match(said, 'HTTPS_PROXY')
      assert.not.match(said, /UND_ERR|Tunneling/)
      assert.is(asked.length, insecure ? 2 : 1, asked.join(', '))
    }))

test('a host that the proxy cannot reach is asked for again', () =>
  withProxy(502, async (proxy, asked) => {
    const said = await saidThrough(proxy, false)
    assert.match(said, `the proxy ${proxy} cannot reach registry.invalid (502)`)
    assert.is(asked.length, 3)
  }))

test('a proxy that is gone is not taken for the registry', async () => {
  const said = await saidThrough('127.0.0.1:9', false)
  assert.match(said, 'the proxy 127.0.0.1:9')
  assert.match(said, 'refused the connection')
  assert.match(said, 'NO_PROXY')
})

/** A proxy that does with each connection what `serve` does. */
async function withSocketProxy(
  serve: (socket: Socket) => void,
  use: (address: string, connections: () => number) => Promise<void>,
): Promise<void> {
  const sockets = new Set<Socket>()
  const proxy = createSocketServer(socket => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    serve(socket)
  })
  await new Promise<void>(done => proxy.listen(0, '127.0.0.1', done))
  try {
    await use(`127.0.0.1:${(proxy.address() as AddressInfo).port}`, () => sockets.size)
  } finally {
    for (const each of sockets) each.destroy()
    await new Promise(done => proxy.close(done))
  }
}

test('a proxy that accepts connections and says nothing is asked once, and named', () =>
  withSocketProxy(
    () => undefined,
    async (proxy, connections) => {
      const shared = resolverWith({ env: { HTTPS_PROXY: `http://${proxy}` }, connectTimeout: 200 })
      try {
        const images = Array.from({ length: 20 }, (_, n) => reference(`registry.invalid/o/i${n}:1`))
        await Promise.all(
          images.map(each =>
            failure(shared.resolve(each), 'unreachable', {
              says: [`the proxy ${proxy} did not connect to registry.invalid within 0.2 s`, 'HTTPS_PROXY'],
            }),
          ),
        )
        assert.is(connections(), 1)
      } finally {
        await shared.close()
      }
    },
  ))

test('a proxy that says nothing to plain http is waited for as a registry is', () =>
  withSocketProxy(
    () => undefined,
    async (proxy, connections) => {
      const shared = resolverWith({
        env: { HTTP_PROXY: `http://${proxy}` },
        mirrors: ['http://mirror.invalid'],
        responseTimeout: 200,
        rules: [
          { prefix: 'docker.io', location: '127.0.0.1:9', insecure: true, blocked: false, mirrors: [] },
        ],
      })
      try {
        await failure(shared.resolve(reference('alpine:1')), 'unreachable', {
          says: [`mirror.invalid via the proxy ${proxy} did not answer within 0.2 s`],
        })
        assert.is(connections(), 1)
      } finally {
        await shared.close()
      }
    },
  ))

test('a host that says nothing behind a proxy is not taken for the proxy', () =>
  withSocketProxy(
    socket => socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\n\r\n')),
    async (proxy, connections) => {
      const shared = resolverWith({ env: { HTTPS_PROXY: `http://${proxy}` }, connectTimeout: 200 })
      try {
        for (const tag of ['1', '2'])
          await failure(shared.resolve(reference(`registry.invalid/o/i:${tag}`)), 'unreachable', {
            says: [`no connection to registry.invalid via the proxy ${proxy} within 0.2 s`],
          })
        assert.is(connections(), 1)
      } finally {
        await shared.close()
      }
    },
  ))

test.run()
