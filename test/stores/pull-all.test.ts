import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseDigest } from '../../src/core/digest.ts'
import { DockLockError } from '../../src/core/error.ts'
import { parseReference } from '../../src/core/reference.ts'
import type { Wanted } from '../../src/core/wanted.ts'
import { pullAll } from '../../src/stores/pull-all.ts'

const pulls = suite('pull all')
const { signal } = new AbortController()
const DIGEST = parseDigest(`sha256:${'a'.repeat(64)}`)!

function wanted(count: number): { wanted: Wanted }[] {
  return Array.from({ length: count }, (_, index) => {
    const key = `docker.io/library/image:${index}`
    const parsed = parseReference(key)
    if (!parsed.ok) throw new Error(key)
    return { wanted: { key, reference: parsed.reference, digest: DIGEST } }
  })
}

pulls(
  'outcomes are in the order of the images, whichever ends first, and one that fails keeps none',
  async () => {
    const items = wanted(20)
    const outcomes = await pullAll(items, { signal }, async ({ wanted: { key } }) => {
      const number = Number(key.split(':').at(-1))
      for (let turns = (number * 7) % 5; turns > 0; turns--)
        await new Promise(resolve => setImmediate(resolve))
      if (number % 3 === 0) throw new DockLockError('denied', `not ${number}`, { hint: 'Log in.' })
    })
    assert.equal(
      outcomes,
      items.map((item, number) =>
        number % 3 === 0
          ? { ...item, ok: false, code: 'denied', message: `not ${number}`, hint: 'Log in.' }
          : { ...item, ok: true },
      ),
    )
  },
)

pulls('what several need is pulled once, and its failure is that of each', async () => {
  let count = 0
  const outcomes = await pullAll(wanted(5), { signal, pauses: [] }, (_, shared) =>
    shared('one digest', 'docker.io', async () => {
      count += 1
      throw new DockLockError('not-found', 'gone')
    }),
  )
  assert.is(count, 1)
  assert.is(outcomes.filter(outcome => !outcome.ok && outcome.message === 'gone').length, 5)
})

pulls('an interruption ends it all, as does what is no refusal', async () => {
  for (const error of [new DockLockError('interrupted', 'interrupted'), new TypeError('a bug')]) {
    const ended = await pullAll(wanted(2), { signal }, async () => {
      throw error
    }).catch((thrown: unknown) => thrown)
    assert.is(ended, error)
  }
})

pulls.run()
