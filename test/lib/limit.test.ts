import { setImmediate } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createLimiter, mapLimited } from '../../src/lib/limit.ts'

const test = suite('lib/limit')

test('never more than the limit at one time, in the order they came', async () => {
  const limit = createLimiter(3)
  const begun: number[] = []
  let [running, most] = [0, 0]
  await Promise.all(
    Array.from({ length: 50 }, (_, number) =>
      limit(async () => {
        begun.push(number)
        running += 1
        most = Math.max(most, running)
        await setImmediate()
        running -= 1
      }),
    ),
  )
  assert.is(most, 3)
  assert.equal(
    begun,
    Array.from({ length: 50 }, (_, number) => number),
  )
})

test('a task that fails gives its place to the next', async () => {
  const limit = createLimiter(1)
  const failing = limit(async () => {
    throw new Error('no')
  })
  const next = limit(async () => 'next')
  await failing.then(assert.unreachable, error => assert.is(error.message, 'no'))
  assert.is(await next, 'next')
})

test('a hundred tasks do not start in one turn of the event loop', async () => {
  const limit = createLimiter(100)
  let started = 0
  const all = Array.from({ length: 100 }, () =>
    limit(async () => {
      started += 1
    }),
  )
  await Promise.resolve()
  assert.ok(started > 0 && started < 100, String(started))
  await Promise.all(all)
  assert.is(started, 100)
})

test('answers come in the order of the items', async () => {
  const answers = await mapLimited([3, 1, 2], 2, async turns => {
    for (let turn = 0; turn < turns; turn++) await setImmediate()
    return turns * 10
  })
  assert.equal(answers, [30, 10, 20])
  assert.equal(await mapLimited([], 2, async () => 1), [])
})

test('the first rejection is the answer', () =>
  mapLimited([1, 2, 3], 2, async item => {
    if (item > 1) throw new Error(`no ${item}`)
  }).then(
    () => assert.unreachable(),
    error => assert.is(error.message, 'no 2'),
  ))

test.run()
