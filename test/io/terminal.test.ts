import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createTerminal } from '../../src/io/terminal.ts'

const test = suite('io/terminal')

function terminal(env: Readonly<Record<string, string>>, out: object, err: object = out) {
  return createTerminal({ write: () => true, ...out }, { write: () => true, ...err }, env)
}

const TTY = { isTTY: true, columns: 120, rows: 40 }
const PIPE = {}

/** [environment, stdout a terminal?, colour on stdout] */
const COLOR: readonly [env: Readonly<Record<string, string>>, tty: boolean, color: boolean][] = [
  [{}, true, true],
  [{}, false, false],
  [{ NO_COLOR: '1' }, true, false],
  [{ NO_COLOR: '' }, true, true],
  [{ NO_COLOR: '1', FORCE_COLOR: '1' }, true, false],
  [{ FORCE_COLOR: '1' }, false, true],
  [{ FORCE_COLOR: '' }, false, true],
  [{ FORCE_COLOR: '0' }, true, false],
  [{ FORCE_COLOR: 'false' }, true, false],
  [{ TERM: 'dumb' }, true, false],
  [{ TERM: 'dumb', FORCE_COLOR: '1' }, true, true],
  [{ CI: 'true' }, true, true],
]
for (const [env, tty, color] of COLOR)
  test(`${JSON.stringify(env)} and ${tty ? 'a terminal' : 'a pipe'}: ${color ? 'colour' : 'none'}`, () =>
    assert.is(terminal(env, tty ? TTY : PIPE).color, color))

test('the two outputs are judged each by itself', () => {
  const { color, live } = terminal({}, PIPE, TTY)
  assert.equal([color, live], [false, true])
  const other = terminal({}, TTY, PIPE)
  assert.equal([other.color, other.live], [true, false])
})

test('progress is drawn on a terminal only, and not for CI', () => {
  assert.is(terminal({}, TTY).live, true)
  assert.is(terminal({}, PIPE).live, false)
  assert.is(terminal({ TERM: 'dumb' }, TTY).live, false)
  assert.is(terminal({ CI: 'true' }, TTY).live, false)
  assert.is(terminal({ CI: '' }, TTY).live, true)
  assert.is(terminal({ NO_COLOR: '1' }, TTY).live, true, 'without colour, but drawn')
})

test('where the size is not known, or said to be nothing, it is 80 by 24', () => {
  for (const size of [{}, { columns: 0, rows: 0 }]) {
    const { width, errWidth, errHeight } = terminal({}, { isTTY: true, ...size })
    assert.equal([width, errWidth, errHeight], [80, 80, 24])
  }
  const { width, errWidth, errHeight } = terminal({}, TTY)
  assert.equal([width, errWidth, errHeight], [120, 120, 40])
})

test('what is written to stderr goes there', () => {
  const written: string[] = []
  const { writeErr } = createTerminal(
    { write: text => written.push(`out ${text}`) },
    { write: text => written.push(`err ${text}`) },
    {},
  )
  writeErr('x')
  assert.equal(written, ['err x'])
})

test.run()
