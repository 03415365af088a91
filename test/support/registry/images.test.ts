import { gunzipSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { makeImage, mediaTypes, sha256 } from './images.ts'
import { gzipStored, tar } from './tar.ts'

const test = suite('embedded registry: images')

interface Descriptor {
  mediaType: string
  digest: string
  size: number
  platform?: { os: string; architecture: string; variant?: string }
  annotations?: Record<string, string>
}

function parse<T>(bytes: Buffer | undefined): T {
  return JSON.parse(bytes!.toString()) as T
}

for (const flavour of ['oci', 'docker'] as const) {
  test(`every descriptor of an image (${flavour}) names stored bytes of its digest, size and type`, () => {
    const image = makeImage('library/alpine', '3.23', { mediaTypes: flavour, attestations: true })
    const types = mediaTypes[flavour]
    assert.is(image.mediaType, types.index)
    const check = (descriptor: Descriptor, stored: Buffer | undefined): void => {
      assert.is(sha256(stored!), descriptor.digest)
      assert.is(stored!.length, descriptor.size)
    }
    check(image, image.manifests.get(image.digest)?.body)
    const index = parse<{ mediaType: string; manifests: Descriptor[] }>(
      image.manifests.get(image.digest)?.body,
    )
    assert.is(index.mediaType, types.index)
    assert.is(index.manifests.length, 4)
    for (const entry of index.manifests) {
      const manifest = image.manifests.get(entry.digest)
      check(entry, manifest?.body)
      assert.is(manifest?.mediaType, types.manifest)
      const { config, layers } = parse<{ config: Descriptor; layers: Descriptor[] }>(manifest?.body)
      for (const part of [config, ...layers]) check(part, image.blobs.get(part.digest))
      const { rootfs, os } = parse<{ rootfs: { diff_ids: string[] }; os: string }>(
        image.blobs.get(config.digest),
      )
      assert.is(os, entry.platform?.os)
      const layer = image.blobs.get(layers[0]!.digest)!
      const content = layers[0]!.mediaType === types.layer ? gunzipSync(layer) : layer
      assert.equal(rootfs.diff_ids, [sha256(content)])
    }
  })
}

test('an index has the platforms asked for, then the attestations of each', () => {
  const image = makeImage('a', '1', { platforms: ['linux/arm/v7', 'windows/amd64'], attestations: true })
  const { manifests } = parse<{ manifests: Descriptor[] }>(image.manifests.get(image.digest)?.body)
  assert.equal(
    manifests.map(({ platform }) => platform),
    [
      { architecture: 'arm', os: 'linux', variant: 'v7' },
      { architecture: 'amd64', os: 'windows' },
      { architecture: 'unknown', os: 'unknown' },
      { architecture: 'unknown', os: 'unknown' },
    ],
  )
  assert.equal(
    manifests.slice(2).map(({ annotations }) => annotations?.['vnd.docker.reference.digest']),
    [image.platforms['linux/arm/v7']?.digest, image.platforms['windows/amd64']?.digest],
  )
  assert.equal(
    manifests.slice(2).map(({ digest }) => digest),
    image.attestations,
  )
})

test('a single image is the manifest of the first platform', () => {
  const image = makeImage('a', '1', { single: true })
  assert.is(image.digest, image.platforms['linux/amd64']?.digest)
  assert.is(image.mediaType, mediaTypes.oci.manifest)
  assert.equal([...image.manifests.keys()], [image.digest])
})

test('the same arguments make the same bytes, any other argument makes others', () => {
  const digests = [
    makeImage('a', '1').digest,
    makeImage('a', '2').digest,
    makeImage('b', '1').digest,
    makeImage('a', '1', { revision: 1 }).digest,
    makeImage('a', '1', { mediaTypes: 'docker' }).digest,
    makeImage('a', '1', { files: { 'etc/motd': 'hello' } }).digest,
    makeImage('a', '1', { files: { 'etc/motd': 'hello' }, revision: 1 }).digest,
  ]
  assert.is(new Set(digests).size, digests.length)
  assert.is(makeImage('a', '1').digest, digests[0])
})

test('the bytes do not depend on the machine', () => {
  assert.is(
    makeImage('library/alpine', '3.23').digest,
    'sha256:ae1b5cd6af67da6a89054602838bb73c4551308764b37d9edd2dd96d97c5dfb7',
  )
})

test('gunzip gives back what gzipStored packed, at every block boundary', () => {
  for (const size of [0, 1, 512, 65_534, 65_535, 65_536, 131_070, 200_001]) {
    const data = Buffer.alloc(size, 'some content')
    assert.ok(gunzipSync(gzipStored(data)).equals(data), `${size} bytes`)
  }
})

test('a tar holds every file under its path with its content, in whole blocks', () => {
  const long = `${'d'.repeat(90)}/${'f'.repeat(60)}`
  const files: Record<string, string> = {
    'z.txt': 'last',
    'etc/': '',
    'etc/motd': 'x'.repeat(513),
    [long]: 'deep',
  }
  const archive = tar(files)
  assert.is(archive.length % 512, 0)
  const read: [path: string, content: string, type: string][] = []
  let at = 0
  const text = (offset: number, length: number): string =>
    archive.toString('latin1', at + offset, at + offset + length).split('\0', 1)[0]!
  while (archive[at] !== 0) {
    const size = Number.parseInt(text(124, 12), 8)
    const block = Buffer.from(archive.subarray(at, at + 512)).fill(' ', 148, 156)
    assert.is(
      Number.parseInt(text(148, 8), 8),
      block.reduce((sum, byte) => sum + byte, 0),
    )
    const path = text(345, 155) ? `${text(345, 155)}/${text(0, 100)}` : text(0, 100)
    read.push([path, archive.toString('latin1', at + 512, at + 512 + size), text(156, 1)])
    at += 512 + Math.ceil(size / 512) * 512
  }
  const wanted = Object.keys(files)
    .sort()
    .map(path => [path, files[path]!, path.endsWith('/') ? '5' : '0'])
  assert.equal(read, wanted)
  assert.throws(() => tar({ ['x'.repeat(101)]: '' }), /too long/)
})

test.run()
