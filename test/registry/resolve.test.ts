import { createHash } from 'node:crypto'
import { type AddressInfo, connect, createServer } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { digestsByPlatform } from '../support/platform.ts'
import { mediaTypes, sha256, startRegistry } from '../support/registry/index.ts'
import { base64, failure, reference, resolverWith, seen, withRegistries, withRegistry } from './support.ts'

const test = suite('registry/resolve')

const none = (): boolean => false

test('a new index costs one HEAD and one GET; its platforms are those of the index, without attestations', () =>
  withRegistry({}, async (registry, resolver) => {
    for (const flavour of ['oci', 'docker'] as const) {
      registry.clear()
      const image = registry.addImage('o/i', flavour, {
        mediaTypes: flavour,
        attestations: true,
        platforms: ['linux/amd64', 'linux/arm/v7', 'windows/amd64'],
      })
      const asked = resolver()
      const resolution = await asked.resolve(reference(registry.reference('o/i', flavour)), none)
      const { digest, mediaType, size } = image
      assert.equal(resolution.descriptor, { digest, mediaType, size })
      assert.equal(
        digestsByPlatform(resolution.platforms),
        Object.fromEntries(Object.entries(image.platforms).map(([name, each]) => [name, each.digest])),
      )
      assert.equal(seen(registry), [`HEAD /v2/o/i/manifests/${flavour}`, `GET /v2/o/i/manifests/${digest}`])
      assert.is(asked.requests, 2)
    }
  }))

test('an index whose platforms are known costs one HEAD', () =>
  withRegistry({}, async (registry, resolver) => {
    const { digest } = registry.addImage('o/i', '1')
    const asked: string[] = []
    const resolution = await resolver().resolve(reference(registry.reference('o/i', '1')), known => {
      asked.push(known)
      return true
    })
    assert.equal(asked, [digest])
    assert.is(resolution.descriptor.digest, digest)
    assert.is(resolution.platforms, undefined)
    assert.equal(seen(registry), ['HEAD /v2/o/i/manifests/1'])
  }))

test('the platform of a single manifest comes from its config', () =>
  withRegistry({}, async (registry, resolver) => {
    for (const flavour of ['oci', 'docker'] as const) {
      const image = registry.addImage('o/i', flavour, {
        single: true,
        mediaTypes: flavour,
        platforms: ['linux/arm64/v8'],
      })
      const resolution = await resolver().resolve(reference(registry.reference('o/i', flavour)), none)
      assert.is(resolution.descriptor.mediaType, mediaTypes[flavour].manifest)
      assert.equal(digestsByPlatform(resolution.platforms), { 'linux/arm64/v8': image.digest })
    }
  }))

test('a variant in the config is part of the platform', () =>
  withRegistry({}, async (registry, resolver) => {
    for (const [tag, platform] of [
      ['v7', 'linux/arm/v7'],
      ['v6', 'linux/arm/v6'],
      ['plain', 'linux/arm64'],
      ['windows', 'windows/amd64'],
    ] as const) {
      const { digest } = registry.addImage('o/i', tag, { single: true, platforms: [platform] })
      const { platforms } = await resolver().resolve(reference(registry.reference('o/i', tag)), none)
      assert.equal(digestsByPlatform(platforms), { [platform]: digest })
    }
  }))

/** An entry of an index, of an image that nobody asks for. */
const AMD64 = { digest: sha256('amd64'), platform: { os: 'linux', architecture: 'amd64' } }

/** An index over these entries, and the entry that it is itself. */
const indexOf = (manifests: readonly object[]): { mediaType: string; body: Buffer; entry: object } => {
  const mediaType = mediaTypes.oci.index
  const body = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests }))
  return { mediaType, body, entry: { mediaType, digest: sha256(body), size: body.length } }
}

test('an index in an index counts; of two entries for a platform the first does', () =>
  withRegistry({}, async (registry, resolver) => {
    const image = registry.addImage('o/i', 'inner', { platforms: ['linux/amd64', 'linux/arm/v7'] })
    const other = registry.addImage('o/i', 'other', { platforms: ['linux/amd64', 'linux/s390x'] })
    const { digest, mediaType, size } = image
    const middle = indexOf([{ digest, mediaType, size, platform: { os: 'linux', architecture: 'amd64' } }])
    const { digest: second } = other
    const outer = indexOf([
      middle.entry,
      { digest: second, mediaType, size: other.size },
      {
        digest: second,
        mediaType: mediaTypes.oci.manifest,
        platform: { os: 'unknown', architecture: 'unknown' },
      },
    ])
    for (const index of [middle, outer]) registry.addManifest('o/i', 'nested', index)
    registry.clear()
    const resolution = await resolver().resolve(reference(registry.reference('o/i', 'nested')), none)
    assert.is(resolution.descriptor.digest, sha256(outer.body))
    assert.equal(digestsByPlatform(resolution.platforms), {
      'linux/amd64': image.platforms['linux/amd64']!.digest,
      'linux/arm/v7': image.platforms['linux/arm/v7']!.digest,
      'linux/s390x': other.platforms['linux/s390x']!.digest,
    })
    assert.is(registry.requests.length, 5)
  }))

test('what an index lists without a platform is looked up; what is no image is passed over', () =>
  withRegistry({}, async (registry, resolver) => {
    const arm = registry.addImage('o/i', 'arm', { single: true, platforms: ['linux/arm64/v8'] })
    const digest = `sha256:${'0'.repeat(64)}`
    const helm = Buffer.from(
      JSON.stringify({
        config: { mediaType: 'application/vnd.cncf.helm.config.v1+json', digest },
        layers: [],
      }),
    )
    const { mediaType } = arm
    const chart = registry.addManifest('o/i', 'helm', { mediaType, body: helm })
    const index = indexOf([
      { mediaType, digest: arm.digest },
      { mediaType, digest: chart },
      { mediaType, digest, artifactType: 'application/x' },
      { mediaType: 'application/x', digest },
    ])
    registry.addManifest('o/i', 'open', index)
    const { platforms } = await resolver().resolve(reference(registry.reference('o/i', 'open')), none)
    assert.equal(digestsByPlatform(platforms), { 'linux/arm64/v8': arm.digest })
  }))

test('an index that lists attestations alone is no image', () =>
  withRegistry({}, async (registry, resolver) => {
    const platform = { os: 'unknown', architecture: 'unknown' }
    const index = indexOf([{ mediaType: mediaTypes.oci.manifest, digest: sha256('x'), platform }])
    registry.addManifest('o/i', '1', index)
    await failure(resolver().resolve(reference(registry.reference('o/i', '1')), none), 'unsupported', {
      says: [registry.host, 'o/i:1', 'no image for any platform'],
    })
  }))

test('what an index lists and the registry does not have is passed over', () =>
  withRegistry({}, async (registry, resolver) => {
    const missing = (mediaType: string) => ({ mediaType, digest: sha256(mediaType) })
    const index = indexOf([AMD64, missing(mediaTypes.oci.manifest), missing(mediaTypes.oci.index)])
    registry.addManifest('o/i', '1', index)
    const { platforms } = await resolver().resolve(reference(registry.reference('o/i', '1')), none)
    assert.equal(digestsByPlatform(platforms), { 'linux/amd64': AMD64.digest })
  }))

test('what a mirror does not have of an index the registry may have', () =>
  withRegistries([{}, {}], async ([mirror, registry], resolver) => {
    const { digest, mediaType } = registry!.addImage('o/i', 'arm', {
      single: true,
      platforms: ['linux/arm64/v8'],
    })
    for (const each of [mirror!, registry!])
      each.addManifest('o/i', '1', indexOf([AMD64, { mediaType, digest }]))
    const shared = resolver({ registries: { [registry!.host]: { mirrors: [mirror!.url] } } })
    const { platforms } = await shared.resolve(reference(registry!.reference('o/i', '1')), none)
    assert.equal(digestsByPlatform(platforms), { 'linux/amd64': AMD64.digest, 'linux/arm64/v8': digest })
  }))

test('more manifests without a platform than are looked up are no image with fewer platforms', () =>
  withRegistry({}, async (registry, resolver) => {
    const entries = Array.from({ length: 20 }, (_, n) => {
      const { mediaType, digest } = registry.addImage('o/i', `${n}`, {
        single: true,
        platforms: [`linux/a${n}`],
      })
      return { mediaType, digest }
    })
    registry.addManifest('o/i', 'many', indexOf(entries))
    await failure(resolver().resolve(reference(registry.reference('o/i', 'many')), none), 'unsupported', {
      says: ['without a platform'],
    })
  }))

test('nesting has an end: in depth, and in number', () =>
  withRegistry({}, async (registry, resolver) => {
    let deep = indexOf([])
    registry.addManifest('o/i', 'deep', deep)
    for (let depth = 0; depth < 8; depth++) {
      deep = indexOf([deep.entry])
      registry.addManifest('o/i', 'deep', deep)
    }
    const many = Array.from({ length: 50 }, (_, n) => {
      const index = indexOf([{ digest: sha256(`${n}`), platform: { os: 'linux', architecture: `a${n}` } }])
      registry.addManifest('o/i', 'wide', index)
      return index.entry
    })
    registry.addManifest('o/i', 'wide', indexOf(many))
    for (const tag of ['deep', 'wide']) {
      registry.clear()
      await failure(resolver().resolve(reference(registry.reference('o/i', tag)), none), 'unsupported', {
        says: ['too many indexes', `o/i:${tag}`],
      })
      assert.ok(registry.requests.length <= 20, `${registry.requests.length} requests`)
    }
  }))

test('the bytes of an inner index are checked too, also by sha512', () =>
  withRegistry({}, async (registry, resolver) => {
    const inner = indexOf([{ digest: sha256('x'), platform: { os: 'linux', architecture: 'amd64' } }])
    const digest = `sha512:${createHash('sha512').update(inner.body).digest('hex')}`
    registry.addManifest('o/i', '1', indexOf([{ mediaType: inner.mediaType, digest }]))
    const serve = (body: string): (() => void) =>
      registry.fault(
        { pathRegex: /sha512/ },
        { kind: 'status', status: 200, headers: { 'content-type': inner.mediaType }, body },
      )
    const clear = serve(`${inner.body}`)
    const { platforms } = await resolver().resolve(reference(registry.reference('o/i', '1')), none)
    assert.equal(digestsByPlatform(platforms), { 'linux/amd64': sha256('x') })
    clear()
    serve(`${inner.body} `)
    await failure(resolver().resolve(reference(registry.reference('o/i', '1')), none), 'untrusted')
  }))

test('a reference by sha512 is what its bytes say', async () => {
  const { body, mediaType } = indexOf([AMD64])
  const digest = `sha512:${createHash('sha512').update(body).digest('hex')}`
  await withRegistry({}, async (registry, resolver) => {
    const headers = { 'content-type': mediaType }
    registry.fault({}, { kind: 'status', status: 200, headers, body: `${body}` })
    const { descriptor } = await resolver().resolve(reference(`${registry.host}/o/i@${digest}`), none)
    assert.is(descriptor.digest, digest)
    registry.clearFaults()
    registry.fault({}, { kind: 'status', status: 200, headers, body: `${body} ` })
    await failure(resolver().resolve(reference(`${registry.host}/o/i@${digest}`), none), 'untrusted')
  })
})

test('content is asked for as it is, not compressed', () =>
  withRegistry({ answerAnything: true }, async (registry, resolver) => {
    await resolver().resolve(reference(registry.reference('o/i', '1')), none)
    assert.equal(
      registry.requests.map(({ headers }) => headers['accept-encoding']),
      ['identity', 'identity'],
    )
  }))

test('one connection does for what comes one after the other: token, HEAD, GET, GET', () =>
  withRegistry({ auth: { kind: 'bearer' } }, async (registry, resolver) => {
    registry.addImage('o/i', '1', { single: true })
    await resolver().resolve(reference(registry.reference('o/i', '1')), none)
    assert.is(registry.requests.length, 5)
    assert.is(registry.connections, 1)
  }))

test('a registry on an IPv6 address, with a password', () =>
  withRegistry({ auth: { kind: 'basic', users: { user: 'pass' } } }, async (registry, resolver) => {
    const { digest } = registry.addImage('o/i', '1')
    const way = createServer(socket => {
      const onward = connect(registry.port, '127.0.0.1')
      onward.pipe(socket).pipe(onward)
      for (const each of [onward, socket]) each.on('error', () => each.destroy())
    })
    await new Promise<void>(resolve => way.listen(0, '::1', resolve))
    try {
      const host = `[::1]:${(way.address() as AddressInfo).port}`
      const shared = resolver({ auths: { [host]: { auth: base64('user:pass') } } })
      const { descriptor } = await shared.resolve(reference(`${host}/o/i:1`), none)
      assert.is(descriptor.digest, digest)
      assert.ok(registry.requests.every(({ headers }) => headers.host === host))
      assert.is(registry.connections, 1)
      await shared.close()
    } finally {
      await new Promise(resolve => way.close(resolve))
    }
  }))

test('concurrent and later callers share one dialogue, tags of one digest one GET', () =>
  withRegistry({}, async (registry, resolver) => {
    const { digest } = registry.addImage('o/i', '1')
    registry.moveTag('o/i', 'latest', digest)
    const shared = resolver()
    const [one, latest] = ['1', 'latest'].map(tag => reference(registry.reference('o/i', tag)))
    const answers = await Promise.all([one!, one!, latest!, one!].map(each => shared.resolve(each, none)))
    answers.push(await shared.resolve(one!, none))
    for (const each of answers) assert.equal(each, answers[0])
    assert.equal(seen(registry).sort(), [
      `GET /v2/o/i/manifests/${digest}`,
      'HEAD /v2/o/i/manifests/1',
      'HEAD /v2/o/i/manifests/latest',
    ])
  }))

test('what goes wrong for tags of one digest is told of each by its name', () =>
  withRegistry({}, async (registry, resolver) => {
    const { digest } = registry.addImage('o/i', 'one')
    registry.moveTag('o/i', 'two', digest)
    registry.fault({ method: 'GET' }, { kind: 'status', status: 403 })
    const shared = resolver()
    await Promise.all(
      ['one', 'two'].map(async tag => {
        const asked = shared.resolve(reference(registry.reference('o/i', tag)), none)
        assert.match((await failure(asked, 'denied')).message, `${registry.host}/o/i:${tag}: `)
      }),
    )
  }))

test('no more references at one time than asked for, whatever registries they are on', () =>
  withRegistries([{ latencyMs: 20 }, { latencyMs: 20 }], async (registries, resolver) => {
    const shared = resolver({ concurrency: 3 })
    const references = Array.from({ length: 12 }, (_, number) => {
      const registry = registries[number % 2]!
      registry.addImage(`o/i${number}`, '1')
      return reference(registry.reference(`o/i${number}`, '1'))
    })
    await Promise.all(references.map(each => shared.resolve(each, none)))
    const requests = registries.flatMap(each => each.requests)
    assert.is(requests.length, 24)
    for (const { at } of requests) {
      const open = requests.filter(other => other.at <= at && at < (other.endedAt ?? Infinity))
      assert.ok(open.length <= 3, `${open.length} requests at one time`)
    }
  }))

test('a reference by digest is asked for by its digest, one by tag and digest by its tag', () =>
  withRegistry({}, async (registry, resolver) => {
    const { digest } = registry.addImage('o/i', '1')
    const moved = registry.moveTag('o/i', '1')
    const byDigest = await resolver().resolve(reference(`${registry.host}/o/i@${digest}`), none)
    assert.is(byDigest.descriptor.digest, digest)
    const byBoth = await resolver().resolve(reference(`${registry.host}/o/i:1@${digest}`), none)
    assert.is(byBoth.descriptor.digest, moved)
    registry.fault({ method: 'HEAD' }, { kind: 'wrong-digest' })
    await failure(resolver().resolve(reference(`${registry.host}/o/i@${digest}`)), 'untrusted', {
      says: [registry.host, digest.slice(0, 19)],
    })
  }))

test('without Docker-Content-Digest the bytes are hashed, and read once', () =>
  withRegistry({}, async (registry, resolver) => {
    const { digest, mediaType, size } = registry.addImage('o/i', '1')
    registry.fault({}, { kind: 'missing-digest' })
    const resolution = await resolver().resolve(reference(registry.reference('o/i', '1')), none)
    assert.equal(resolution.descriptor, { digest, mediaType, size })
    assert.equal(Object.keys(digestsByPlatform(resolution.platforms) ?? {}), [
      'linux/amd64',
      'linux/arm64/v8',
    ])
    assert.equal(seen(registry), ['HEAD /v2/o/i/manifests/1', 'GET /v2/o/i/manifests/1'])
  }))

test('a registry that knows no HEAD is asked by GET; other refusals of HEAD stand', () =>
  withRegistry({}, async (registry, resolver) => {
    const { digest } = registry.addImage('o/i', '1')
    for (const status of [405, 501]) {
      registry.clear()
      registry.fault({ method: 'HEAD' }, { kind: 'status', status })
      const { descriptor } = await resolver().resolve(reference(registry.reference('o/i', '1')), none)
      assert.is(descriptor.digest, digest)
      assert.equal(seen(registry), ['HEAD /v2/o/i/manifests/1', 'GET /v2/o/i/manifests/1'])
      registry.clearFaults()
      registry.clear()
      registry.fault({}, { kind: 'status', status })
      await failure(resolver().resolve(reference(registry.reference('o/i', '1'))), 'unreachable', {
        says: [`status ${status}`],
      })
      registry.clearFaults()
    }
    registry.clear()
    registry.fault({ method: 'HEAD' }, { kind: 'status', status: 404 })
    await failure(resolver().resolve(reference(registry.reference('o/i', '1'))), 'not-found')
    assert.equal(seen(registry), ['HEAD /v2/o/i/manifests/1'])
  }))

test('a type that HEAD does not name is read from the document', () =>
  withRegistry({}, async (registry, resolver) => {
    for (const value of [undefined, 'application/json', 'text/html; charset=utf-8']) {
      registry.clearFaults()
      const image = registry.addImage('o/i', '1')
      registry.fault({}, { kind: 'content-type', ...(value !== undefined && { value }) })
      const { descriptor } = await resolver().resolve(reference(registry.reference('o/i', '1')), none)
      assert.is(descriptor.mediaType, image.mediaType)
      assert.is(descriptor.digest, image.digest)
    }
  }))

test('bytes that do not match their digest are refused: index, manifest and config', () =>
  withRegistry({}, async (registry, resolver) => {
    registry.addImage('o/index', '1')
    registry.addImage('o/single', '1', { single: true })
    for (const [repository, pathRegex] of [
      ['o/index', /manifests\/sha256/],
      ['o/single', /manifests\/sha256/],
      ['o/single', /blobs/],
    ] as const) {
      const clear = registry.fault({ pathRegex }, { kind: 'wrong-body' })
      const asked = resolver().resolve(reference(registry.reference(repository, '1')), none)
      await failure(asked, 'untrusted', { says: [registry.host, `${repository}:1`, 'sha256:'] })
      clear()
    }
  }))

test('sha512 is checked as sha256 is', async () => {
  const body = Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.oci.index, manifests: [AMD64] }),
  )
  const digest = `sha512:${createHash('sha512').update(body).digest('hex')}`
  await withRegistry({}, async (registry, resolver) => {
    const headers = { 'docker-content-digest': digest, 'content-type': mediaTypes.oci.index }
    registry.fault({}, { kind: 'status', status: 200, headers, body: body.toString() })
    const { descriptor } = await resolver().resolve(reference(registry.reference('o/i', '1')), none)
    assert.is(descriptor.digest, digest)
    registry.clearFaults()
    registry.fault({}, { kind: 'status', status: 200, headers, body: `${body} ` })
    await failure(resolver().resolve(reference(registry.reference('o/i', '1')), none), 'untrusted')
  })
})

test('a body beyond 4 MiB is not read to its end', () =>
  withRegistry({}, async (registry, resolver) => {
    registry.addImage('o/i', '1')
    registry.fault({ method: 'GET' }, { kind: 'oversize', bytes: 64 * 1024 * 1024 })
    const asked = resolver().resolve(reference(registry.reference('o/i', '1')), none)
    await failure(asked, 'untrusted', { says: [registry.host, '4 MiB'] })
    assert.is(registry.requests.filter(({ method }) => method === 'GET').length, 1)
  }))

test('what is no image is refused: schema 1, another artifact, no JSON, an odd index', () =>
  withRegistry({}, async (registry, resolver) => {
    const add = (tag: string, mediaType: string, content: unknown): void => {
      const body = Buffer.from(typeof content === 'string' ? content : JSON.stringify(content))
      registry.addManifest('o/i', tag, { mediaType, body })
    }
    const digest = `sha256:${'0'.repeat(64)}`
    const schema1 = 'application/vnd.docker.distribution.manifest.v1+prettyjws'
    add('schema1', schema1, { schemaVersion: 1, name: 'o/i', tag: 'schema1' })
    add('hidden1', 'application/json', { schemaVersion: 1, name: 'o/i', tag: 'hidden1' })
    const helm = 'application/vnd.cncf.helm.config.v1+json'
    add('helm', mediaTypes.oci.manifest, { config: { mediaType: helm, digest }, layers: [] })
    add('text', mediaTypes.oci.index, 'hello')
    add('odd', mediaTypes.oci.index, { manifests: [{ digest: 'sha256:zz', platform: {} }] })
    add('none', mediaTypes.oci.manifest, { layers: [] })
    add('else', 'application/json', { hello: 'world' })
    for (const [tag, says] of [
      ['schema1', 'schema 1'],
      ['hidden1', 'schema 1'],
      ['helm', helm],
      ['text', 'not JSON'],
      ['odd', 'lists no manifests'],
      ['none', 'no config'],
      ['else', 'application/json'],
    ] as const) {
      const asked = resolver().resolve(reference(registry.reference('o/i', tag)), none)
      await failure(asked, 'unsupported', { says: [registry.host, `o/i:${tag}`, says] })
    }
  }))

test('a resolver that was not asked sends nothing, and closes twice', async () => {
  const idle = resolverWith()
  assert.is(idle.requests, 0)
  await idle.close()
  await idle.close()
})

test('a registry that is gone after HEAD is an error, not a half answer', async () => {
  const registry = await startRegistry()
  const shared = resolverWith()
  try {
    registry.addImage('o/i', '1')
    const one = reference(registry.reference('o/i', '1'))
    await shared.resolve(one)
    await registry.down()
    await failure(shared.resolve(one, none), 'unreachable', { says: [registry.host] })
  } finally {
    await shared.close()
    await registry.close()
  }
})

test.run()
