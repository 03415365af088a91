import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DockLockError } from '../../../src/core/error.ts'
import { selfSignedCertificate } from '../../support/registry/index.ts'
import { base64, failure, reference, seen, withRegistries, withRegistry } from '../support.ts'

const test = suite('registry/mirrors')

const none = (): boolean => false

test('a mirror of Docker Hub is asked in its place, and told so', () =>
  withRegistry({}, async (mirror, resolver) => {
    const { digest } = mirror.addImage('library/alpine', '3.20')
    const resolution = await resolver({ mirrors: [mirror.url] }).resolve(reference('alpine:3.20'), none)
    assert.is(resolution.descriptor.digest, digest)
    assert.equal(
      mirror.requests.map(({ method, path, query }) => `${method} ${path} ${query}`),
      [
        'HEAD /v2/library/alpine/manifests/3.20 ns=docker.io',
        `GET /v2/library/alpine/manifests/${digest} ns=docker.io`,
      ],
    )
  }))

test('mirrors are asked in order until one has an answer, the registry last', () =>
  withRegistries([{}, {}, {}, {}], async ([gone, lacks, ails, registry], resolver) => {
    await gone!.down()
    ails!.fault({}, { kind: 'status', status: 500 })
    registry!.addImage('o/i', '1')
    const mirrors = [gone!, lacks!, ails!].map(({ url }) => url)
    const shared = resolver({ registries: { [registry!.host]: { mirrors } } })
    await shared.resolve(reference(registry!.reference('o/i', '1')), none)
    assert.equal(seen(lacks!), ['HEAD /v2/o/i/manifests/1'])
    assert.equal([...new Set(seen(ails!))], ['HEAD /v2/o/i/manifests/1'])
    assert.is(registry!.requests.length, 2)
    assert.equal([...registry!.requests[0]!.query], [])
    for (const each of [lacks!, ails!]) assert.is(each.requests[0]!.query.get('ns'), registry!.host)
  }))

test('a mirror that trickles leaves the registry its time', () =>
  withRegistries([{}, {}], async ([mirror, registry], resolver) => {
    for (const { addImage } of [mirror!, registry!]) addImage('o/i', '1')
    mirror!.fault({ method: 'GET' }, { kind: 'slow', bytesPerSecond: 20 })
    const registries = { [registry!.host]: { mirrors: [mirror!.url] } }
    const shared = resolver({ registries, totalTimeout: 1_000 })
    await shared.resolve(reference(registry!.reference('o/i', '1')), none)
    assert.equal(seen(mirror!).length, 2)
    registry!.fault({}, { kind: 'status', status: 403 })
    const other = resolver({ registries, totalTimeout: 1_000 })
    await failure(other.resolve(reference(registry!.reference('o/i', '1')), none), 'denied', {
      says: [`its mirror ${mirror!.host}: ${mirror!.host} took longer than 0.5 s`],
    })
  }))

test('what mirror and registry said is told, the word of the registry first', () =>
  withRegistries([{}, {}], async ([mirror, registry], resolver) => {
    mirror!.fault({}, { kind: 'status', status: 403 })
    const shared = resolver({ registries: { [registry!.host]: { mirrors: [mirror!.url] } } })
    await failure(shared.resolve(reference(registry!.reference('o/i', '1'))), 'not-found', {
      says: [registry!.host, mirror!.host, '403'],
    })
  }))

test("Podman's mirrors hold an image under other names, are not told whom they stand for, and have credentials of their own", () =>
  withRegistries([{}, { auth: { kind: 'basic', users: { u: 'p' } } }], async ([gone, mirror], resolver) => {
    await gone!.down()
    const { digest } = mirror!.addImage('copies/hub/library/alpine', '3.20')
    const place = (location: string) => ({ location, insecure: true, serves: 'all' as const })
    const rule = { prefix: 'docker.io', location: 'docker.io', insecure: false, blocked: false }
    const rules = [{ ...rule, mirrors: [place(gone!.host), place(`${mirror!.host}/copies/hub`)] }]
    const auths = { [`${mirror!.host}/copies`]: { auth: base64('u:p') } }
    const resolution = await resolver({ rules, auths }).resolve(reference('alpine:3.20'), none)
    assert.is(resolution.descriptor.digest, digest)
    assert.equal([...new Set(seen(mirror!))].sort(), [
      `GET /v2/copies/hub/library/alpine/manifests/${digest}`,
      'HEAD /v2/copies/hub/library/alpine/manifests/3.20',
    ])
    for (const { query } of mirror!.requests) assert.equal([...query], [])
  }))

test('a mirror that forges is the end, not passed over', () =>
  withRegistries([{}, {}], async ([mirror, registry], resolver) => {
    for (const { addImage } of [mirror!, registry!]) addImage('o/i', '1')
    mirror!.fault({ method: 'GET' }, { kind: 'wrong-body' })
    const shared = resolver({ registries: { [registry!.host]: { mirrors: [mirror!.url] } } })
    await failure(shared.resolve(reference(registry!.reference('o/i', '1')), none), 'untrusted', {
      says: [mirror!.host],
    })
    assert.is(registry!.requests.length, 0)
  }))

test('the index comes from where the tag was found, or from the next one that has it', () =>
  withRegistries([{}, {}, {}], async ([lacks, has, registry], resolver) => {
    for (const { addImage } of [has!, registry!]) addImage('o/i', '1')
    const mirrors = [lacks!.url, has!.url]
    await resolver({ registries: { [registry!.host]: { mirrors } } }).resolve(
      reference(registry!.reference('o/i', '1')),
      none,
    )
    assert.is(lacks!.requests.length, 1)
    assert.is(has!.requests.length, 2)
    assert.is(registry!.requests.length, 0)
    has!.fault({ method: 'GET' }, { kind: 'status', status: 404 })
    await resolver({ registries: { [registry!.host]: { mirrors } } }).resolve(
      reference(registry!.reference('o/i', '1')),
      none,
    )
    assert.is(registry!.requests.length, 1)
  }))

test('a mirror gets its own credentials, never those of the registry', () => {
  const users = { user: 'pl4nted' }
  const entry = { auth: base64('user:pl4nted') }
  return withRegistries(
    [{ auth: { kind: 'basic', users } }, { auth: { kind: 'basic', users } }],
    async ([mirror, registry], resolver) => {
      for (const { addImage } of [mirror!, registry!]) addImage('o/i', '1')
      const registries = { [registry!.host]: { mirrors: [mirror!.url] } }
      const asked = reference(registry!.reference('o/i', '1'))
      await resolver({ registries, auths: { [registry!.host]: entry } }).resolve(asked)
      assert.ok(mirror!.requests.every(({ headers }) => headers.authorization === undefined))
      assert.ok(registry!.requests.some(({ authorized }) => authorized))
      registry!.clear()
      await resolver({ registries, auths: { [mirror!.host]: entry } }).resolve(asked)
      assert.is(registry!.requests.length, 0)
    },
  )
})

test('a mirror under a path', () =>
  withRegistry({ auth: { kind: 'bearer' } }, async (mirror, resolver) => {
    mirror.addImage('proxy/hub/library/alpine', '3.20')
    await resolver({ mirrors: [`${mirror.url}/proxy/hub/`] }).resolve(reference('alpine:3.20'), none)
    assert.is(mirror.requests[1]!.query.get('scope'), 'repository:proxy/hub/library/alpine:pull')
  }))

test('a registry on loopback that speaks TLS is found after http, and http is then left alone', () =>
  withRegistry({ tls: selfSignedCertificate(), answerAnything: true }, async (registry, resolver) => {
    const shared = resolver()
    await shared.resolve(reference(registry.reference('o/i', '1')), none)
    const { requests } = shared
    assert.ok(requests > 2)
    await shared.resolve(reference(registry.reference('o/i', '2')), none)
    assert.is(shared.requests, requests + 2)
  }))

test('plain http that breaks is not repeated while TLS is left to try', () =>
  withRegistry({ tls: selfSignedCertificate(), answerAnything: true }, async (registry, resolver) => {
    const shared = resolver()
    await shared.resolve(reference(registry.reference('o/i', '1')), none)
    assert.is(registry.requests.length, 2)
    assert.is(shared.requests, 3)
  }))

test('plain http that breaks for once is repeated when there is no TLS', () =>
  withRegistry({ answerAnything: true }, async (registry, resolver) => {
    registry.fault({ times: 2 }, { kind: 'close' })
    const shared = resolver()
    await shared.resolve(reference(registry.reference('o/i', '1')), none)
    await shared.resolve(reference(registry.reference('o/i', '2')), none)
    assert.is(registry.requests.length, 6)
  }))

test('a server that answers plain http with 400 is asked over https', () =>
  withRegistry({}, async (registry, resolver) => {
    registry.addImage('o/i', '1')
    registry.fault({}, { kind: 'status', status: 400 })
    // There is no TLS behind it, so that what http said is what is told.
    await failure(resolver().resolve(reference(registry.reference('o/i', '1'))), 'unreachable', {
      says: ['400'],
    })
  }))

test('proxies of the environment are used, but not for loopback', () =>
  withRegistry({ tls: selfSignedCertificate(), answerAnything: true }, async (registry, resolver) => {
    const asked: string[] = []
    const tunnels: Socket[] = []
    const proxy = createServer((_, response) => response.writeHead(502).end())
    proxy.on('connect', (request, socket) => {
      tunnels.push(socket as Socket)
      asked.push(`${request.url} ${request.headers['proxy-authorization'] ?? '-'}`)
      const onward = connect(registry.port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n')
        onward.pipe(socket).pipe(onward)
      })
      for (const each of [onward, socket]) each.on('error', () => each.destroy())
    })
    await new Promise<void>(resolve => proxy.listen(0, '127.0.0.1', resolve))
    const { port } = proxy.address() as AddressInfo
    try {
      const env = { HTTPS_PROXY: `http://me:secret@127.0.0.1:${port}`, NO_PROXY: 'direct.invalid' }
      const shared = resolver({ env, insecureRegistries: ['registry.invalid'] })
      await shared.resolve(reference('registry.invalid/o/i:1'), none)
      assert.equal([...new Set(asked)], [`registry.invalid:443 Basic ${base64('me:secret')}`])
      asked.length = 0
      await shared.resolve(reference(registry.reference('o/i', '1')), none)
      assert.equal(asked, [])
      const refused = resolver({
        env: { HTTP_PROXY: '127.0.0.1:9', HTTPS_PROXY: '127.0.0.1:9' },
        insecureRegistries: ['registry.invalid'],
      })
      await failure(refused.resolve(reference('registry.invalid/o/i:1')), 'unreachable', {
        says: ['registry.invalid', 'HTTPS_PROXY', 'NO_PROXY'],
      })
      for (const value of ['http://', 'ftp://pl4nted', 'http://me:pl4nted@:1'])
        assert.throws(
          () => resolver({ env: { HTTPS_PROXY: value } }),
          (error: unknown) =>
            error instanceof DockLockError && error.code === 'config' && !error.message.includes('pl4nted'),
        )
    } finally {
      for (const each of tunnels) each.destroy()
      proxy.closeAllConnections()
      await new Promise(resolve => proxy.close(resolve))
    }
  }))

test.run()
