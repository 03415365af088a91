/** Tag lists as registries have them, with the tag that each policy must choose. test/core/tags/README.md says how to read them. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { newerTags, type UpdateLevel } from '../../src/core/tag.ts'
import { readTagTables } from '../support/tag-tables.ts'

const test = suite('tag tables')
const tables = readTagTables()
const rows = tables.flatMap(({ rows }) => rows)

for (const { image, tags, rows } of tables) {
  for (const row of rows) {
    const choice = (level: UpdateLevel) => newerTags(row.current, tags, { level })[0]?.tag ?? '-'
    test(`${image}:${row.current}`, () =>
      assert.equal([choice('patch'), choice('minor'), choice('major')], [row.patch, row.minor, row.major]))
  }
}

test('there are 400 rows, and each is there once', () => {
  assert.ok(rows.length >= 400)
  const names = tables.flatMap(({ image, rows }) => rows.map(({ current }) => `${image}:${current}`))
  assert.equal(
    names.filter((name, index) => names.indexOf(name) !== index),
    [],
  )
})

test('a tag that must be chosen is in the list', () => {
  for (const { tags, rows } of tables)
    for (const { patch, minor, major } of rows)
      for (const tag of [patch, minor, major]) assert.ok(tag === '-' || tags.includes(tag), tag)
})

test('a row says why exactly if Renovate chooses otherwise', () => {
  const differs = rows.filter(({ renovate }) => renovate !== '=')
  assert.ok(differs.length > 20)
  for (const { current, patch, minor, major, renovate, why } of rows) {
    assert.is(why !== '', renovate !== '=', current)
    assert.is.not(renovate, [patch, minor, major].join(' '), current)
  }
})

test.run()
