/** Registries that are insecure by the address that their name leads to, as Docker has it. */
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createEndpoints } from '../../src/registry/endpoints/endpoints.ts'
import { type EmbeddedRegistry, selfSignedCertificate } from '../support/registry/index.ts'
import { failure, reference, type resolverWith, withRegistry } from './support.ts'

const test = suite('registry/addresses')

const CIDRS = ['127.0.0.0/8', '::1/128', '10.0.0.0/8']
const names: Readonly<Record<string, readonly string[]>> = {
  'inside.invalid': ['192.0.2.1', '10.1.2.3'],
  'outside.invalid': ['192.0.2.1'],
}

/** A registry that every name leads to, by a proxy: what was looked up besides. */
async function withNames(
  traits: Parameters<typeof withRegistry>[0],
  use: (
    registry: EmbeddedRegistry,
    resolve: (image: string) => Promise<unknown>,
    looked: readonly string[],
  ) => Promise<void>,
  options: Parameters<typeof resolverWith>[0] = {},
): Promise<void> {
  await withRegistry({ answerAnything: true, ...traits }, async (registry, resolver) => {
    const open = new Set<Socket>()
    const looked: string[] = []
    const proxy = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? '')
      response.writeHead(307, { location: `${registry.url}${pathname}` }).end()
    })
    proxy.on('connect', (_request, socket) => {
      const onward = connect(registry.port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n')
        onward.pipe(socket).pipe(onward)
      })
      for (const each of [onward, socket as Socket]) {
        open.add(each)
        each.on('error', () => each.destroy())
      }
    })
    await new Promise<void>(done => proxy.listen(0, '127.0.0.1', done))
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
    const shared = resolver({
      env: { HTTPS_PROXY: url, HTTP_PROXY: url },
      insecureCidrs: CIDRS,
      async lookUp(name) {
        looked.push(name)
        return names[name] ?? []
      },
      ...options,
    })
    try {
      await use(registry, image => shared.resolve(reference(image)), looked)
    } finally {
      await shared.close()
      for (const each of open) each.destroy()
      proxy.closeAllConnections()
      await new Promise(done => proxy.close(done))
    }
  })
}

test('a name that leads to an insecure address needs no certificate, and is looked up once', () =>
  withNames({ tls: selfSignedCertificate() }, async (_registry, resolve, looked) => {
    await resolve('inside.invalid/o/i:1')
    await resolve('inside.invalid/o/i:2')
    assert.equal(looked, ['inside.invalid'])
  }))

test('it may speak plain http', () =>
  withNames({}, async (registry, resolve) => {
    await resolve('inside.invalid/o/i:1')
    assert.is(registry.requests.length, 1)
  }))

test('other names and addresses need one', () =>
  withNames({ tls: selfSignedCertificate() }, async (_registry, resolve, looked) => {
    for (const host of ['outside.invalid', 'unknown.invalid', '192.0.2.7'])
      await failure(resolve(`${host}/o/i:1`), 'unreachable', { says: [host, 'no TLS'] })
    await failure(resolve('alpine:1'), 'unreachable', { says: ['no TLS'] })
    assert.equal(looked, ['outside.invalid', 'unknown.invalid'])
  }))

test('without insecure addresses no name is looked up', () =>
  withNames(
    { tls: selfSignedCertificate() },
    async (_registry, resolve, looked) => {
      await failure(resolve('inside.invalid/o/i:1'), 'unreachable', { says: ['no TLS'] })
      assert.equal(looked, [])
    },
    { insecureCidrs: [] },
  ))

test('the token service of such a registry is insecure as well, a mirror keeps its scheme', async () => {
  const hosts = createEndpoints({
    insecureCidrs: CIDRS,
    mirrors: ['https://inside.invalid:5000'],
    lookUp: async name => names[name] ?? [],
  })
  const [mirror] = hosts.endpoints(reference('alpine:1'))
  assert.not.ok(hosts.isInsecure('inside.invalid:5000'))
  const found = await hosts.byAddress(mirror!)
  assert.equal(
    found.map(({ origin, verifyTls }) => `${origin} ${verifyTls}`),
    ['https://inside.invalid:5000 false'],
  )
  assert.ok(hosts.isInsecure('inside.invalid:5000'))
})

test.run()
