import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { digestsByPlatform } from '../support/platform.ts'
import { type Behaviour, makeImage } from '../support/registry/index.ts'
import { reference, withRegistry } from './support.ts'

const test = suite('registry/soak')

const IMAGES = 2_000

/** Every way of failing that may pass. A lie (another digest, other bytes) is no failure to sit out. */
const ways: readonly Behaviour[] = [
  { kind: 'close' },
  { kind: 'reset' },
  { kind: 'truncate' },
  { kind: 'hang', at: 'headers' },
  { kind: 'hang', at: 'body' },
  { kind: 'slow', bytesPerSecond: 5_000 },
  { kind: 'status', status: 408 },
  { kind: 'status', status: 429 },
  { kind: 'status', status: 429, headers: { 'retry-after': '0' } },
  { kind: 'status', status: 500 },
  { kind: 'status', status: 502 },
  { kind: 'status', status: 503, headers: { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' } },
  { kind: 'status', status: 504 },
  { kind: 'control-characters', status: 503 },
  { kind: 'missing-digest' },
  { kind: 'content-type' },
  { kind: 'content-type', value: 'text/html' },
]

test(`${IMAGES} images while one request in ten fails: each gets its digest`, async () => {
  // Made before, for the registry and its client share this process: whatever keeps it busy looks like a timeout to both.
  const images = Array.from({ length: IMAGES }, (_, n) => makeImage(`o/i${n}`, '1'))
  await withRegistry({ auth: { kind: 'bearer' } }, async (registry, resolver) => {
    for (const { repository, tag } of images) registry.addImage(repository, tag)
    registry.randomFaults({ seed: 1, rate: 0.1, behaviours: ways })
    const shared = resolver({ responseTimeout: 6_000, bodyTimeout: 6_000 })
    await Promise.all(
      images.map(async ({ repository, tag, digest, platforms }) => {
        const resolution = await shared.resolve(reference(registry.reference(repository, tag)), () => false)
        assert.is(resolution.descriptor.digest, digest)
        assert.equal(
          digestsByPlatform(resolution.platforms),
          Object.fromEntries(Object.entries(platforms).map(([name, each]) => [name, each.digest])),
        )
      }),
    )
    const struck = new Set(registry.requests.map(({ fault }) => fault))
    for (const { kind } of ways) assert.ok(struck.has(kind), kind)
    // Token, HEAD and GET each, the first hundred refused once, and a tenth of everything again.
    assert.ok(shared.requests < (3 * IMAGES + 100) * 1.2, `${shared.requests} requests`)
    assert.ok(registry.connections < shared.requests)
  })
})

test.run()
