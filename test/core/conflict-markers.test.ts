import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Conflicts, firstMarker, readConflicts } from '../../src/core/conflict-markers.ts'
import { assertLinear } from '../support/growth.ts'
import { forAll } from '../support/random.ts'

const test = suite('core/conflict-markers')

function conflictsOf(text: string): Conflicts {
  const read = readConflicts(text)
  assert.is(read.kind, 'conflicts', text)
  return (read as { readonly conflicts: Conflicts }).conflicts
}

test('a text without markers is none', () => {
  for (const text of [
    '',
    'a\n',
    '<<<<<<\n',
    'x <<<<<<< HEAD\n',
    ' =======\n',
    '========x\n',
    '<<<<<<<HEAD\n',
  ])
    assert.equal(readConflicts(text), { kind: 'none' }, text)
})

test('both sides, with their lines in the file', () => {
  const text = 'a\n<<<<<<< HEAD\nb\n=======\nc\nd\n>>>>>>> other\ne\n'
  const { ours, theirs, base, count, line } = conflictsOf(text)
  assert.equal([ours.text, theirs.text, base, count, line], ['a\nb\ne\n', 'a\nc\nd\ne\n', undefined, 1, 2])
  assert.equal(
    theirs.lines.map(({ number, inConflict }) => [number, inConflict]),
    [
      [1, false],
      [5, true],
      [6, true],
      [8, false],
      [9, false],
    ],
  )
})

test('the base, if every conflict has it', () => {
  const one = '<<<<<<< HEAD\nb\n||||||| 1234567\nB\n=======\nc\n>>>>>>> other\n'
  const other = '<<<<<<< HEAD\nx\n=======\ny\n>>>>>>> other\n'
  assert.is(conflictsOf(`a\n${one}${one}`).base?.text, 'a\nB\nB\n')
  assert.is(conflictsOf(`a\n${one}${other}`).base, undefined)
})

test('longer markers in the base are its content', () => {
  const nested =
    '<<<<<<<<< Temporary merge branch 1\np\n||||||||| 123\no\n=========\nq\n>>>>>>>>> Temporary merge branch 2\n'
  const { ours, theirs, base } = conflictsOf(
    `<<<<<<< HEAD\na\n||||||| merged common ancestors\n${nested}=======\nb\n>>>>>>> x\n`,
  )
  assert.equal([ours.text, theirs.text, base?.text], ['a\n', 'b\n', nested])
  const inner = conflictsOf(base?.text ?? '')
  assert.equal([inner.ours.text, inner.theirs.text, inner.base?.text], ['p\n', 'q\n', 'o\n'])
})

const BROKEN: readonly (readonly [text: string, line: number])[] = [
  ['a\n<<<<<<< HEAD\nb\n', 2],
  ['<<<<<<< HEAD\nb\n=======\nc\n', 1],
  ['a\n=======\n', 2],
  ['a\n>>>>>>> other\n', 2],
  ['||||||| base\n', 1],
  ['<<<<<<< HEAD\n<<<<<<< HEAD\n=======\n>>>>>>> x\n', 2],
  ['<<<<<<< HEAD\n>>>>>>> x\n', 2],
  ['<<<<<<< HEAD\n=======\n=======\n>>>>>>> x\n', 3],
  ['<<<<<<< HEAD\n=======\n||||||| base\n>>>>>>> x\n', 3],
  ['<<<<<<< HEAD\n========\n>>>>>>>> x\n', 1],
]
for (const [text, line] of BROKEN)
  test(`markers that do not belong together: ${JSON.stringify(text)}`, () => {
    const read = readConflicts(text)
    assert.equal([read.kind, 'line' in read && read.line], ['broken', line])
  })

test('any markers read back as the sides that they were written from', () => {
  forAll(500, random => {
    const lines = () => random.list(0, 3, () => `${random.text('ab: ', 0, 5)}\n`).join('')
    const size = random.pick([7, 8, 15, 40])
    const end = random.pick(['\n', '\r\n'])
    const withBase = random.chance(0.5)
    const sides = { ours: '', theirs: '', base: '' }
    let text = ''
    const parts = random.list(1, 4, () => 0)
    for (const _ of parts) {
      const common = lines()
      const [ours, base, theirs] = [lines(), lines(), lines()]
      const marker = (sign: string, label: string) => `${sign.repeat(size)}${label}\n`
      sides.ours += common + ours
      sides.theirs += common + theirs
      sides.base += common + base
      text += `${common}${marker('<', ' HEAD')}${ours}${withBase ? marker('|', ' a') + base : ''}${marker('=', '')}${theirs}${marker('>', '')}`
    }
    const all = (one: string) => one.replaceAll('\n', end)
    const { ours, theirs, base, count } = conflictsOf(all(text))
    assert.equal([ours.text, theirs.text, count], [all(sides.ours), all(sides.theirs), parts.length])
    assert.is(base?.text, withBase ? all(sides.base) : undefined)
  })
})

test('the first marker has its line', () => {
  assert.equal([firstMarker('a\nb\n======= \n'), firstMarker('a <<<<<<<\n')], [3, undefined])
})

test('the time is linear', async () => {
  for (const part of ['<<<<<<< a\n=======\n>>>>>>> b\n', '<', '<<<<<<< ', '=======\n', 'a\n'])
    await assertLinear(20_000, size => {
      const text = part.repeat(size)
      return () => readConflicts(text)
    })
})

test.run()
