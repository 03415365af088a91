import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { backoff, retry, wait } from '../../src/lib/retry.ts'

const test = suite('lib/retry')
const { signal } = new AbortController()

test('attempts are made, and counted, until an outcome stands', async () => {
  const seen: unknown[] = []
  const value = await retry(
    async count => {
      if (count === 1) throw new Error('first')
      return count * 10
    },
    {
      signal,
      pauseAfter: (outcome, count) => {
        seen.push([count, outcome.ok ? outcome.value : (outcome.error as Error).message])
        return outcome.ok && outcome.value >= 30 ? undefined : 0
      },
    },
  )
  assert.is(value, 30)
  assert.equal(seen, [
    [1, 'first'],
    [2, 20],
    [3, 30],
  ])
})

test('an error that stands is thrown', async () => {
  const error = new Error('no')
  const thrown = await retry(() => Promise.reject(error), { signal, pauseAfter: () => undefined }).catch(
    e => e,
  )
  assert.is(thrown, error)
})

test('the first attempt may have another number than 1', async () => {
  const counts: number[] = []
  const options = { signal, from: 3, pauseAfter: (_: unknown, count: number) => (count < 4 ? 0 : undefined) }
  await retry(async count => counts.push(count), options)
  assert.equal(counts, [3, 4])
})

test('a pause ends with the signal, for its reason', async () => {
  const stop = new AbortController()
  const reason = new Error('enough')
  const waiting = retry(
    async () => {
      setImmediate(() => stop.abort(reason))
    },
    { signal: stop.signal, pauseAfter: () => 2 ** 31 - 1 },
  ).catch(e => e)
  assert.is(await waiting, reason)
  assert.is(await wait(0, stop.signal).catch(e => e), reason)
})

test('pauses double, and differ', () => {
  for (let count = 1; count < 6; count++) {
    const pauses = Array.from({ length: 50 }, () => backoff(count, 100))
    const middle = 100 * 2 ** (count - 1)
    assert.ok(pauses.every(pause => pause >= middle / 2 && pause <= middle * 1.5))
    assert.ok(new Set(pauses).size > 1)
  }
})

test.run()
