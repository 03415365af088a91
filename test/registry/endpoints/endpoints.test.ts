import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DockLockError } from '../../../src/core/error.ts'
import type { Reference } from '../../../src/core/reference.ts'
import type { RegistryRule } from '../../../src/core/registry-rule.ts'
import { createEndpoints, isLoopback } from '../../../src/registry/endpoints/endpoints.ts'

const test = suite('registry/endpoints')

const on = (registry: string, repository = 'team/app', tag: string | undefined = '1'): Reference => ({
  registry,
  repository,
  ...(tag !== undefined && { tag }),
  original: '',
})

const origins = (options: Parameters<typeof createEndpoints>[0], registry: string): string[] =>
  createEndpoints(options)
    .endpoints(on(registry))
    .map(({ origin, verifyTls }) => `${origin}${verifyTls ? '' : ' unverified'}`)

test('a registry is reached over https, Docker Hub by its API host', () => {
  assert.equal(origins({}, 'ghcr.io'), ['https://ghcr.io'])
  assert.equal(origins({}, 'registry.example:5000'), ['https://registry.example:5000'])
  assert.equal(origins({}, 'docker.io'), ['https://registry-1.docker.io'])
  assert.is(createEndpoints({}).endpoints(on('docker.io'))[0]!.registry, 'docker.io')
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
  const hosts = createEndpoints({
    mirrors: ['https://engine.example/', 'http://plain.example:5000', 'https://both.example'],
    registries: { 'docker.io': { mirrors: ['https://both.example', 'own.example'] } },
  })
  assert.equal(
    hosts.endpoints(on('docker.io')).map(({ origin, namespace }) => `${origin} ${namespace ?? '-'}`),
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
  const repository = (mirror: string): string =>
    createEndpoints({ mirrors: [mirror] }).endpoints(on('docker.io'))[0]!.repository
  assert.is(repository('https://harbor.example/hub/proxy/'), 'hub/proxy/team/app')
  assert.is(repository('https://harbor.example/v2/hub'), 'hub/team/app')
  assert.is(repository('https://harbor.example/v2ray'), 'v2ray/team/app')
  assert.is(repository('https://harbor.example'), 'team/app')
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
    'https://user:x/s3cret@m.example',
    'user:s3cret@m.example',
    'https://user:p@ s3cret@m.example',
    'https://user:s3cret@m.example:99999',
  ]) {
    assert.throws(
      () => createEndpoints({ mirrors: [mirror] }).endpoints(on('docker.io')),
      (error: unknown) =>
        error instanceof DockLockError && error.code === 'config' && !error.message.includes('s3cret'),
      mirror,
    )
  }
})

test('names that every object has are no registries', () => {
  assert.equal(origins({ registries: {} }, 'constructor'), ['https://constructor'])
})

const rule = (prefix: string, more: Partial<RegistryRule> = {}): RegistryRule => ({
  prefix,
  mirrors: [],
  location: prefix.startsWith('*.') ? '' : prefix,
  insecure: false,
  blocked: false,
  ...more,
})
const places = (rules: readonly RegistryRule[], reference: Reference): string[] =>
  createEndpoints({ rules })
    .endpoints(reference)
    .map(
      ({ origin, repository, verifyTls, namespace }) =>
        `${origin}/${repository}${verifyTls ? '' : ' unverified'}${namespace ? '?' : ''}`,
    )

test('a rule puts its mirrors before its location, each in the place of the prefix and with its own safety', () => {
  const rules = [
    rule('docker.io', {
      mirrors: [
        { location: 'mirror.example:5000/hub', insecure: true, serves: 'all' },
        { location: 'safe.example', insecure: false, serves: 'all' },
      ],
    }),
  ]
  assert.equal(places(rules, on('docker.io', 'library/alpine')), [
    'https://mirror.example:5000/hub/library/alpine unverified',
    'http://mirror.example:5000/hub/library/alpine unverified',
    'https://safe.example/library/alpine',
    'https://registry-1.docker.io/library/alpine',
  ])
  assert.equal(places(rules, on('ghcr.io')), ['https://ghcr.io/team/app'])
})

test('a location takes the place of the prefix, and Docker Hub keeps its API host', () => {
  const rules = [
    rule('old.example/team', { location: 'new.example/moved' }),
    rule('hub.example', { location: 'docker.io', insecure: false }),
  ]
  assert.equal(places(rules, on('old.example', 'team/app')), ['https://new.example/moved/app'])
  assert.equal(places(rules, on('old.example', 'teams/app')), ['https://old.example/teams/app'])
  assert.equal(places(rules, on('hub.example', 'library/alpine')), [
    'https://registry-1.docker.io/library/alpine',
  ])
})

test('the longest match counts, whatever the order', () => {
  const rules = [
    rule('r.example', { location: 'a.example' }),
    rule('r.example/team/app', { location: 'c.example/x' }),
    rule('r.example/team', { location: 'b.example' }),
  ]
  for (const some of [rules, [...rules].reverse()]) {
    assert.equal(places(some, on('r.example', 'team/app')), ['https://c.example/x'])
    assert.equal(places(some, on('r.example', 'team/apple')), ['https://b.example/apple'])
    assert.equal(places(some, on('r.example', 'other')), ['https://a.example/other'])
    assert.equal(places(some, on('r.example:5000', 'other')), ['https://a.example:5000/other'])
    assert.equal(places(some, on('r.example.org', 'other')), ['https://r.example.org/other'])
  }
})

test('a wildcard stands for subdomains, and its location for the whole host', () => {
  const rules = [
    rule('*.corp.example', { insecure: true }),
    rule('*.old.example', { location: 'new.example' }),
  ]
  assert.equal(places(rules, on('a.b.corp.example')), [
    'https://a.b.corp.example/team/app unverified',
    'http://a.b.corp.example/team/app unverified',
  ])
  assert.ok(createEndpoints({ rules }).isInsecure('a.b.corp.example'))
  assert.not.ok(createEndpoints({ rules }).isInsecure('corp.example'))
  assert.equal(places(rules, on('corp.example')), ['https://corp.example/team/app'])
  assert.equal(places(rules, on('x.old.example')), ['https://new.example/team/app'])
  assert.equal(places(rules, on('ghcr.io', 'x.old.example/app')), ['https://ghcr.io/x.old.example/app'])
})

test('mirrors for digests are not asked about tags, and the other way round', () => {
  const rules = [
    rule('docker.io', {
      mirrors: [
        { location: 'd.example', insecure: false, serves: 'digests' },
        { location: 't.example', insecure: false, serves: 'tags' },
      ],
    }),
  ]
  const hub = 'https://registry-1.docker.io/team/app'
  assert.equal(places(rules, on('docker.io')), ['https://t.example/team/app', hub])
  const byDigest: Reference = { registry: 'docker.io', repository: 'team/app', original: '' }
  assert.equal(places(rules, byDigest), ['https://d.example/team/app', hub])
})

test('a registry that no URL can name is refused for its images alone', () => {
  for (const host of ['r.example:99999', '[1:2:3]:5000', 'foo.123', '999.1.1.1', 'xn--a.example'])
    assert.throws(
      () => places([], on(host)),
      (error: unknown) =>
        error instanceof DockLockError && error.code === 'unsupported' && error.message.includes(host),
      host,
    )
  assert.equal(places([], on('r.example')), ['https://r.example/team/app'])
})

test('a blocked prefix is refused by name, its neighbours are not', () => {
  const rules = [rule('docker.io', { blocked: true }), rule('docker.io/team')]
  assert.equal(places(rules, on('docker.io', 'team/app')).length, 1)
  assert.throws(
    () => places(rules, on('docker.io', 'library/alpine')),
    (error: unknown) =>
      error instanceof DockLockError && error.code === 'denied' && error.message.includes('blocks docker.io'),
  )
})

test('what is insecure by a rule is so for its own images alone', () => {
  const rules = [rule('r.example'), rule('r.example/lab', { insecure: true })]
  assert.equal(places(rules, on('r.example', 'app')), ['https://r.example/app'])
  assert.is(places(rules, on('r.example', 'lab/app')).length, 2)
})

test('what is insecure with the port of https is so where a URL does not show it', () => {
  const { isInsecure } = createEndpoints({
    insecureRegistries: ['a.example:443', 'b.example:5000', '[fd00::1]:443'],
    rules: [rule('c.example:443', { insecure: true })],
  })
  assert.equal(['a.example', 'b.example', 'c.example', '[fd00::1]', 'a.example:5000'].map(isInsecure), [
    true,
    false,
    true,
    true,
    false,
  ])
})

test('what is insecure by a rule is so for the service that gives its tokens', () => {
  const { isInsecure } = createEndpoints({
    rules: [
      rule('a.example', { insecure: true, location: 'b.example:5000/x' }),
      rule('c.example', { insecure: true }),
      rule('d.example', { mirrors: [{ location: 'e.example/x', insecure: true, serves: 'all' }] }),
    ],
  })
  assert.equal(['a.example', 'b.example:5000', 'c.example', 'd.example', 'e.example'].map(isInsecure), [
    false,
    true,
    true,
    false,
    true,
  ])
})

test.run()
