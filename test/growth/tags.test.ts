/** The time to find newer tags is linear in their number, whatever they look like. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isVersionTag, newerTags } from '../../src/core/tag.ts'
import { assertLinear } from '../support/growth.ts'

const test = suite('growth of tags')

const HOSTILE: Readonly<Record<string, (count: number) => string>> = {
  digits: count => `1.${'9'.repeat(count)}`,
  zeros: count => `1.${'0'.repeat(count)}`,
  'parts of a version': count => '1.'.repeat(count),
  builds: count => `1${'_1'.repeat(count)}`,
  'numbers with dashes': count => '1-'.repeat(count),
  'numbers with dashes and dots': count => `1${'-1.222'.repeat(count)}`,
  words: count => `${'a-'.repeat(count)}1.2.3`,
  'words after a version': count => `1${'-a'.repeat(count)}`,
  dashes: count => `1${'-'.repeat(count)}`,
  dates: count => `1${'-2024-10-16'.repeat(count)}`,
  'almost dates': count => `1${'-2024-10-1'.repeat(count)}`,
  'numbers of a pre-release': count => `1-rc${'.1'.repeat(count)}x`,
  'pre-releases': count => `1${'-rc1'.repeat(count)}`,
  hex: count => `${'0123abcd'.repeat(count)}x`,
}
/** Tags of 128 characters, as many as `count`. */
const tagsOf = (make: (count: number) => string, count: number) =>
  Array.from({ length: count }, (_, index) => `${make(128).slice(0, 120)}${index}`)

for (const [name, make] of Object.entries(HOSTILE)) {
  test(`${name}: the time is linear in the number of tags`, () =>
    assertLinear(500, count => {
      const tags = tagsOf(make, count)
      return () => newerTags(tags[0] ?? '', tags)
    }))
}

test('one variant among many: the time is linear in the number of tags', () =>
  assertLinear(5000, count => {
    const tags = Array.from({ length: count }, (_, index) => `${index % 30}.${index}.${index % 7}-alpine`)
    return () => newerTags('1.1.1-alpine', tags)
  }))

test('what is longer than a tag can be is not read', () => {
  assert.ok(isVersionTag('1'.padEnd(128, '.1')))
  for (const make of Object.values(HOSTILE)) assert.not(isVersionTag(make(1_000_000)))
})

test.run()
