import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseDigest } from '../../src/core/digest.ts'
import { describeChange } from '../../src/core/image-change.ts'
import type { ImageConfig, ImageDescription } from '../../src/core/image-description.ts'
import { asPlatform } from '../support/platform.ts'

const test = suite('core/image-change')
const digest = (letter: string) => parseDigest(`sha256:${letter.repeat(64)}`)!
const EMPTY: ImageConfig = { labels: {}, environment: [], ports: [] }

function description(
  letter: string,
  platforms: readonly string[],
  configs: ImageDescription['configs'],
  rest: Partial<ImageDescription> = {},
): ImageDescription {
  const descriptor = { mediaType: 'application/vnd.oci.image.index.v1+json', digest: digest(letter), size: 1 }
  return {
    resolution: {
      descriptor,
      platforms: platforms.map(name => ({ platform: asPlatform(name), digest: digest(letter) })),
    },
    configs,
    ...rest,
  }
}

test('a change names what differs', () => {
  const labels = { version: '1.0', revision: 'a'.repeat(40), source: 'https://github.com/o/r' }
  const config: ImageConfig = { labels, user: 'root', environment: ['A', 'B'], ports: ['80/tcp'] }
  const changed: ImageConfig = {
    labels: { ...labels, version: '1.1', revision: 'b'.repeat(40) },
    entrypoint: ['sh'],
    environment: ['B', 'C'],
    ports: ['80/tcp'],
  }
  const old = description(
    'a',
    ['linux/amd64', 'linux/arm64/v8', 'linux/386'],
    { 'linux/amd64': config, 'linux/arm64': config },
    { created: '2025-01-01T00:00:00Z' },
  )
  const now = description(
    'b',
    ['linux/amd64', 'linux/arm64', 'linux/riscv64'],
    { 'linux/amd64': changed, 'linux/arm64': changed },
    { created: '2025-02-01T00:00:00Z' },
  )
  assert.equal(describeChange(old, now), {
    digest: { old: digest('a'), new: digest('b') },
    platforms: { added: ['linux/riscv64'], removed: ['linux/386'] },
    created: { old: '2025-01-01T00:00:00Z', new: '2025-02-01T00:00:00Z' },
    version: { old: '1.0', new: '1.1' },
    revision: { old: 'a'.repeat(40), new: 'b'.repeat(40) },
    compareLink: `https://github.com/o/r/compare/${'a'.repeat(40)}...${'b'.repeat(40)}`,
    configs: [
      {
        platforms: ['linux/amd64', 'linux/arm64'],
        user: { old: 'root' },
        entrypoint: { new: ['sh'] },
        environment: { added: ['C'], removed: ['A'] },
      },
    ],
  })
})

test('revisions of different repositories are not compared', () => {
  const of = (letter: string, source: string) =>
    description(letter, [], { p: { ...EMPTY, labels: { revision: letter.repeat(40), source } } })
  const change = describeChange(of('a', 'https://github.com/o/r'), of('b', 'https://github.com/evil/r'))
  assert.is(change.compareLink, undefined)
  assert.equal(change.source, { old: 'https://github.com/o/r', new: 'https://github.com/evil/r' })
})

test('without an old image nothing has changed but the digest', () => {
  const labels = { version: '1', revision: 'a'.repeat(40), source: 'https://github.com/o/r' }
  assert.equal(
    describeChange(undefined, description('b', ['linux/amd64'], { 'linux/amd64': { ...EMPTY, labels } })),
    {
      digest: { new: digest('b') },
      platforms: { added: [], removed: [] },
      version: { new: '1' },
      revision: { new: 'a'.repeat(40) },
      source: { new: 'https://github.com/o/r' },
      configs: [],
    },
  )
})

test('an update of Windows is no other platform', () => {
  const old = description('a', ['windows(10.0.20348.2655)/amd64', 'windows(10.0.17763.1)/amd64'], {})
  const now = description('b', ['windows(10.0.20348.2700)/amd64', 'windows(10.0.26100.1)/amd64'], {})
  assert.equal(describeChange(old, now).platforms, {
    added: ['windows(10.0.26100)/amd64'],
    removed: ['windows(10.0.17763)/amd64'],
  })
})

test('the same image has no change', () => {
  const image = description('a', ['linux/amd64'], { 'linux/amd64': EMPTY })
  assert.equal(describeChange(image, image), {
    digest: { old: digest('a'), new: digest('a') },
    platforms: { added: [], removed: [] },
    configs: [],
  })
})

test.run()
