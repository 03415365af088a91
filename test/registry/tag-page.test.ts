import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createTagPage, splitTags, type TagPage } from '../../src/registry/tag-page.ts'
import { HttpFailure } from '../../src/registry/transport/failure.ts'
import { forAll, type Random } from '../support/random.ts'

const test = suite('registry/tag-page')
const MOST = { tags: 500_000, bytes: 1 << 27 }

/** Reads `text` in chunks that end after these numbers of bytes. */
function read(text: string | Buffer, cuts: readonly number[] = [], most = MOST): TagPage {
  const bytes = Buffer.from(text)
  const page = createTagPage('registry.example', most)
  let start = 0
  for (const cut of [...cuts, bytes.length]) {
    if (cut > start) page.write(bytes.subarray(start, cut))
    start = Math.max(start, cut)
  }
  return page
}

const isTag = (value: unknown): boolean => typeof value === 'string' && /^\w[\w.-]{0,127}$/.test(value)

/** Any text, mostly tags. */
function anyText(random: Random): string {
  return random.chance(0.7)
    ? random.text('abc019._-', 1, 8)
    : random.text('a1"\\[]{}:, \n\u0000\u001bé\u{1F600}tags', 0, 12)
}

function anyValue(random: Random, depth: number): unknown {
  const kind = random.int(0, depth > 3 ? 3 : 6)
  if (kind < 2) return anyText(random)
  if (kind === 2) return random.pick([null, true, 1.5e3, -7])
  if (kind === 3) return random.pick(['tags', 'name', ''])
  if (kind === 4) return random.list(0, 4, () => anyValue(random, depth + 1))
  return Object.fromEntries(random.list(0, 4, () => [anyText(random), anyValue(random, depth + 1)]))
}

test('the tags are those of the document, however its bytes arrive', () =>
  forAll(500, random => {
    const tags = random.list(0, 30, () =>
      random.chance(0.05) ? random.pick([7, null, false]) : anyText(random),
    )
    const others = random.list(0, 4, () => [`x${anyText(random)}`, anyValue(random, 1)] as const)
    const entries = [...others, ['tags', tags] as const]
    if (random.chance(0.5)) entries.reverse()
    const text = JSON.stringify(Object.fromEntries(entries), null, random.pick([0, 2, '\t']))
    const length = Buffer.byteLength(text)
    const cuts = random.list(0, 12, () => random.int(0, length)).sort((a, b) => a - b)
    for (const each of [cuts, [], Array.from({ length }, (_, at) => at)]) {
      const page = read(text, each)
      assert.is(page.isComplete, true, text)
      assert.equal(splitTags([page.tags]), [...new Set(tags.filter(isTag))], text)
      const ending = random.pick(['', '0', '-a', '.', random.text('abc019._-', 1, 3)])
      const suited = [...new Set(tags.filter(tag => isTag(tag) && String(tag).endsWith(ending)))]
      assert.equal(splitTags([page.tags], ending), suited, `${ending} ${text}`)
      assert.is(page.count, tags.filter(isTag).length)
      assert.is(page.size, length)
    }
  }))

test('any bytes are read without an error, and a part of a document is not complete', () =>
  forAll(500, random => {
    const text = random.chance(0.5)
      ? random.text('{}[]":,\\ tags1', 0, 60)
      : JSON.stringify({ name: 'x', tags: random.list(1, 9, () => anyText(random)) })
    const page = read(text.slice(0, random.int(0, Math.max(0, text.length - 1))))
    assert.is(page.isComplete, false)
    assert.ok(splitTags([page.tags]).every(isTag))
    assert.ok(splitTags([read(Buffer.from(random.list(0, 200, () => random.int(0, 255)))).tags]).every(isTag))
  }))

test('the limits are those of tags and of bytes', () => {
  const list = JSON.stringify({ tags: Array.from({ length: 100 }, (_, number) => `t${number}`) })
  assert.is(read(list, [], { tags: 100, bytes: list.length }).count, 100)
  for (const most of [
    { tags: 99, bytes: list.length },
    { tags: 100, bytes: list.length - 1 },
  ])
    for (const cuts of [[], Array.from({ length: list.length }, (_, at) => at)])
      assert.throws(
        () => read(list, cuts, most),
        (error: unknown) => error instanceof HttpFailure && error.kind === 'too-large',
      )
})

test('ten million tags end at the limit, and so do ten million texts that are none', () => {
  const endless = (text: string, most = MOST): number => {
    const page = createTagPage('registry.example', most)
    page.write(Buffer.from('{"tags":['))
    const chunk = Buffer.from(`${text},`.repeat(1000))
    let written = 0
    try {
      for (; written < 10_000; written++) page.write(chunk)
      assert.unreachable('there is no limit')
    } catch (error) {
      if (!(error instanceof HttpFailure)) throw error
    }
    assert.ok(splitTags([page.tags]).length <= MOST.tags)
    return written
  }
  assert.is(endless('"1.0"'), 500)
  assert.ok(endless(`"-${'x'.repeat(30)}"`) < 10_000)
  assert.ok(endless('"\\u0031,]"', { tags: 1000, bytes: 1 << 22 }) < 1000)
})

test('a string without end keeps nothing', () => {
  const page = createTagPage('registry.example', MOST)
  page.write(Buffer.from('{"tags":["'))
  const chunk = Buffer.alloc(1 << 20, 'x')
  for (let count = 0; count < 64; count++) page.write(chunk)
  page.write(Buffer.from('","1"]}'))
  assert.equal(splitTags([page.tags]), ['1'])
  assert.is(page.isComplete, true)
})

test.run()
