import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { TimedOut } from '../../src/stores/connection/failure.ts'
import { createPullLimit } from '../../src/stores/pull-limit.ts'

const test = suite('pull-limit')
const MINUTE = 60_000

/** Says a line each minute until it is enough, or `minutes` have passed; the minutes, and what was thrown. */
function pull(line: (minute: number) => readonly [state: string, bytes?: number], minutes: number) {
  let time = 0
  const limit = createPullLimit({}, () => time)
  for (let minute = 0; minute < minutes; minute++) {
    time = minute * MINUTE
    try {
      limit(...line(minute))
    } catch (error) {
      assert.instance(error, TimedOut)
      return { minute, message: (error as Error).message }
    }
  }
  return undefined
}

test('as long as bytes come, it goes on, up to 12 hours', () => {
  const slow = (minute: number) => ['a Downloading', minute] as const
  assert.is(pull(slow, 12 * 60), undefined)
  assert.equal(pull(slow, 10_000), { minute: 721, message: 'no end of the pull in 43200 s' })
})

test('a line that repeats itself is no progress', () => {
  const stalled = { minute: 31, message: 'no progress in 1800 s' }
  assert.equal(
    pull(() => ['a Downloading', 5], 100),
    stalled,
  )
  assert.equal(
    pull(() => ['a Waiting'], 100),
    stalled,
  )
})

test('a long silence in the middle is none of its affair, nor a layer unpacked for long', () => {
  const unpacking = (minute: number) => [minute % 29 === 0 ? `layer ${minute}` : 'a Extracting', 5] as const
  assert.is(pull(unpacking, 600), undefined)
})

test('a layer may begin again, but not for ever', () => {
  const again = (minute: number) => ['a Downloading', minute % 20] as const
  assert.is(pull(again, 20 * 20), undefined)
  const flapping = (minute: number) => ['a Downloading', minute % 2] as const
  assert.ok((pull(flapping, 10_000)?.minute ?? 10_000) < 100)
})

test('new states without end are no progress either', () => {
  let time = 0
  const limit = createPullLimit({ stalled: 1000, whole: 1e12 }, () => time)
  let calls = 0
  try {
    for (; calls < 100_000; calls++) {
      time += 1
      limit(`state ${calls}`)
    }
    assert.unreachable()
  } catch (error) {
    assert.instance(error, TimedOut)
    assert.ok(calls >= 10_000 && calls < 12_000, String(calls))
  }
})

test.run()
