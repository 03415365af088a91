import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { applyEdits, type Edit } from '../../src/core/edit.ts'
import { hostileText } from '../support/generate.ts'
import { forAll } from '../support/random.ts'

const test = suite('core/edit')

test('no edits: the same text', () => assert.is(applyEdits('FROM a\r\n', []), 'FROM a\r\n'))

test('edits apply in whatever order they come, and touch nothing outside of their ranges', () => {
  forAll(500, random => {
    const kept = random.list(1, 6, () => hostileText(random))
    const edits: Edit[] = []
    let source = ''
    let expected = ''
    kept.forEach((text, index) => {
      source += text
      expected += text
      if (index === kept.length - 1) return
      const old = random.chance(0.3) ? '' : hostileText(random)
      const replacement = random.chance(0.3) ? '' : hostileText(random)
      edits.push({ range: { start: source.length, end: source.length + old.length }, text: replacement })
      source += old
      expected += replacement
    })
    const shuffled = edits
      .map(edit => ({ edit, order: random.number() }))
      .sort((a, b) => a.order - b.order)
      .map(({ edit }) => edit)
    assert.is(applyEdits(source, shuffled), expected)
    assert.is(applyEdits(source, [...shuffled, ...edits]), expected, 'equal edits count once')
  })
})

test('edits that overlap, or lie outside, are a bug that is not passed over', () => {
  const edit = (start: number, end: number, text = 'x'): Edit => ({ range: { start, end }, text })
  for (const edits of [
    [edit(0, 2), edit(1, 3)],
    [edit(1, 1, 'a'), edit(1, 1, 'b')],
    [edit(0, 3), edit(1, 1)],
    [edit(-1, 0)],
    [edit(2, 1)],
    [edit(3, 5)],
  ])
    assert.throws(
      () => applyEdits('abcd', edits),
      (error: unknown) => error instanceof RangeError,
    )
})

test('an insertion may touch its neighbours', () => {
  const edits: Edit[] = [
    { range: { start: 0, end: 2 }, text: 'x' },
    { range: { start: 2, end: 2 }, text: 'y' },
    { range: { start: 2, end: 4 }, text: 'z' },
  ]
  assert.is(applyEdits('abcd', edits), 'xyz')
  assert.is(applyEdits('abcd', [...edits].reverse()), 'xyz')
})

test.run()
