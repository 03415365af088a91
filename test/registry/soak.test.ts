import { suite } from 'uvu'
import * as assert from 'uvu/assert'
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

for (const seed of [1, 2])
  test(`${IMAGES} images while one request in ten fails, seed ${seed}: each gets its digest`, () =>
    withRegistry({ auth: { kind: 'bearer' }, answerAnything: true }, async (registry, resolver) => {
      registry.randomFaults({ seed, rate: 0.1, behaviours: ways })
      // Registry and client share this process: a timeout must outlast what it is busy with.
      const shared = resolver({ responseTimeout: 2_000, bodyTimeout: 2_000 })
      await Promise.all(
        Array.from({ length: IMAGES }, async (_, n) => {
          const { digest, platforms } = makeImage(`o/i${n}`, '1')
          const resolution = await shared.resolve(reference(registry.reference(`o/i${n}`, '1')), () => false)
          assert.is(resolution.descriptor.digest, digest)
          assert.equal(
            resolution.platforms,
            Object.fromEntries(Object.entries(platforms).map(([name, each]) => [name, each.digest])),
          )
        }),
      )
      const struck = new Set(registry.requests.map(({ fault }) => fault))
      for (const { kind } of ways) assert.ok(struck.has(kind), kind)
      // Token, HEAD and GET each, the first hundred refused once, and a tenth of everything again.
      assert.ok(shared.requests < (3 * IMAGES + 100) * 1.2, `${shared.requests} requests`)
      assert.ok(registry.connections < 2 * shared.requests)
    }))

test.run()
