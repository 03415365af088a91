/** What holds for any list of tags. A failure names its seed. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  isVersionTag,
  newerTags,
  type TagPolicy,
  tagEnding,
  type UpdateLevel,
  versionPart,
} from '../../src/core/tag.ts'
import { compareTagVersions, parseTagVersion, type TagVersion } from '../../src/core/tag-version.ts'
import { forAll, type Random } from '../support/random.ts'
import { readTagTables } from '../support/tag-tables.ts'

const test = suite('tag properties')
const LEVELS: readonly UpdateLevel[] = ['patch', 'minor', 'major']
const VARIANTS = [
  '',
  '',
  '-slim',
  '-alpine',
  '-alpine3.20',
  '-alpine3.21',
  '-bookworm-20241016-slim',
  '-jdk21',
  '-dev',
]
const BUILDS = [
  '',
  '',
  '',
  '-1',
  '-2',
  '-r3',
  '-r10',
  '_7',
  '-ls4',
  '-20241016',
  '-20241017',
  '-2024-10-18',
  '-1a2b3c4',
  '.Final',
]
const PRE_RELEASES = [
  '',
  '',
  '',
  'rc1',
  '-rc1',
  '-rc.2',
  '-rc',
  'b2',
  '-beta.10',
  '-SNAPSHOT',
  '-dev3',
  '-M1',
  '.CR1',
]
const WORDS = [
  'latest',
  'bookworm',
  'lts-jdk17',
  '20241016',
  '2024-10-16',
  '20241016.1',
  '1a2b3c4',
  '9281736',
  'v',
  '_',
]
const NUMBERS = [
  '0',
  '1',
  '2',
  '3',
  '10',
  '04',
  '4',
  '010',
  '24',
  '9007199254740993',
  '9007199254740992',
  '20241016',
]
const PREFIXES = ['', '', '', '', 'v', 'V', 'bookworm-', 'release-', 'amd64-']

/** A tag from a small world, so that many are of the same variant. */
function anyTag(random: Random): string {
  if (random.chance(0.05)) return random.pick(WORDS)
  if (random.chance(0.05)) return random.text('0129.-_vrab~TZ', 0, 30)
  const numbers = random.list(1, 4, () => random.pick(NUMBERS)).join('.')
  return (
    random.pick(PREFIXES) + numbers + random.pick(PRE_RELEASES) + random.pick(BUILDS) + random.pick(VARIANTS)
  )
}
/** As `anyTag`, with fewer shapes: lists are full of newer tags. */
function likelyTag(random: Random): string {
  const pre = random.chance(0.3) ? random.pick(['rc1', 'rc2', 'b1', '-SNAPSHOT']) : ''
  return `${random.pick(['', 'v'])}${random.int(1, 3)}.${random.int(0, 12)}${pre}${random.pick(['', '-slim'])}`
}
const tagsOf = (random: Random) =>
  random.list(0, 60, () => (random.chance(0.5) ? anyTag(random) : likelyTag(random)))
const currentOf = (random: Random, tags: readonly string[]) =>
  tags.length > 0 && random.chance(0.7) ? random.pick(tags) : likelyTag(random)
const policyOf = (random: Random): TagPolicy => ({ level: random.pick(LEVELS) })

/** Both texts with the numbers of the version taken away, written apart from the code that is tested. */
const variantOf = (tag: string): string => tag.replace(/^v?\d+\.\d+(?:rc\d|b\d|-SNAPSHOT)?/, '')

test('the newest tag leads to no other, under any policy', () => {
  let moved = 0
  forAll(3000, random => {
    const tags = tagsOf(random)
    const policy = policyOf(random)
    const newest = newerTags(currentOf(random, tags), tags, policy)[0]
    if (newest === undefined) return
    moved++
    assert.equal(newerTags(newest.tag, tags, policy), [])
  })
  assert.ok(moved > 500)
})

test('a choice is in the list, has the same form, and is newer; the list is in order and without repetition', () => {
  let seen = 0
  forAll(3000, random => {
    const tags = tagsOf(random)
    const current = currentOf(random, tags)
    const chosen = newerTags(current, [...tags, ...tags], policyOf(random)).map(({ tag }) => tag)
    assert.is(new Set(chosen).size, chosen.length)
    const from = parseTagVersion(current)
    let last: TagVersion | undefined
    for (const tag of chosen) {
      seen++
      assert.ok(tags.includes(tag))
      const version = parseTagVersion(tag)
      assert.ok(version !== undefined && from !== undefined)
      assert.is(version.form, from.form)
      assert.ok(compareTagVersions(version, from) > 0)
      if (last !== undefined) assert.ok(compareTagVersions(last, version) >= 0)
      last = version
      assert.not(newerTags(tag, [current]).length > 0, `${tag} leads back to ${current}`)
    }
  })
  assert.ok(seen > 1500)
})

test('tags with another ending change nothing', () => {
  let dropped = 0
  forAll(3000, random => {
    const tags = tagsOf(random)
    const current = currentOf(random, tags)
    const left = tags.filter(tag => tag.endsWith(tagEnding(current)))
    dropped += tags.length - left.length
    assert.equal(newerTags(current, left), newerTags(current, tags))
  })
  assert.ok(dropped > 3000)
})

test('plain tags: never another variant, another precision, or an older version', () => {
  let seen = 0
  forAll(3000, random => {
    const tags = random.list(1, 60, () => likelyTag(random))
    const current = random.pick(tags)
    const [major = 0, minor = 0] = current.match(/\d+/g)?.map(Number) ?? []
    for (const { tag, level } of newerTags(current, tags)) {
      seen++
      const [toMajor = 0, toMinor = 0] = tag.match(/\d+/g)?.map(Number) ?? []
      assert.is(variantOf(tag), variantOf(current))
      assert.ok(toMajor > major || (toMajor === major && toMinor >= minor))
      assert.is(level, toMajor > major ? 'major' : toMinor > minor ? 'minor' : 'patch')
      if (!/rc|b|SNAP/.test(current)) assert.not(/rc|b|SNAP/.test(tag))
    }
  })
  assert.ok(seen > 3000)
})

test('the order is total: antisymmetric, and transitive', () => {
  const sign = (a: string, b: string) => {
    const [left, right] = [parseTagVersion(a), parseTagVersion(b)]
    return left && right ? Math.sign(compareTagVersions(left, right)) : 0
  }
  let strict = 0
  forAll(20_000, random => {
    const [a = '', b = '', c = ''] = random.list(3, 3, () => anyTag(random)).filter(isVersionTag)
    assert.is(sign(a, a), 0)
    assert.is(sign(a, b), 0 - sign(b, a))
    if (sign(a, b) > 0 && sign(b, c) > 0) {
      strict++
      assert.is(sign(a, c), 1)
    }
    if (sign(a, b) === 0 && a !== '' && b !== '' && c !== '') assert.is(sign(a, c), sign(b, c))
  })
  assert.ok(strict > 1000)
})

test('no tag of the same form is overlooked', () => {
  let found = 0
  forAll(3000, random => {
    const tags = [...tagsOf(random), ...random.list(0, 5, () => `2024-10-${random.int(10, 31)}`)]
    const current = currentOf(random, tags)
    const from = parseTagVersion(current)
    if (from === undefined || from.preRelease !== undefined || from.written.endsWith('.04')) return
    const expected = tags.filter(tag => {
      const version = parseTagVersion(tag)
      const isRelease = version?.form === from.form && version.preRelease === undefined
      return isRelease && compareTagVersions(version, from) > 0
    })
    found += expected.length
    assert.equal(
      newerTags(current, tags)
        .map(({ tag }) => tag)
        .sort(),
      [...new Set(expected)].sort(),
    )
  })
  assert.ok(found > 1000)
})

test('the order of the list does not matter', () =>
  forAll(1000, random => {
    const tags = tagsOf(random)
    const current = currentOf(random, tags)
    const shuffled = tags.map(tag => ({ tag, key: random.number() })).sort((a, b) => a.key - b.key)
    assert.equal(
      newerTags(
        current,
        shuffled.map(({ tag }) => tag),
      ),
      newerTags(current, tags),
    )
  }))

test('a smaller level chooses among the tags of a larger one', () =>
  forAll(1000, random => {
    const tags = tagsOf(random)
    const current = currentOf(random, tags)
    const all = newerTags(current, tags)
    for (const [index, level] of LEVELS.entries())
      assert.equal(
        newerTags(current, tags, { level }),
        all.filter(one => LEVELS.indexOf(one.level) <= index),
      )
  }))

test('the part for an ARG gives the tag back', () =>
  forAll(2000, random => {
    const tag = anyTag(random)
    const start = random.int(0, tag.length)
    const end = random.int(start, tag.length)
    const part = versionPart(`host:5000/a/b:${tag.slice(0, start)}`, tag.slice(end), tag)
    assert.is(part, start === end ? undefined : tag.slice(start, end))
  }))

test('in the tables, the choice of a policy leads to nothing more within it', () => {
  let chosen = 0
  for (const { tags, rows } of readTagTables())
    for (const row of rows)
      for (const level of LEVELS) {
        if (row[level] === '-') continue
        chosen++
        assert.is(newerTags(row[level], tags, { level }).length, 0, `${row.current} → ${row[level]}`)
      }
  assert.ok(chosen > 1000)
})

test.run()
