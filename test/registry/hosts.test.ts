import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DockLockError } from '../../src/core/error.ts'
import { createHosts, isLoopback } from '../../src/registry/hosts.ts'

const test = suite('registry/hosts')

const origins = (options: Parameters<typeof createHosts>[0], registry: string): string[] =>
  createHosts(options)
    .endpoints(registry)
    .map(({ origin, verifyTls }) => `${origin}${verifyTls ? '' : ' unverified'}`)

test('a registry is reached over https, Docker Hub by its API host', () => {
  assert.equal(origins({}, 'ghcr.io'), ['https://ghcr.io'])
  assert.equal(origins({}, 'registry.example:5000'), ['https://registry.example:5000'])
  assert.equal(origins({}, 'docker.io'), ['https://registry-1.docker.io'])
  assert.is(createHosts({}).endpoints('docker.io')[0]!.registry, 'docker.io')
})

test('loopback is tried over http first, then over https without verification', () => {
  for (const host of ['localhost:5000', '127.0.0.1:5000', '127.8.9.1', '[::1]:5000', 'LOCALHOST'])
    assert.equal(origins({}, host), [`http://${host} unverified`, `https://${host} unverified`], host)
})

test('what only looks like loopback is not', () => {
  for (const host of [
    '127.0.0.1.example.org',
    'localhost.example.org',
    '127.example',
    '128.0.0.1',
    '[::2]',
    '[fe80::1]',
  ])
    assert.not.ok(isLoopback(host), host)
})

test('a declared insecure registry is tried over https without verification first, then over http', () => {
  const expected = ['https://10.0.0.7:5000 unverified', 'http://10.0.0.7:5000 unverified']
  assert.equal(origins({ insecureRegistries: ['10.0.0.7:5000'] }, '10.0.0.7:5000'), expected)
  assert.equal(origins({ insecureCidrs: ['10.0.0.0/8', '::1/128'] }, '10.0.0.7:5000'), expected)
  assert.equal(origins({ registries: { '10.0.0.7:5000': { insecure: true } } }, '10.0.0.7:5000'), expected)
  assert.equal(origins({ insecureRegistries: ['10.0.0.7'] }, '10.0.0.7:5000'), ['https://10.0.0.7:5000'])
  assert.equal(origins({ insecureCidrs: ['10.0.0.0/8'] }, '11.0.0.7:5000'), ['https://11.0.0.7:5000'])
  assert.equal(origins({ insecureCidrs: ['fd00::/8'] }, '[fd00::7]:5000').length, 2)
})

test('a CIDR that cannot be read opens nothing', () => {
  for (const cidr of ['', '10.0.0.0', '10.0.0.0/', '10.0.0.0/99', 'x/8', '10.0.0.0/8/8', '10.0.0.0/-1'])
    assert.equal(origins({ insecureCidrs: [cidr] }, '10.0.0.7'), ['https://10.0.0.7'], cidr)
})

test('mirrors come before the registry, our own first, each once, and say whom they stand for', () => {
  const hosts = createHosts({
    mirrors: ['https://engine.example/', 'http://plain.example:5000', 'https://both.example'],
    registries: { 'docker.io': { mirrors: ['https://both.example', 'own.example'] } },
  })
  assert.equal(
    hosts.endpoints('docker.io').map(({ origin, namespace }) => `${origin} ${namespace ?? '-'}`),
    [
      'https://both.example docker.io',
      'https://own.example docker.io',
      'https://engine.example docker.io',
      'http://plain.example:5000 docker.io',
      'https://registry-1.docker.io -',
    ],
  )
})

test("the engine's mirrors are those of Docker Hub alone", () => {
  assert.equal(origins({ mirrors: ['https://m.example'] }, 'ghcr.io'), ['https://ghcr.io'])
  assert.equal(origins({ registries: { 'ghcr.io': { mirrors: ['https://m.example'] } } }, 'ghcr.io'), [
    'https://m.example',
    'https://ghcr.io',
  ])
})

test('the path of a mirror goes before the repository', () => {
  const prefix = (mirror: string): string =>
    createHosts({ mirrors: [mirror] }).endpoints('docker.io')[0]!.prefix
  assert.is(prefix('https://harbor.example/hub/proxy/'), 'hub/proxy')
  assert.is(prefix('https://harbor.example/v2/hub'), 'hub')
  assert.is(prefix('https://harbor.example/v2ray'), 'v2ray')
  assert.is(prefix('https://harbor.example'), '')
})

test('a mirror without a scheme is reached as a registry of that name would be', () => {
  assert.equal(origins({ mirrors: ['localhost:5000'] }, 'docker.io').slice(0, 2), [
    'http://localhost:5000 unverified',
    'https://localhost:5000 unverified',
  ])
})

test('a mirror that is no http or https URL, or holds a password, is refused without showing it', () => {
  for (const mirror of [
    'ftp://m.example',
    'file:///etc/passwd',
    'https://',
    'https://user:s3cret@m.example',
  ]) {
    assert.throws(
      () => createHosts({ mirrors: [mirror] }).endpoints('docker.io'),
      (error: unknown) =>
        error instanceof DockLockError && error.code === 'config' && !error.message.includes('s3cret'),
      mirror,
    )
  }
})

test('names that every object has are no registries', () => {
  assert.equal(origins({ registries: {} }, 'constructor'), ['https://constructor'])
})

test.run()
