import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { clean } from '../../src/reporters/clean.ts'
import { hostileText } from '../support/generate.ts'
import { forAll } from '../support/random.ts'

const test = suite('reporters/clean')

test('every text in it is printable and bounded, and nothing else is changed', () => {
  forAll(300, random => {
    const text = hostileText(random)
    const long = text.repeat(1 + Math.ceil(5000 / (text.length + 1)))
    const cleaned = clean({ a: [text, { b: long }], n: 1, t: true, u: undefined })
    assert.not.match(JSON.stringify(cleaned), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
    // A character may take ten to be made visible.
    assert.ok(JSON.stringify(cleaned.a[1]).length < 25_000)
    assert.equal([cleaned.n, cleaned.t, cleaned.u], [1, true, undefined])
  })
  assert.is(clean('x'.repeat(1000)), 'x'.repeat(1000))
  assert.is(clean('x'.repeat(100_000)), `${'x'.repeat(999)}…`)
  assert.is(clean(clean('x'.repeat(100_000))), clean('x'.repeat(100_000)))
})

test.run()
