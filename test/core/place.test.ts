import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { placeAt } from '../../src/core/place.ts'
import { forAll } from '../support/random.ts'

const test = suite('core/place')

function at(text: string, needle: string): string {
  const { file, line, column } = placeAt('f', text, text.indexOf(needle))
  return `${file}:${line}:${column}`
}

test('lines and columns count from 1', () => {
  assert.is(at('FROM x', 'FROM'), 'f:1:1')
  assert.is(at('FROM x', 'x'), 'f:1:6')
  assert.is(at('a\nFROM x', 'x'), 'f:2:6')
  assert.is(at('\n\nx', 'x'), 'f:3:1')
})

test('CRLF and a lone CR end a line once', () => {
  assert.is(at('a\r\nb\r\nFROM x', 'x'), 'f:3:6')
  assert.is(at('a\rb\rFROM x', 'x'), 'f:3:6')
})

test('a byte order mark is no column', () => {
  assert.is(at('\ufeffFROM x', 'FROM'), 'f:1:1')
  assert.is(at('\ufeffa\nx', 'x'), 'f:2:1')
  assert.equal(placeAt('f', '\ufeffx', 0), { file: 'f', line: 1, column: 1 })
})

test('columns count UTF-16 code units, as editors do', () => assert.is(at('🐳é x', 'x'), 'f:1:5'))

test('an end of text after a line end is on the next line', () =>
  assert.equal(placeAt('f', 'a\n', 2), { file: 'f', line: 2, column: 1 }))

test('the place leads back to the offset', () => {
  forAll(500, random => {
    const lines = random.list(1, 6, () => random.text('ab é', 0, 5))
    const line = random.int(0, lines.length - 1)
    const column = random.int(0, (lines[line] as string).length)
    for (const end of ['\n', '\r\n', '\r']) {
      const bom = random.chance(0.5) ? '\ufeff' : ''
      const text = bom + lines.join(end)
      const before = lines.slice(0, line).reduce((sum, one) => sum + one.length + end.length, bom.length)
      assert.equal(placeAt('f', text, before + column), { file: 'f', line: line + 1, column: column + 1 })
    }
  })
})

test.run()
