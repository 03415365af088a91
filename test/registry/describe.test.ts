import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parsePlatform } from '../../src/core/platform.ts'
import { digestsByPlatform } from '../support/platform.ts'
import { type EmbeddedRegistry, mediaTypes, sha256 } from '../support/registry/index.ts'
import { failure, reference, seen, withRegistries, withRegistry } from './support.ts'

const test = suite('registry/describe')

const AMD64 = parsePlatform('linux/amd64')!
const ARM64 = parsePlatform('linux/arm64')!
const OCI = 'org.opencontainers.image.'

/** A reference by digest alone. */
function byDigest(registry: EmbeddedRegistry, repository: string, digest: string) {
  return reference(`${registry.host}/${repository}@${digest}`)
}

test('an image is described in one request, and two for each platform', () =>
  withRegistry({}, async (registry, resolver) => {
    const image = registry.addImage('o/i', '1', {
      created: '2025-03-01T10:00:00.123456789Z',
      config: {
        User: 'node',
        Entrypoint: ['docker-entrypoint.sh', '-x'],
        Env: ['PATH=/bin', 'TOKEN=pl4nted-secret', 'A'],
        ExposedPorts: { '80/tcp': {}, '443/tcp': {} },
        Labels: {
          [`${OCI}version`]: '22.1',
          [`${OCI}revision`]: 'abc',
          [`${OCI}source`]: 'https://u:pl4nted-secret@github.com/o/r',
          other: 'x',
        },
      },
    })
    const asked = resolver()
    const description = await asked.describe(reference(registry.reference('o/i', '1')), [AMD64, ARM64])
    const { digest, mediaType, size } = image
    const platforms = Object.fromEntries(
      Object.entries(image.platforms).map(([name, each]) => [name, each.digest]),
    )
    assert.equal(description.resolution.descriptor, { digest, mediaType, size })
    assert.equal(digestsByPlatform(description.resolution.platforms), platforms)
    const config = {
      created: '2025-03-01T10:00:00.123456789Z',
      labels: { version: '22.1', revision: 'abc', source: 'https://***@github.com/o/r' },
      user: 'node',
      entrypoint: ['docker-entrypoint.sh', '-x'],
      environment: ['A', 'PATH', 'TOKEN'],
      ports: ['443/tcp', '80/tcp'],
    }
    assert.equal(description.configs, { 'linux/amd64': config, 'linux/arm64': config })
    assert.equal(description.date, { time: '2025-03-01T10:00:00Z', source: 'publisher' })
    assert.is(description.created, '2025-03-01T10:00:00Z')
    assert.not.match(JSON.stringify(description), 'pl4nted')
    assert.equal(
      seen(registry).sort(),
      [
        ...Object.values(image.platforms).map(each => `GET /v2/o/i/blobs/${each.config}`),
        'GET /v2/o/i/manifests/1',
        ...Object.values(image.platforms).map(each => `GET /v2/o/i/manifests/${each.digest}`),
      ].sort(),
    )

    registry.clear()
    await Promise.all([
      asked.describe(reference(registry.reference('o/i', '1')), [AMD64]),
      asked.resolve(reference(registry.reference('o/i', '1')), () => false),
    ])
    assert.equal(seen(registry), [])
    await asked.describe(byDigest(registry, 'o/i', digest), [ARM64])
    assert.equal(seen(registry), [])
  }))

test('a tag and its digest at the same time cost one HEAD and one GET', () =>
  withRegistry({}, async (registry, resolver) => {
    const { digest } = registry.addImage('o/i', '1')
    const asked = resolver()
    await Promise.all([
      asked.resolve(reference(registry.reference('o/i', '1')), () => false),
      asked.describe(byDigest(registry, 'o/i', digest), []),
    ])
    assert.equal(seen(registry).sort(), [`GET /v2/o/i/manifests/${digest}`, 'HEAD /v2/o/i/manifests/1'])
  }))

test('nothing is requested again after resolve', () =>
  withRegistry({}, async (registry, resolver) => {
    const { digest, config } = registry.addImage('o/i', '1', { single: true }).platforms['linux/amd64']!
    const asked = resolver()
    await asked.resolve(reference(registry.reference('o/i', '1')), () => false)
    const { configs } = await asked.describe(reference(registry.reference('o/i', '1')), [AMD64])
    assert.equal(Object.keys(configs), ['linux/amd64'])
    assert.equal(seen(registry), [
      'HEAD /v2/o/i/manifests/1',
      `GET /v2/o/i/manifests/${digest}`,
      `GET /v2/o/i/blobs/${config}`,
    ])
  }))

test('a single manifest by digest is described in two requests', () =>
  withRegistry({}, async (registry, resolver) => {
    const image = registry.addImage('o/i', '1', { single: true })
    const { resolution, configs } = await resolver().describe(byDigest(registry, 'o/i', image.digest), [
      AMD64,
      ARM64,
    ])
    assert.equal(digestsByPlatform(resolution.platforms), { 'linux/amd64': image.digest })
    assert.equal(Object.keys(configs), ['linux/amd64'])
    assert.is(registry.requests.length, 2)
  }))

test('a platform gets the manifest that its engine would use', () =>
  withRegistry({}, async (registry, resolver) => {
    registry.addImage('o/i', '1', { platforms: ['linux/arm/v6', 'linux/arm/v7', 'linux/386'] })
    const { configs } = await resolver().describe(reference(registry.reference('o/i', '1')), [
      AMD64,
      parsePlatform('linux/arm/v8')!,
      parsePlatform('linux/s390x')!,
    ])
    assert.equal(Object.keys(configs), ['linux/amd64', 'linux/arm/v8'])
  }))

test('annotations stand in for labels and dates', () =>
  withRegistry({}, async (registry, resolver) => {
    registry.addImage('o/i', '1', {
      created: '1970-01-01T00:00:00Z',
      config: { Labels: { [`${OCI}version`]: 'own' } },
      annotations: {
        [`${OCI}version`]: 'other',
        [`${OCI}revision`]: 'r',
        [`${OCI}created`]: '2025-02-03T00:00:00Z',
      },
    })
    const { configs, date } = await resolver().describe(reference(registry.reference('o/i', '1')), [AMD64])
    assert.equal(configs['linux/amd64']!.labels, { version: 'own', revision: 'r' })
    assert.equal(date, { time: '2025-02-03T00:00:00Z', source: 'publisher' })
  }))

test('the date is that of the registry, if it is believable', () =>
  withRegistry({}, async (registry, resolver) => {
    const { digest } = registry.addImage('o/i', '1', { created: '2025-01-01T00:00:00Z' })
    const publisher = { time: '2025-01-01T00:00:00Z', source: 'publisher' }
    const now = Date.now()
    for (const [header, expected] of [
      ['Tue, 04 Mar 2025 05:06:07 GMT', { time: '2025-03-04T05:06:07Z', source: 'registry' }],
      ['Thu, 01 Jan 1970 00:00:00 GMT', publisher],
      ['Mon, 31 Dec 2012 00:00:00 GMT', publisher],
      [new Date(now + 86_400_000).toUTCString(), publisher],
      [new Date(now).toUTCString(), publisher],
      ['yesterday', publisher],
      ['', publisher],
    ] as const) {
      registry.clearFaults()
      registry.fault(
        { pathRegex: /manifests\/1$/ },
        {
          kind: 'status',
          status: 200,
          headers: {
            'last-modified': header,
            'content-type': mediaTypes.oci.index,
            'docker-content-digest': digest,
          },
          body: registry.manifest('o/i', digest)!.body.toString(),
        },
      )
      const { date } = await resolver().describe(reference(registry.reference('o/i', '1')), [AMD64])
      assert.equal(date, expected, header)
    }
  }))

test('without a believable date there is none', () =>
  withRegistry({}, async (registry, resolver) => {
    for (const created of [
      '1970-01-01T00:00:00Z',
      '0001-01-01T00:00:00Z',
      '2999-01-01T00:00:00Z',
      'soon',
      '',
    ]) {
      const { digest } = registry.addImage('o/i', '1', { created })
      const description = await resolver().describe(byDigest(registry, 'o/i', digest), [AMD64])
      assert.not('date' in description, created)
      assert.not('created' in description, created)
    }
  }))

test('what does not match its digest is not used', () =>
  withRegistry({}, async (registry, resolver) => {
    const image = registry.addImage('o/i', '1')
    const { digest, config } = image.platforms['linux/amd64']!
    for (const wrong of [image.digest, digest, config]) {
      registry.clearFaults()
      registry.fault({ pathRegex: new RegExp(wrong) }, { kind: 'wrong-body' })
      const asked = resolver().describe(byDigest(registry, 'o/i', image.digest), [AMD64])
      await failure(asked, 'untrusted', { says: [/does not match/] })
    }
  }))

test('a config that is missing, too large or not JSON', () =>
  withRegistry({}, async (registry, resolver) => {
    const image = registry.addImage('o/i', '1')
    const { config } = image.platforms['linux/amd64']!
    const pathRegex = new RegExp(config)
    const ask = () => resolver().describe(byDigest(registry, 'o/i', image.digest), [AMD64, ARM64])
    registry.fault({ pathRegex, times: 1 }, { kind: 'status', status: 404 })
    assert.equal(Object.keys((await ask()).configs), ['linux/arm64'])
    registry.fault({ pathRegex, times: 1 }, { kind: 'oversize' })
    await failure(ask(), 'untrusted', { says: [/more than 4 MiB/] })
    for (const body of [
      '[]',
      '{"config":[],"created":7}',
      '{"config":{"Env":7,"Labels":[],"Entrypoint":{},"ExposedPorts":[1]}}',
    ]) {
      const blob = Buffer.from(body)
      const manifest = Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: mediaTypes.oci.manifest,
          config: { mediaType: mediaTypes.oci.config, digest: sha256(blob), size: blob.length },
          layers: [],
        }),
      )
      const index = Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: mediaTypes.oci.index,
          manifests: [
            {
              mediaType: mediaTypes.oci.manifest,
              digest: sha256(manifest),
              size: manifest.length,
              platform: { os: 'linux', architecture: 'amd64' },
            },
          ],
        }),
      )
      registry.addManifest('o/i', undefined, { mediaType: mediaTypes.oci.manifest, body: manifest })
      const digest = registry.addManifest('o/i', 'odd', { mediaType: mediaTypes.oci.index, body: index })
      registry.fault({ pathRegex: new RegExp(sha256(blob)), times: 1 }, { kind: 'status', status: 200, body })
      const { configs } = await resolver().describe(byDigest(registry, 'o/i', digest), [AMD64])
      const [described] = Object.values(configs)
      assert.equal(described?.environment, [])
      assert.equal(described?.labels, {})
    }
  }))

test('blobs may be elsewhere, without credentials', () =>
  withRegistries([{ auth: { kind: 'bearer' } }, {}], async ([registry, other], resolver) => {
    const { digest, platforms } = registry!.addImage('o/i', '1')
    other!.addImage('o/i', '1')
    registry!.fault(({ path, headers }) => path.includes('/blobs/') && headers.authorization !== undefined, {
      kind: 'redirect',
      to: other!.url,
    })
    const { configs } = await resolver().describe(byDigest(registry!, 'o/i', digest), [AMD64])
    assert.equal(Object.keys(configs), ['linux/amd64'])
    assert.equal(seen(other!), [`GET /v2/o/i/blobs/${platforms['linux/amd64']!.config}`])
    assert.is(other!.requests[0]!.headers.authorization, undefined)
  }))

test('what a mirror lacks comes from the registry', () =>
  withRegistries([{}, {}], async ([registry, mirror], resolver) => {
    const image = registry!.addImage('o/i', '1')
    mirror!.addManifest('o/i', '1', {
      mediaType: image.mediaType,
      body: image.manifests.get(image.digest)!.body,
    })
    const registries = { [registry!.host]: { mirrors: [mirror!.url] } }
    const { configs } = await resolver({ registries }).describe(reference(registry!.reference('o/i', '1')), [
      AMD64,
    ])
    assert.equal(Object.keys(configs), ['linux/amd64'])
    assert.equal(seen(mirror!), [
      'GET /v2/o/i/manifests/1',
      `GET /v2/o/i/manifests/${image.platforms['linux/amd64']!.digest}`,
    ])
  }))

test('an image that is not there is not found', () =>
  withRegistry({}, async (registry, resolver) => {
    await failure(resolver().describe(reference(registry.reference('o/i', '1')), [AMD64]), 'not-found', {
      says: [/^\S+\/o\/i:1: /],
    })
  }))

test('serves: one HEAD for a digest, also with a tag', () =>
  withRegistry({}, async (registry, resolver) => {
    const { digest } = registry.addImage('o/i', '1')
    const asked = resolver()
    const locked = { ...reference(registry.reference('o/i', '1')), ...byDigest(registry, 'o/i', digest) }
    const pinned = { ...locked, digest: locked.digest!, tag: '1' }
    assert.is(await asked.serves(pinned), true)
    assert.is(await asked.serves(pinned), true)
    assert.equal(seen(registry), [`HEAD /v2/o/i/manifests/${digest}`])
    registry.removeManifest('o/i', digest)
    assert.is(await asked.serves(pinned), true, 'once in a run')
    assert.is(await resolver().serves(pinned), false)
    registry.fault({}, { kind: 'status', status: 403 })
    await failure(resolver().serves(pinned), 'denied')
    registry.clearFaults()
    await registry.down()
    await failure(resolver().serves(pinned), 'unreachable')
  }))

test('serves: a mirror or the registry', () =>
  withRegistries([{}, {}], async ([registry, mirror], resolver) => {
    const { digest } = registry!.addImage('o/i', '1')
    const registries = { [registry!.host]: { mirrors: [mirror!.url] } }
    const parsed = byDigest(registry!, 'o/i', digest)
    const locked = { ...parsed, digest: parsed.digest! }
    assert.is(await resolver({ registries }).serves(locked), true)
    registry!.removeManifest('o/i', digest)
    assert.is(await resolver({ registries }).serves(locked), false)
    mirror!.addImage('o/i', '1')
    const there = byDigest(registry!, 'o/i', mirror!.addImage('o/i', '1').digest)
    assert.is(await resolver({ registries }).serves({ ...there, digest: there.digest! }), true)
  }))

test.run()
