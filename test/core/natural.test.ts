import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compareNatural } from '../../src/core/natural.ts'
import { forAll } from '../support/random.ts'

const test = suite('core/natural')

for (const names of [
  ['alpine:3', 'alpine:3.9', 'alpine:3.23', 'busybox:1'],
  ['Dockerfile', 'Dockerfile2', 'Dockerfile10'],
  ['a', 'a1b', 'a1b2', 'a1c', 'a2', 'a10', 'b'],
  ['', '0', '00', '01', '1', '1a', '2'],
  ['a-1', 'a.1', 'a1', 'a:1'],
  [`a${'9'.repeat(40)}`, `a1${'0'.repeat(40)}`],
])
  test(names.join(' < '), () => {
    const shuffled = [...names].reverse()
    assert.equal(shuffled.sort(compareNatural), names)
  })

test('it is an order', () =>
  forAll(500, random => {
    const [a, b, c] = random.list(3, 3, () => random.text('0129ab.', 0, 6)) as [string, string, string]
    assert.is(Math.sign(compareNatural(a, b)), -Math.sign(compareNatural(b, a)) || 0)
    assert.is(compareNatural(a, b) === 0, a === b)
    if (compareNatural(a, b) <= 0 && compareNatural(b, c) <= 0) assert.ok(compareNatural(a, c) <= 0)
  }))

test.run()
