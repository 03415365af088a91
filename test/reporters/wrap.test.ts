import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { wrapLines } from '../../src/reporters/wrap.ts'
import { forAll } from '../support/random.ts'

const test = suite('reporters/wrap')

test('lines break between words, and their rest is indented', () =>
  assert.is(
    wrapLines('Dockerfile:1:6  unlocked  alpine:3 is not locked\n    → run: dock-lock; or not\n', 24),
    'Dockerfile:1:6  unlocked\n    alpine:3 is not\n    locked\n    → run: dock-lock; or\n      not\n',
  ))

test('lines that fit stay as they are, blanks between columns too', () => {
  const text = '✓ locked  a:1     sha256:333\n\n  2 images\n'
  assert.is(wrapLines(text, 28), text)
})

test('without an indent for the rest', () => assert.is(wrapLines('one two three', 8, 0), 'one two\nthree'))

test('a long word stays whole', () =>
  assert.is(wrapLines('a sha256:0123456789 b', 6), 'a\n   sha256:0123456789\n   b'))

test('colours take no column', () => {
  const line = '\u001b[31munlocked\u001b[39m  alpine'
  assert.is(wrapLines(line, 16), line)
  assert.is(wrapLines(line, 15), '\u001b[31munlocked\u001b[39m\n    alpine')
})

test('at any width, no word is lost or broken, and no line is too long but for a single word', () =>
  forAll(500, random => {
    const words = () => random.list(0, 8, () => random.text('ab:/→é', 1, 9))
    const text = random
      .list(0, 4, () => ' '.repeat(random.int(0, 6)) + words().join(' '.repeat(random.int(1, 3))))
      .join('\n')
    const width = random.int(1, 40)
    const wrapped = wrapLines(text, width)
    assert.equal(wrapped.match(/\S+/g), text.match(/\S+/g))
    for (const line of wrapped.split('\n'))
      assert.ok([...line].length <= width || !line.trim().includes(' '), JSON.stringify([width, text, line]))
  }))

test.run()
