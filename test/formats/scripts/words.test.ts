import { execFileSync } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { shellCommands } from '../../../src/formats/scripts/words.ts'
import { forAll } from '../../support/random.ts'

const test = suite('scripts: words')

/** Words that are not literal end with `…`. */
const read = (script: string) =>
  shellCommands(script)?.map(({ words }) =>
    words.map(({ text, isLiteral }) => (isLiteral ? text : `${text}…`)),
  )

test('words, quotes and escapes', () => {
  assert.equal(read('docker build -t "a b" \'c "d\' e\\ f g"h"i\'j\' ""'), [
    ['docker', 'build', '-t', 'a b', 'c "d', 'e f', 'ghij', ''],
  ])
  assert.equal(read('a "b\\"c\\\\d\\e\\$f" \\\n  g'), [['a', 'b"c\\d\\e$f', 'g']])
  assert.equal(read('a#b # comment "\nc'), [['a#b'], ['c']])
})

test('commands end at operators', () => {
  assert.equal(read('a && b || c; d | e & f\ng'), [['a'], ['b'], ['c'], ['d'], ['e'], ['f'], ['g']])
  assert.equal(read('(a; b) && c'), [['a'], ['b'], ['c']])
  assert.equal(
    shellCommands('a; (b; (c)); d')?.map(({ depth }) => depth),
    [0, 1, 2, 0],
  )
})

test('redirections are no words', () => {
  assert.equal(read('a > out 2>&1 b 2>/dev/null < in c >> x'), [['a', 'b', 'c']])
  assert.equal(read('a 2 > x'), [['a', '2']])
})

test('variables, substitutions and patterns make a word not literal', () => {
  assert.equal(read('a$X "b$Y-z" ${Z} $1 $(pwd)/x c* d? [e] ~/f {g,h} i~'), [
    ['a…', 'b…', '…', '…', '…', 'c…', 'd…', '…', '…', '…', 'i~'],
  ])
  assert.equal(read('"a $ b" "50%"'), [['a $ b', '50%']])
})

test('what is not certain is not read', () => {
  for (const script of [
    'a "b',
    "a 'b",
    'a `b`',
    'a "`b`"',
    'cat <<E\nE',
    'a $(b "$(c)")',
    'f() { a; }',
    'a)',
    '(a',
  ])
    assert.is(shellCommands(script), undefined, script)
})

test('sh has the same words', () => {
  const alphabet = ['a', 'b', ' ', ' ', '"', "'", '\\', '#', '-', '=', '/', '\n', '%', '$', '.']
  const scripts: string[] = []
  forAll(2000, random => {
    const script = `p ${random.list(0, 12, () => random.pick(alphabet)).join('')}`
    const found = read(script)
    const isPlain = found?.every(words => words[0] === 'p' && words.every(word => !word.endsWith('…')))
    if (isPlain) scripts.push(script)
  })
  assert.ok(scripts.length > 300, `${scripts.length}`)
  const loop = `p() { for w; do printf '%s\\0' "$w"; done; printf '\\1'; }
for s; do eval "$s"; printf '\\2'; done`
  const answers = execFileSync('sh', ['-c', loop, 'sh', ...scripts])
    .toString()
    .split('\x02')
  for (const [index, script] of scripts.entries()) {
    const said = answers[index]!.split('\x01').slice(0, -1)
    assert.equal(
      said.map(words => ['p', ...words.split('\0').slice(0, -1)]),
      read(script),
      script,
    )
  }
})

test('a long script takes time in proportion to its length', () => {
  assert.is(shellCommands(`a ${'"b" '.repeat(100_000)}`)?.[0]?.words.length, 100_001)
  assert.is(shellCommands(`a ${'$'.repeat(100_000)}`)?.[0]?.words.length, 2)
})

test.run()
