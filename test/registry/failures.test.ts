import { createServer, type Server } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createEndpoints } from '../../src/registry/endpoints/endpoints.ts'
import { HttpFailure } from '../../src/registry/transport/failure.ts'
import { createHttp, type Http } from '../../src/registry/transport/request.ts'
import { retryAfter } from '../../src/registry/transport/retry-after.ts'
import { createTransport } from '../../src/registry/transport/transport.ts'
import { digestsByPlatform } from '../support/platform.ts'
import { makeImage, selfSignedCertificate, startRegistry } from '../support/registry/index.ts'
import { failure, reference, resolverWith, seen, withRegistry } from './support.ts'

const test = suite('registry/failures')

const none = (): boolean => false

test('404 is not-found, with registry and reference', () =>
  withRegistry({}, async (registry, resolver) => {
    const shared = resolver()
    await failure(shared.resolve(reference(registry.reference('o/i', '1'))), 'not-found', {
      says: [registry.host, `${registry.host}/o/i:1`, 'Check'],
    })
    registry.addImage('o/i', '1')
    await failure(shared.resolve(reference(registry.reference('o/i', '2'))), 'not-found')
    assert.is(registry.requests.length, 2)
  }))

test('403 is denied, once', () =>
  withRegistry({}, async (registry, resolver) => {
    registry.fault({}, { kind: 'status', status: 403 })
    const asked = resolver().resolve(reference(registry.reference('o/i', '1')))
    await failure(asked, 'denied', { says: [registry.host, 'o/i:1', `docker login ${registry.host}`] })
    assert.is(registry.requests.length, 1)
  }))

test('429 is rate-limited; the limit and what is left are said; a long Retry-After is not waited for', () =>
  withRegistry({}, async (registry, resolver) => {
    const headers = {
      'ratelimit-limit': '100;w=21600',
      'ratelimit-remaining': '0;w=21600',
      'retry-after': '7200',
    }
    registry.fault({}, { kind: 'status', status: 429, headers })
    await failure(resolver().resolve(reference(registry.reference('o/i', '1'))), 'rate-limited', {
      says: ['100 are allowed per 6 h', '0 are left', 'try again in 2 h', 'docker login'],
    })
    assert.is(registry.requests.length, 1)
    registry.clearFaults()
    registry.fault({}, { kind: 'status', status: 429 })
    const shared = resolver()
    await failure(shared.resolve(reference(registry.reference('o/i', '1'))), 'rate-limited')
    assert.is(registry.requests.length, 6)
    // Five times no is the answer for others, too.
    await failure(shared.resolve(reference(registry.reference('o/i', '2'))), 'rate-limited')
    assert.is(registry.requests.length, 7)
    registry.clearFaults()
    registry.addImage('o/i', '3')
    await shared.resolve(reference(registry.reference('o/i', '3')))
  }))

test('how long a registry asks us to wait is said however it says it, of 503 as well', () =>
  withRegistry({}, async (registry, resolver) => {
    const date = new Date(Date.now() + 7_190_000).toUTCString()
    for (const [status, value, said] of [
      [429, date, 'try again in 2 h'],
      [429, '99999999999999', 'try again in more than a year'],
      [503, '7200', 'status 503; try again in 2 h'],
      [503, date, 'status 503; try again in 2 h'],
    ] as const) {
      registry.clear()
      registry.clearFaults()
      registry.fault({}, { kind: 'status', status, headers: { 'retry-after': value } })
      const asked = resolver().resolve(reference(registry.reference('o/i', '1')))
      await failure(asked, status === 429 ? 'rate-limited' : 'unreachable', { says: [said] })
      assert.is(registry.requests.length, 1)
    }
  }))

test('a token service that limits requests is named, and that logging in may help', () =>
  withRegistry({ auth: { kind: 'bearer' } }, async (registry, resolver) => {
    const headers = { 'retry-after': new Date(Date.now() + 7_200_000).toUTCString() }
    registry.fault({ pathRegex: /token/ }, { kind: 'status', status: 429, headers })
    await failure(resolver().resolve(reference(registry.reference('o/i', '1'))), 'rate-limited', {
      says: ['tokens', `docker login ${registry.host}`],
    })
    assert.is(registry.requests.length, 2)
  }))

test('what may pass is tried again, five times in all: 429, 5xx, connections that break', () =>
  withRegistry({ answerAnything: true }, async (registry, resolver) => {
    const passing = [
      { kind: 'status', status: 429, headers: { 'retry-after': '0' } },
      { kind: 'status', status: 503 },
      { kind: 'close' },
    ] as const
    await Promise.all(
      passing.map(async behaviour => {
        const name = `o/${behaviour.kind === 'status' ? behaviour.status : behaviour.kind}`
        registry.fault({ method: 'HEAD', pathRegex: new RegExp(name), times: 4 }, behaviour)
        const shared = resolver()
        await shared.resolve(reference(registry.reference('o/first', '1')), none)
        await shared.resolve(reference(registry.reference(name, '1')), none)
        assert.is(registry.requests.filter(({ path }) => path.includes(name)).length, 6, name)
      }),
    )
    registry.clear()
    await Promise.all(
      ([{ kind: 'reset' }, { kind: 'truncate' }] as const).map(async behaviour => {
        registry.fault({ method: 'GET', pathRegex: new RegExp(`o/${behaviour.kind}`), times: 2 }, behaviour)
        await resolver().resolve(reference(registry.reference(`o/${behaviour.kind}`, '1')), none)
      }),
    )
    assert.is(registry.requests.length, 8)
    registry.clear()
    registry.fault({}, { kind: 'status', status: 500 })
    const asked = resolver().resolve(reference(registry.reference('o/i', '1')))
    await failure(asked, 'unreachable', { says: [registry.host, '500'] })
    assert.is(registry.requests.length, 5)
  }))

test('a registry that refuses connections is asked no further, and says the same of every image', async () => {
  const registry = await startRegistry()
  const shared = resolverWith()
  try {
    await registry.down()
    const [one, two] = ['1', '2'].map(tag => reference(registry.reference('o/i', tag)))
    const first = await failure(shared.resolve(one!), 'unreachable', { says: [registry.host, 'refused'] })
    const { requests } = shared
    assert.is(requests, 3)
    const second = await failure(shared.resolve(two!), 'unreachable')
    assert.is(second.message.replace(':2', ':1'), first.message)
    assert.is(shared.requests, requests)
  } finally {
    await shared.close()
    await registry.close()
  }
})

test('a host that breaks every connection is down as well', () =>
  withRegistry({ answerAnything: true }, async (registry, resolver) => {
    registry.fault({}, { kind: 'close' })
    const shared = resolver()
    for (const tag of ['1', '2'])
      await failure(shared.resolve(reference(registry.reference('o/i', tag))), 'unreachable', {
        says: ['broke', `o/i:${tag}`],
      })
    assert.is(registry.requests.length, 3)
  }))

test('a registry that is just being restarted is waited for', async () => {
  const registry = await startRegistry({ answerAnything: true })
  const shared = resolverWith()
  try {
    await registry.down()
    const asked = shared.resolve(reference(registry.reference('o/i', '1')))
    while (shared.requests === 0) await new Promise(setImmediate)
    await registry.up()
    await asked
  } finally {
    await shared.close()
    await registry.close()
  }
})

test('a registry that never answers is asked once, and the timeout is named', () =>
  withRegistry({ answerAnything: true }, async (registry, resolver) => {
    registry.fault({}, { kind: 'hang', at: 'headers' })
    const shared = resolver({ responseTimeout: 100 })
    const [one, two] = ['1', '2'].map(tag => reference(registry.reference('o/i', tag)))
    await failure(shared.resolve(one!), 'unreachable', {
      says: [registry.host, 'did not answer within 0.1 s'],
    })
    await failure(shared.resolve(two!), 'unreachable', { says: ['did not answer within 0.1 s', 'o/i:2'] })
    assert.is(registry.requests.length, 1)
  }))

test('one answer that hangs while others come is bad luck, and asked for again', () =>
  withRegistry({ answerAnything: true, latencyMs: 5 }, async (registry, resolver) => {
    registry.fault({ pathRegex: /unlucky/, times: 1 }, { kind: 'hang', at: 'headers' })
    const shared = resolver({ responseTimeout: 400 })
    const unlucky = shared.resolve(reference(registry.reference('o/unlucky', '1')))
    while (registry.requests.length === 0) await new Promise(resolve => setTimeout(resolve, 1))
    await shared.resolve(reference(registry.reference('o/i', '1')))
    await unlucky
    assert.equal(seen(registry).filter(text => text.includes('unlucky')).length, 2)
  }))

test('one answer that hangs after others came is asked for once more', () =>
  withRegistry({ answerAnything: true }, async (registry, resolver) => {
    const shared = resolver({ responseTimeout: 400 })
    await shared.resolve(reference(registry.reference('o/i', '1')))
    registry.fault({ pathRegex: /unlucky/, times: 1 }, { kind: 'hang', at: 'headers' })
    await shared.resolve(reference(registry.reference('o/unlucky', '1')))
    registry.clear()
    registry.fault({}, { kind: 'hang', at: 'headers' })
    for (const tag of ['2', '3'])
      await failure(shared.resolve(reference(registry.reference('o/i', tag))), 'unreachable')
    assert.is(registry.requests.length, 2)
  }))

test('a body that stops is an error that says so', () =>
  withRegistry({ answerAnything: true }, async (registry, resolver) => {
    registry.fault({ method: 'GET' }, { kind: 'hang', at: 'body' })
    const asked = resolver({ bodyTimeout: 100 }).resolve(reference(registry.reference('o/i', '1')), none)
    await failure(asked, 'unreachable', { says: [registry.host, 'sent nothing for 0.1 s'] })
  }))

test('a body that trickles is ended by the total', () =>
  withRegistry({ answerAnything: true }, async (registry, resolver) => {
    registry.fault({ method: 'GET' }, { kind: 'slow', bytesPerSecond: 20 })
    const asked = resolver({ totalTimeout: 300 }).resolve(reference(registry.reference('o/i', '1')), none)
    await failure(asked, 'unreachable', { says: [registry.host, 'longer than 0.3 s in all'] })
  }))

test('a connection that never stands is ended by its own timeout', async () => {
  const silent = await listen(createServer(() => undefined))
  const shared = resolverWith({
    connectTimeout: 100,
    registries: { '127.0.0.1:9': { mirrors: [`https://${silent.host}`] } },
  })
  try {
    // The mirror accepts the connection, but TLS never starts; the registry behind it refuses.
    const asked = shared.resolve(reference('127.0.0.1:9/o/i:1'))
    await failure(asked, 'unreachable', { says: [silent.host, 'within 0.1 s', '127.0.0.1:9 refused'] })
  } finally {
    await shared.close()
    await silent.close()
  }
})

test('what is no HTTP is an error, not a hang', async () => {
  const odd = await listen(createServer(socket => socket.end('SSH-2.0-OpenSSH_9.2\r\n')))
  const shared = resolverWith()
  try {
    await failure(shared.resolve(reference(`${odd.host}/o/i:1`)), 'unreachable', {
      says: [odd.host, 'broke'],
    })
  } finally {
    await shared.close()
    await odd.close()
  }
})

test('Ctrl-C ends whatever is under way, also what waits for its turn or for a connection', () =>
  withRegistry({ answerAnything: true, auth: { kind: 'bearer' } }, async (registry, resolver) => {
    for (const [pathRegex, at] of [
      [/manifests\/1/, 'headers'],
      [/sha256/, 'body'],
      [/token/, 'headers'],
    ] as const) {
      registry.clear()
      const clear = registry.fault({ pathRegex }, { kind: 'hang', at })
      const interrupt = new AbortController()
      const shared = resolver({ signal: interrupt.signal, concurrency: 2 })
      const asked = Array.from({ length: 5 }, (_, n) =>
        failure(shared.resolve(reference(registry.reference(`o/i${n}`, '1')), none), 'interrupted'),
      )
      while (!registry.requests.some(({ fault }) => fault === 'hang')) {
        await new Promise(resolve => setTimeout(resolve, 1))
      }
      interrupt.abort()
      await Promise.all(asked)
      const { requests } = shared
      await failure(shared.resolve(reference(registry.reference('o/late', '1'))), 'interrupted')
      assert.is(shared.requests, requests)
      clear()
    }
  }))

test('Ctrl-C before anything is sent sends nothing', () =>
  withRegistry({ answerAnything: true }, async (registry, resolver) => {
    const interrupt = new AbortController()
    const shared = resolver({ signal: interrupt.signal })
    const asked = shared.resolve(reference(registry.reference('o/i', '1')))
    interrupt.abort()
    await failure(asked, 'interrupted')
    assert.is(shared.requests, 0)
  }))

test('Ctrl-C ends the wait for a connection', async () => {
  const interrupt = new AbortController()
  const silent = await listen(createServer(() => interrupt.abort()))
  const shared = resolverWith({
    signal: interrupt.signal,
    connectTimeout: 3_600_000,
    totalTimeout: 3_600_000,
    registries: { '127.0.0.1:9': { mirrors: [`https://${silent.host}`] } },
  })
  try {
    await failure(shared.resolve(reference('127.0.0.1:9/o/i:1')), 'interrupted')
  } finally {
    await shared.close()
    await silent.close()
  }
})

test('a redirect from a host without verification leads to one that is verified', async () => {
  const asked: string[] = []
  const http: Http = {
    requests: 0,
    close: async () => undefined,
    async send({ url, verifyTls }) {
      asked.push(`${url.host} ${verifyTls}`)
      const location = {
        'insecure.example': 'https://cdn.example/x',
        'cdn.example': 'https://insecure.example/y',
      }[url.host]
      const done = url.pathname === '/y'
      return {
        status: done ? 200 : 307,
        headers: done || location === undefined ? {} : { location },
        body: Buffer.alloc(0),
      }
    },
  }
  const exchange = createTransport(http, createEndpoints({ insecureRegistries: ['insecure.example'] }))
  const { signal } = new AbortController()
  const url = new URL('https://insecure.example/v2/')
  await exchange({ method: 'GET', url, headers: {}, verifyTls: false, signal })
  assert.equal(asked, ['insecure.example false', 'cdn.example true', 'insecure.example false'])
})

test('redirects are followed five times, not round and round', () =>
  withRegistry({ answerAnything: true }, async (registry, resolver) => {
    registry.fault({ times: 5 }, { kind: 'redirect', to: 'loop' })
    await resolver().resolve(reference(registry.reference('o/i', '1')))
    assert.is(registry.requests.length, 6)
    registry.clear()
    registry.fault({}, { kind: 'redirect', to: 'loop' })
    const asked = resolver().resolve(reference(registry.reference('o/i', '2')))
    await failure(asked, 'unreachable', { says: [registry.host, 'redirects'] })
    assert.is(registry.requests.filter(({ status }) => status === 307).length, 6)
  }))

test('a redirect leads to http and https alone', () =>
  withRegistry({ answerAnything: true }, async (registry, resolver) => {
    for (const location of [
      'file:///etc/passwd',
      'ftp://127.0.0.1/x',
      'data:,x',
      'http://user:pl4nted@127.0.0.1/x',
      '//',
    ]) {
      const clear = registry.fault({}, { kind: 'status', status: 302, headers: { location } })
      const asked = resolver().resolve(reference(registry.reference('o/i', '1')))
      await failure(asked, 'unreachable', { says: ['redirects'], secrets: ['pl4nted'] })
      clear()
    }
  }))

test('a redirect never leads from https to http', async () => {
  const registry = await startRegistry({ tls: selfSignedCertificate(), answerAnything: true })
  const plain = await startRegistry({ answerAnything: true })
  const shared = resolverWith({ registries: { '127.0.0.1:9': { mirrors: [registry.url] } } })
  try {
    registry.fault({}, { kind: 'redirect', to: plain.url })
    const asked = shared.resolve(reference('127.0.0.1:9/o/i:1'))
    await failure(asked, 'unreachable', { says: [registry.host, 'from https to plain http'] })
    assert.is(plain.requests.length, 0)
  } finally {
    await Promise.all([shared, registry, plain].map(each => each.close()))
  }
})

test('a certificate that nobody vouches for is refused where it counts, with what to do', async () => {
  const registry = await startRegistry({ tls: selfSignedCertificate() })
  const http = createHttp({ env: {}, signal: new AbortController().signal })
  try {
    const url = new URL(`${registry.url}/v2/`)
    const request = { method: 'GET', url, headers: {}, signal: new AbortController().signal } as const
    assert.is((await http.send({ ...request, verifyTls: false })).status, 200)
    const error = await http.send({ ...request, verifyTls: true }).catch((reason: unknown) => reason)
    assert.instance(error, HttpFailure)
    assert.is((error as HttpFailure).kind, 'tls')
    assert.match((error as HttpFailure).message, registry.host)
    assert.match((error as HttpFailure).hint ?? '', 'NODE_EXTRA_CA_CERTS')
  } finally {
    await http.close()
    await registry.close()
  }
})

test('a message of the registry comes bounded and printable', () =>
  withRegistry({ answerAnything: true }, async (registry, resolver) => {
    registry.fault({ method: 'GET' }, { kind: 'control-characters' })
    const asked = resolver().resolve(reference(registry.reference('o/i', '1')), none)
    const error = await failure(asked, 'denied', { says: ['\\x1b[2J'] })
    assert.not.match(error.message, /[\u0000-\u001f\u007f-\u009f\u2028\u202e]/)
    registry.clearFaults()
    const body = JSON.stringify({ errors: [{ message: 'x'.repeat(1_000_000) }] })
    registry.fault({ method: 'GET' }, { kind: 'status', status: 403, body })
    const long = await failure(resolver().resolve(reference(registry.reference('o/i', '1')), none), 'denied')
    assert.ok(long.message.length < 500)
    for (const odd of [
      '',
      'null',
      '[]',
      '{"errors":5}',
      '{"errors":[null]}',
      '<html>',
      '{"errors":[{"message":{}}]}',
    ]) {
      registry.clearFaults()
      registry.fault({ method: 'GET' }, { kind: 'status', status: 403, body: odd })
      await failure(resolver().resolve(reference(registry.reference('o/i', '1')), none), 'denied')
    }
  }))

test('with one request in twenty failing, every image gets its digest', () =>
  withRegistry({ answerAnything: true }, async (registry, resolver) => {
    registry.randomFaults({ seed: 1, rate: 0.05 })
    const shared = resolver()
    await Promise.all(
      Array.from({ length: 100 }, async (_, n) => {
        const { digest, platforms } = makeImage(`o/i${n}`, '1')
        const resolution = await shared.resolve(reference(registry.reference(`o/i${n}`, '1')), none)
        assert.is(resolution.descriptor.digest, digest)
        assert.equal(Object.keys(digestsByPlatform(resolution.platforms) ?? {}), Object.keys(platforms))
      }),
    )
    assert.ok(registry.requests.some(({ fault }) => fault !== undefined))
    assert.ok(shared.requests < 240, `${shared.requests} requests`)
  }))

test('closing ends what is under way', () =>
  withRegistry({}, async (registry, resolver) => {
    registry.fault({}, { kind: 'hang', at: 'headers' })
    const shared = resolver()
    const asked = failure(shared.resolve(reference(registry.reference('o/i', '1'))), 'interrupted')
    while (registry.requests.length === 0) await new Promise(resolve => setTimeout(resolve, 1))
    await shared.close()
    await asked
  }))

test('Retry-After in seconds and as a date', () => {
  assert.is(retryAfter(undefined), 0)
  assert.is(retryAfter('3'), 3000)
  assert.is(retryAfter('soon'), 0)
  assert.is(retryAfter('Wed, 21 Oct 2015 07:28:00 GMT'), 0)
  const wait = retryAfter(new Date(Date.now() + 60_000).toUTCString())
  assert.ok(wait > 50_000 && wait <= 60_000)
})

async function listen(server: Server): Promise<{ host: string; close(): Promise<void> }> {
  const sockets = new Set<{ destroy(): void }>()
  server.on('connection', socket => {
    sockets.add(socket)
    socket.on('error', () => undefined)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    host: `127.0.0.1:${address.port}`,
    close() {
      for (const socket of sockets) socket.destroy()
      return new Promise(resolve => server.close(() => resolve()))
    },
  }
}

test.run()
