import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { field, isObject, isStrings, numberField, stringsField, textField } from '../../src/lib/json.ts'

const test = suite('lib/json')
const ODD: readonly unknown[] = [undefined, null, 0, 1, '', 'text', true, [], [1]]

test('an object has names; an array and null are none', () => {
  assert.ok(isObject({}))
  assert.ok(isObject({ a: 1 }))
  for (const value of ODD) assert.not.ok(isObject(value), String(value))
})

test('a list of strings holds nothing else', () => {
  assert.ok(isStrings([]))
  assert.ok(isStrings(['a', '']))
  for (const value of [undefined, null, 'a', {}, ['a', 1], [null]]) assert.not.ok(isStrings(value))
})

test('nothing is taken for granted about what holds the field', () => {
  for (const value of ODD) {
    assert.is(field(value, 'a'), undefined)
    assert.is(textField(value, 'a'), '')
    assert.equal(stringsField(value, 'a'), [])
    assert.is(numberField(value, 'a'), undefined)
  }
})

test('a field of another type is as good as none', () => {
  assert.is(textField({ a: 'b' }, 'a'), 'b')
  assert.is(textField({ a: 1 }, 'a'), '')
  assert.equal(stringsField({ a: ['b', 1, 'c'] }, 'a'), ['b', 'c'])
  assert.equal(stringsField({ a: 'b' }, 'a'), [])
  assert.is(numberField({ a: 0 }, 'a'), 0)
  for (const a of [-1, Number.NaN, Number.POSITIVE_INFINITY, '1', null])
    assert.is(numberField({ a }, 'a'), undefined)
})

test.run()
