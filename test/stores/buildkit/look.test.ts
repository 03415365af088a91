import { createHash } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Digest, parseDigest } from '../../../src/core/digest.ts'
import { type Content, openContent } from '../../../src/stores/buildkit/content.ts'
import { GrpcError } from '../../../src/stores/buildkit/grpc.ts'
import { inspectContent } from '../../../src/stores/buildkit/look.ts'
import { writeBytes, writeNumber } from '../../../src/stores/buildkit/protobuf.ts'
import { asPlatform } from '../../support/platform.ts'
import { want } from '../fake-engine.ts'

const test = suite('content look')
const { signal } = new AbortController()
const from = 'containerd.io/distribution.source.docker.io'

function digestOf(bytes: string): Digest {
  return parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`)!
}

/** BuildKit's content as it answers, from what was put into it. */
class Store {
  readonly blobs = new Map<string, string>()
  readonly asked: string[] = []
  underWay = 0
  most = 0

  put(document: unknown): Digest {
    const bytes = typeof document === 'string' ? document : JSON.stringify(document)
    const digest = digestOf(bytes)
    this.blobs.set(digest, bytes)
    return digest
  }

  content(labels: Readonly<Record<string, string>> = { [from]: 'library/alpine' }): Content {
    return openContent({
      call: async (path, message) => {
        const digest = message.subarray(2, 2 + (message[1] ?? 0)).toString()
        this.asked.push(digest)
        this.underWay += 1
        this.most = Math.max(this.most, this.underWay)
        await new Promise(setImmediate)
        this.underWay -= 1
        if (parseDigest(digest) === undefined) throw new GrpcError(3, `"${digest}" failed validation`)
        const bytes = this.blobs.get(digest)
        if (bytes === undefined) throw new GrpcError(5, 'not found')
        if (path.endsWith('/Read')) return [Buffer.from(writeBytes(2, bytes))]
        const map = Object.entries(labels).map(([name, value]) =>
          writeBytes(5, Buffer.concat([writeBytes(1, name), writeBytes(2, value)])),
        )
        const info = [writeBytes(1, digest), writeNumber(2, Buffer.byteLength(bytes)), ...map]
        return [writeBytes(1, Buffer.concat(info))]
      },
      close: () => {},
    })
  }

  image(architecture = 'amd64', layers: unknown = [{ digest: this.put('layer') }]): Digest {
    const config = this.put({ os: 'linux', architecture })
    return this.put({ config: { digest: config }, layers })
  }

  look(digest: Digest, platformDigest?: Digest) {
    const wanted = want('alpine:3.23', digest, platformDigest === undefined ? {} : { platformDigest })
    return inspectContent(this.content(), wanted, asPlatform('linux/amd64'), signal)
  }
}

function entry(digest: string, architecture = 'amd64') {
  return { digest, platform: { os: 'linux', architecture } }
}

test('a whole image is complete, alone or in an index', async () => {
  const store = new Store()
  const image = store.image()
  assert.equal(await store.look(image), { has: 'complete', labelled: true })
  const index = store.put({ manifests: [entry(image), entry(digestOf('arm'), 'arm64')] })
  assert.equal(await store.look(index), { has: 'complete', labelled: true })
  assert.equal(await store.look(index, image), { has: 'complete', labelled: true })
})

test("an image of another platform is not the platform's, though no index says so", async () => {
  const store = new Store()
  assert.is((await store.look(store.image('arm64'))).has, 'elsewhere')
})

test('a digest that the lockfile gives to a platform, but the index does not list, is not what a build takes', async () => {
  const store = new Store()
  const other = store.image()
  const index = store.put({ manifests: [entry(digestOf('missing'))] })
  assert.is((await store.look(index, other)).has, 'elsewhere')
})

test('nor is one that the index lists for another platform', async () => {
  const store = new Store()
  const arm = store.image('arm64')
  const index = store.put({ manifests: [entry(digestOf('missing')), entry(arm, 'arm64')] })
  assert.is((await store.look(index, arm)).has, 'elsewhere')
})

for (const [what, layers] of [
  ['no layers', undefined],
  ['layers that are no list', { digest: 'x' }],
  ['a layer without a digest', [{}]],
  ['a layer whose digest is none', [{ digest: 'sha256:../../etc' }]],
  ['a layer that is not there', [{ digest: digestOf('elsewhere') }]],
] as const) {
  test(`a manifest with ${what} is not complete, and no error`, async () => {
    const store = new Store()
    const image = store.image('amd64', layers === undefined ? null : layers)
    assert.is((await store.look(image)).has, 'described')
    assert.ok(store.asked.every(digest => parseDigest(digest) !== undefined))
  })
}

test('a manifest whose config has no digest is not complete, and no error', async () => {
  const store = new Store()
  const image = store.put({ config: { digest: 'none' }, layers: [] })
  assert.is((await store.look(image)).has, 'partial')
})

test('an index in an index is not followed', async () => {
  const store = new Store()
  const inner = store.put({ manifests: [entry(store.image())] })
  assert.is.not((await store.look(store.put({ manifests: [entry(inner)] }))).has, 'complete')
})

test('of 30,000 layers few are asked for at once, and each once', async () => {
  const store = new Store()
  const one = store.put('layer')
  const layers = [
    ...Array.from({ length: 30_000 }, () => ({ digest: one })),
    ...Array.from({ length: 300 }, (_, index) => ({ digest: store.put(`layer ${index}`) })),
  ]
  const image = store.image('amd64', layers)
  assert.is((await store.look(image)).has, 'complete')
  assert.ok(store.asked.length < 320, `${store.asked.length} calls`)
  assert.ok(store.most <= 32, `${store.most} at once`)
})

test('a label leads to its own repository alone', async () => {
  const store = new Store()
  const image = store.image()
  const labelled = async (labels: Readonly<Record<string, string>>) =>
    (
      await inspectContent(
        store.content(labels),
        want('alpine:3.23', image),
        asPlatform('linux/amd64'),
        signal,
      )
    ).labelled
  assert.is(await labelled({ [from]: 'library/busybox,library/alpine' }), true)
  for (const value of ['', ',', 'library/alpine2', 'alpine', ' library/alpine', 'LIBRARY/ALPINE'])
    assert.is(await labelled({ [from]: value }), false, value)
  assert.is(await labelled({ [`${from}.evil.test`]: 'library/alpine' }), false)
})

test.run()
