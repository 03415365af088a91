/**
 * The trust rule of docs/security.md, as servers see it: source × setting × registry × what the host offers. What is predicted comes from the
 * few lines of this file that say so, not from the code.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DockLockError } from '../../src/core/error.ts'
import { createAuthorizer } from '../../src/registry/auth/authorizer.ts'
import { createEndpoints } from '../../src/registry/endpoints/endpoints.ts'
import type { RegistryOptions } from '../../src/registry/resolver.ts'
import type { Transport } from '../../src/registry/transport/transport.ts'
import { mustTellNoSecret } from '../support/planted.ts'
import { reference, resolverWith } from './support.ts'
import { authOf, type Host, type Offer, passwordOf, type World, withWorld } from './world.ts'

const test = suite('registry/trust')

const OFFERS: readonly Offer[] = ['verified', 'self-signed', 'http']
/** `engine`: one of the user's, that reports it. */
const SOURCES = ['nobody', 'user', 'engine', 'repository'] as const
type Source = (typeof SOURCES)[number]

const HUB = 'registry-1.docker.io'
const HUB_NAMES = ['docker.io', 'index.docker.io', HUB, 'registry.hub.docker.com', 'DOCKER.IO'] as const
const NAMES = [
  'ghcr.io',
  HUB,
  'docker.io',
  'index.docker.io',
  'auth.docker.io',
  'registry.hub.docker.com',
  'mirror.example',
  'token.example',
  'cdn.example',
]

/** What one run against these hosts came to. */
async function resolveIn(
  world: World,
  hosts: Readonly<Record<string, Host>>,
  image: string,
  options: Partial<RegistryOptions> & { readonly auths: Readonly<Record<string, object>> },
): Promise<DockLockError | undefined> {
  world.become(hosts)
  const resolver = resolverWith({ ...options, env: { ...world.env, ...options.env } })
  try {
    await resolver.resolve(reference(image))
    return undefined
  } catch (error) {
    if (!(error instanceof DockLockError)) throw error
    mustTellNoSecret(`${error.message} ${error.hint} ${error.stack}`)
    return error
  } finally {
    await resolver.close()
  }
}

/** Declares `key` insecure, by that source. */
function insecureBy(source: Source, key: string): Partial<RegistryOptions> {
  if (source === 'user') return { registries: { [key]: { insecure: true } } }
  if (source === 'repository') return { repositoryRegistries: { [key]: { insecure: true } } }
  return source === 'engine' ? { insecureRegistries: [key] } : {}
}

const origin = (host: string, offer: Offer): string =>
  `${offer === 'http' ? 'http' : 'https'}://${host} ${offer}`

test('insecure: the password goes over verified TLS, or where the user said so', () =>
  withWorld(NAMES, async world => {
    const cells: readonly {
      image: string
      host: string
      stored: string
      keys: readonly string[]
      hub: boolean
    }[] = [
      { image: 'ghcr.io/o/i:1', host: 'ghcr.io', stored: 'ghcr.io', keys: ['ghcr.io'], hub: false },
      { image: 'alpine:3', host: HUB, stored: 'docker.io', keys: HUB_NAMES, hub: true },
      { image: `${HUB}/library/alpine:3`, host: HUB, stored: HUB, keys: ['docker.io'], hub: true },
    ]
    for (const { image, host, stored, keys, hub } of cells)
      for (const key of keys)
        for (const source of SOURCES)
          for (const offer of OFFERS) {
            // Nobody has a key, and of the rarer names the repository is who tries them.
            if (source === 'nobody' && key !== keys[0]) continue
            if (source !== 'repository' && keys.indexOf(key) > 2) continue
            const cell = `${image} ${key} ${source} ${offer}`
            const error = await resolveIn(world, { [host]: { offer } }, image, {
              auths: authOf(stored),
              ...insecureBy(source, key),
            })
            // Docker's own list of insecure registries does not count for Docker Hub.
            const byUser = source === 'user' || (source === 'engine' && !hub)
            const arrives = offer === 'verified' || byUser
            assert.equal(world.secretsOf(stored), arrives ? [origin(host, offer)] : [], cell)
            assert.is(error === undefined, arrives, cell)
            const asked = world.anonymous().includes(origin(host, offer))
            assert.is(asked, arrives || (source === 'repository' && !hub), cell)
          }
  }))

test('a mirror gets what is stored for itself, by http only where the user named it and never as Docker Hub', () =>
  withWorld(NAMES, async world => {
    const mirrors = ['mirror.example', 'docker.io', 'index.docker.io', HUB, 'registry.hub.docker.com']
    for (const registry of ['docker.io', 'ghcr.io'])
      for (const mirror of mirrors)
        for (const scheme of ['https', 'http'])
          for (const source of ['user', 'engine', 'repository'] as const)
            for (const offer of OFFERS) {
              // An engine's mirrors are those of Docker Hub.
              if (source === 'engine' && registry !== 'docker.io') continue
              if (registry === 'ghcr.io' && [HUB, 'registry.hub.docker.com'].includes(mirror)) continue
              // Two that speak TLS are the same to http.
              if (scheme === 'http' && offer === 'self-signed') continue
              const cell = `${registry} ${scheme}://${mirror} ${source} ${offer}`
              const own = registry === 'docker.io' ? HUB : registry
              const urls = { [registry]: { mirrors: [`${scheme}://${mirror}`] } }
              await resolveIn(
                world,
                { [own]: { offer: 'verified' }, [mirror]: { offer } },
                `${registry}/o/i:1`,
                {
                  auths: authOf(registry, 'mirror.example', 'index.docker.io', 'registry.hub.docker.com'),
                  ...(source === 'user' && { registries: urls }),
                  ...(source === 'repository' && { repositoryRegistries: urls }),
                  ...(source === 'engine' && { mirrors: urls[registry]!.mirrors }),
                },
              )
              const isHub = mirror !== 'mirror.example'
              const plain = source !== 'repository' && !isHub
              const arrives = scheme === 'https' ? offer === 'verified' : offer === 'http' && plain
              for (const host of ['mirror.example', 'registry.hub.docker.com']) {
                const expected = host === mirror && arrives ? [`${scheme}://${mirror} ${offer}`] : []
                assert.equal(world.secretsOf(host), expected, cell)
              }
              for (const host of ['docker.io', 'ghcr.io', 'index.docker.io'])
                for (const place of world.secretsOf(host)) {
                  const [at, how] = place.split(' ')
                  const name = new URL(at!).host
                  assert.is(how, 'verified', cell)
                  assert.ok(
                    host === 'ghcr.io' ? name === 'ghcr.io' : /docker\.io$/.test(name),
                    `${cell} ${at}`,
                  )
                }
            }
  }))

test('a token service is held to the same rule', () =>
  withWorld(NAMES, async world => {
    for (const [image, host, stored, service] of [
      ['ghcr.io/o/i:1', 'ghcr.io', 'ghcr.io', 'token.example'],
      ['alpine:3', HUB, 'docker.io', 'auth.docker.io'],
    ] as const)
      for (const scheme of ['https', 'http'])
        for (const source of SOURCES)
          for (const offer of OFFERS) {
            const cell = `${image} ${scheme}://${service} ${source} ${offer}`
            const realm = `${scheme}://${service}/token`
            await resolveIn(world, { [host]: { offer: 'verified', realm }, [service]: { offer } }, image, {
              auths: authOf(stored),
              ...insecureBy(source, service),
            })
            const hub = stored === 'docker.io'
            const byUser = source === 'user' || (source === 'engine' && !hub)
            // By the user the service and the registry are one: every name of Docker Hub is Docker Hub.
            const plain = scheme === 'http' && source === 'user' && hub
            const secure = scheme === 'https' && (offer === 'verified' || (offer === 'self-signed' && byUser))
            const place = plain ? `http://${service} http` : `https://${service} ${offer}`
            assert.equal(world.secretsOf(stored), plain || secure ? [place] : [], cell)
            // Its token stays with the registry.
            const token = secure || (plain && offer === 'http')
            assert.equal(world.secretsOf(service), token ? [`https://${host} verified`] : [], cell)
          }
  }))

test('a registry that only the repository declares insecure names no token service that gets a password', () =>
  withWorld(NAMES, async world => {
    for (const realm of ['https://token.example/token', 'http://token.example/token'])
      for (const offer of ['self-signed', 'http'] as const) {
        const error = await resolveIn(
          world,
          {
            'ghcr.io': { offer, realm },
            'token.example': { offer: realm.startsWith('https') ? 'verified' : 'http' },
          },
          'ghcr.io/o/i:1',
          { auths: authOf('ghcr.io', 'token.example'), ...insecureBy('repository', 'ghcr.io') },
        )
        assert.is(error?.code, 'unauthorized')
        assert.equal(
          world.seen.filter(({ text }) => text.includes('pl4nted')),
          [],
        )
        assert.ok(
          world.anonymous().some(place => place.includes('token.example')),
          realm,
        )
      }
  }))

test('a registry of the user that is insecure may name a token service by http on its own machine alone', () =>
  withWorld(NAMES, async world => {
    for (const [service, arrives] of [
      ['ghcr.io', true],
      ['token.example', false],
    ] as const) {
      const realm = `http://${service}/token`
      await resolveIn(
        world,
        { 'token.example': { offer: 'http' }, 'ghcr.io': { offer: 'http', realm } },
        'ghcr.io/o/i:1',
        { auths: authOf('ghcr.io'), ...insecureBy('user', 'ghcr.io') },
      )
      assert.is(world.secretsOf('ghcr.io').length > 0, arrives, service)
    }
  }))

test('who is refused because no credentials were sent is told so, and what to do', () =>
  withWorld(NAMES, async world => {
    for (const realm of [undefined, 'https://token.example/token']) {
      const error = await resolveIn(
        world,
        {
          'ghcr.io': { offer: 'http', ...(realm !== undefined && { realm }) },
          'token.example': { offer: 'verified' },
        },
        'ghcr.io/o/i:1',
        { auths: authOf('ghcr.io'), ...insecureBy('repository', 'ghcr.io') },
      )
      assert.match(
        error?.message ?? '',
        'stored credentials were not sent to it, because only .dock-lock.yaml declares ghcr.io insecure',
      )
      assert.match(error?.hint ?? '', '~/.config/dock-lock/config.yaml')
    }
  }))

test('a redirect of a request with credentials is verified, whatever the repository says of its target', () =>
  withWorld(NAMES, async world => {
    for (const source of ['user', 'repository'] as const) {
      const redirect = `https://cdn.example/blob?signature=${passwordOf('ghcr.io')}`
      await resolveIn(
        world,
        { 'ghcr.io': { offer: 'verified', redirect }, 'cdn.example': { offer: 'self-signed' } },
        'ghcr.io/o/i:1',
        { auths: authOf('ghcr.io'), ...insecureBy(source, 'cdn.example') },
      )
      const expected = ['https://cdn.example self-signed', 'https://ghcr.io verified']
      assert.equal(world.secretsOf('ghcr.io'), source === 'user' ? expected : expected.slice(1))
    }
  }))

test('a challenge that came over unverified TLS is not answered when the same host is verified', async () => {
  const asked: string[] = []
  const exchange: Transport = async ({ url, verifyTls, authorization }) => {
    asked.push(`${url.host} ${verifyTls} ${authorization !== undefined}`)
    const headers = { 'www-authenticate': 'Bearer realm="https://token.example/token"' }
    if (url.host === 'token.example')
      return { url, status: 200, headers: {}, body: Buffer.from('{"token":"nobody"}') }
    return { url, status: verifyTls ? 200 : 401, headers, body: Buffer.alloc(0) }
  }
  const hosts = createEndpoints(insecureBy('repository', 'ghcr.io'))
  const { signal } = new AbortController()
  const keychain = async () => ({ username: 'user', password: passwordOf('ghcr.io') })
  const authorizer = createAuthorizer(exchange, hosts, keychain, signal)
  const [verified, unverified] = hosts.endpoints(reference('ghcr.io/o/i:1'))
  for (const endpoint of [unverified!, verified!]) {
    const url = new URL('/v2/o/i/manifests/1', endpoint.origin)
    const { verifyTls } = endpoint
    await authorizer.send({ method: 'HEAD', url, headers: {}, verifyTls, signal }, endpoint, 'o/i')
  }
  assert.equal(asked, [
    'ghcr.io false false',
    'token.example true false',
    'ghcr.io false true',
    'ghcr.io true false',
  ])
})

test('other ways to write a host get nothing more', () =>
  withWorld([...NAMES, 'ghcr.io.', 'docker.io.'], async world => {
    const mirrors = [
      'http://ghcr.io:443',
      'http://GHCR.IO',
      'http://ghcr.io.',
      'http://docker.io.',
      'http://docker.io:80',
    ]
    for (const mirror of [...mirrors, 'http://docker.io:5000', 'http://INDEX.docker.io/v2/x']) {
      const { host } = new URL(mirror)
      await resolveIn(
        world,
        { [host]: { offer: 'http' }, 'ghcr.io': { offer: 'verified' } },
        'ghcr.io/o/i:1',
        {
          auths: authOf('ghcr.io', 'docker.io', 'index.docker.io', host),
          repositoryRegistries: { 'ghcr.io': { mirrors: [mirror] } },
        },
      )
      assert.ok(
        world.anonymous().some(place => place.startsWith('http:')),
        mirror,
      )
      const plain = world.seen.filter(({ offer, text }) => offer === 'http' && text.includes('pl4nted'))
      assert.equal(plain, [], mirror)
    }
    for (const key of ['ghcr.io:443', 'GHCR.IO', 'ghcr.io']) {
      const auths = authOf('ghcr.io', 'ghcr.io:443', 'GHCR.IO')
      await resolveIn(world, { 'ghcr.io': { offer: 'http' } }, `${key}/o/i:1`, {
        auths,
        ...insecureBy('repository', key),
      })
      assert.equal(
        world.seen.filter(({ text }) => text.includes('pl4nted')),
        [],
        key,
      )
    }
  }))

test('a mirror that both name is the user\u2019s', () =>
  withWorld(NAMES, async world => {
    const registries = { 'ghcr.io': { mirrors: ['http://mirror.example'] } }
    const hosts = { 'mirror.example': { offer: 'http' }, 'ghcr.io': { offer: 'verified' } } as const
    await resolveIn(world, hosts, 'ghcr.io/o/i:1', {
      auths: authOf('mirror.example'),
      registries,
      repositoryRegistries: registries,
    })
    assert.equal(world.secretsOf('mirror.example'), ['http://mirror.example http'])
  }))

test.run()
