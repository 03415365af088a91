import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { believableDate, isOldEnough, parseAge, receivedDate } from '../../src/core/age.ts'

const test = suite('core/age')
const NOW = Date.UTC(2026, 0, 15)
const DAY = 86_400_000

test('ages are hours, days or weeks', () => {
  assert.is(parseAge('12h'), DAY / 2)
  assert.is(parseAge('7d'), 7 * DAY)
  assert.is(parseAge('2w'), 14 * DAY)
  assert.is(parseAge('0d'), 0)
  assert.is(parseAge('9999w'), 9999 * 7 * DAY)
  for (const text of [
    '',
    'd',
    '7',
    '7 d',
    '-1d',
    '1.5d',
    '7D',
    '1m',
    '7days',
    '12345d',
    '1d2h',
    ' 7d',
    '7d\n',
  ])
    assert.is(parseAge(text), undefined, text)
})

test('an image is old enough from its age on', () => {
  const date = { time: new Date(NOW - 7 * DAY).toISOString() }
  assert.is(isOldEnough(date, 7 * DAY, NOW), true)
  assert.is(isOldEnough(date, 7 * DAY + 1, NOW), false)
  assert.is(isOldEnough(date, 0, NOW), true)
  assert.is(isOldEnough(undefined, 0, NOW), false)
})

test('only dates from 2013 to now are believed', () => {
  assert.is(believableDate('2025-03-01T10:00:00.123456789Z', NOW), '2025-03-01T10:00:00Z')
  assert.is(believableDate('2025-03-01T10:00:00+02:00', NOW), '2025-03-01T08:00:00Z')
  assert.is(believableDate('Tue, 04 Mar 2025 05:06:07 GMT', NOW), '2025-03-04T05:06:07Z')
  assert.is(believableDate('2013-01-01T00:00:00Z', NOW), '2013-01-01T00:00:00Z')
  assert.is(believableDate('2026-01-15T00:05:00Z', NOW), '2026-01-15T00:05:00Z')
  const wrong = [
    '2012-12-31T23:59:59Z',
    '1970-01-01T00:00:00Z',
    '0001-01-01T00:00:00Z',
    '2026-01-15T01:00:00Z',
    '+275760-09-13T00:00:00Z',
    '',
    'x',
    `2025-01-01${' '.repeat(100)}`,
  ]
  for (const text of [undefined, ...wrong]) assert.is(believableDate(text, NOW), undefined, text)
})

test('a date of the response itself says nothing', () => {
  const date = 'Tue, 04 Mar 2025 05:06:07 GMT'
  assert.is(receivedDate(date, 'Wed, 05 Mar 2025 05:06:07 GMT', NOW), '2025-03-04T05:06:07Z')
  assert.is(receivedDate(date, date, NOW), undefined)
  assert.is(receivedDate(date, 'Tue, 04 Mar 2025 05:06:11 GMT', NOW), undefined)
  assert.is(receivedDate(date, 'no date', NOW), '2025-03-04T05:06:07Z')
  assert.is(receivedDate(date, undefined, NOW), '2025-03-04T05:06:07Z')
  assert.is(receivedDate(date, undefined, Date.parse(date)), undefined)
  assert.is(receivedDate(undefined, date, NOW), undefined)
})

test.run()
