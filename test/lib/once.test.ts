import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { once, onceFor } from '../../src/lib/once.ts'

const asks = suite('once')
const { signal } = new AbortController()

asks('whoever asks meanwhile or later is given the same answer', async () => {
  let calls = 0
  const ask = once(async () => {
    await new Promise(resolve => setImmediate(resolve))
    calls += 1
    return { calls }
  })
  const [first, second] = await Promise.all([ask(signal), ask(signal)])
  assert.is(first, second)
  assert.is(await ask(signal), first)
  assert.is(calls, 1)
})

asks('what failed is told to all who wait, and asked again for the next', async () => {
  let calls = 0
  const ask = once(async () => {
    calls += 1
    if (calls === 1) throw new Error('no engine')
    return calls
  })
  const both = await Promise.allSettled([ask(signal), ask(signal)])
  assert.equal(
    both.map(({ status }) => status),
    ['rejected', 'rejected'],
  )
  assert.is(await ask(signal), 2)
})

asks('for each key it is made once, also when what was made fails', async () => {
  const known = new Map<string, Promise<string>>()
  const made: string[] = []
  const of = (key: string) =>
    onceFor(known, key, async () => {
      made.push(key)
      if (key === 'bad') throw new Error('no')
      return key
    })
  assert.is(of('a'), of('a'))
  assert.is(await of('b'), 'b')
  for (const _ of [1, 2]) await of('bad').then(assert.unreachable, error => assert.is(error.message, 'no'))
  assert.equal(made, ['a', 'b', 'bad'])
})

asks.run()
