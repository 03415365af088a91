import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { nearest } from '../../src/lib/nearest.ts'

const test = suite('lib/nearest')

test('nearest first, then by name; nothing that differs too much', () => {
  assert.equal(nearest('updte', ['update', 'unpin', 'outdated'], 2), ['update'])
  assert.equal(nearest('ab', ['b', 'abc', 'ab', 'aXc'], 1), ['ab', 'abc', 'b'])
  assert.equal(nearest('', ['a', 'ab'], 1), ['a'])
  assert.equal(nearest('nonsense', ['check'], 2), [])
})

test.run()
