import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Occurrence } from '../../../src/core/occurrence.ts'
import { dockerfile } from '../../support/extract.ts'

const test = suite('dockerfile: hostile files')
const platforms = { buildPlatform: 'linux/amd64', targetPlatform: 'linux/amd64' }

function extract(
  source: string,
  buildArgs: Readonly<Record<string, readonly string[]>> = {},
): readonly Occurrence[] {
  return dockerfile.extract(source, 'Dockerfile', { buildArgs, ...platforms })
}

/** What is refused, as `line reason`; variables without a value too. */
function refused(source: string, buildArgs?: Readonly<Record<string, readonly string[]>>): readonly string[] {
  return extract(source, buildArgs).flatMap(occurrence =>
    occurrence.kind === 'invalid' || occurrence.kind === 'variable'
      ? [`${occurrence.place.line} ${occurrence.reason}`]
      : [],
  )
}

const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index))

test('a line of 10 MB is refused as BuildKit refuses it, and ends the reading', () => {
  const tooLong = '2 dockerfile line greater than max allowed size of 65535'
  assert.equal(refused(`FROM alpine\nRUN ${'x'.repeat(1e7)}\nFROM\n`), [tooLong])
})

test('a RUN of 10 MB in short lines is read', () => {
  const run = `RUN ${`${'x'.repeat(98)}\\\n`.repeat(1e5)}true`
  assert.equal(
    extract(`FROM alpine\n${run}\nFROM busybox\n`).map(({ text, place }) => [text, place.line]),
    [
      ['alpine', 1],
      ['busybox', 100_003],
    ],
  )
})

for (const [name, line] of Object.entries({
  'the name in FROM': `FROM ${`${'x'.repeat(98)}\\\n`.repeat(2e3)}`,
  'the words of FROM': `FROM ${`${'x '.repeat(49)}\\\n`.repeat(2e3)}`,
  'the words of ARG': `ARG ${`${'A=1 '.repeat(25)}\\\n`.repeat(2e3)}`,
  'the flags of RUN': `RUN ${`${'--mount=from=x '.repeat(7)}\\\n`.repeat(2e3)}`,
  'the flags of COPY': `COPY ${`${'--from=x '.repeat(11)}\\\n`.repeat(2e3)} a b`,
})) {
  test(`${name} can be too long`, () => {
    const [place, ...more] = refused(`FROM alpine\n${line}\n`)
    assert.is(place, '2 the instruction is too long to be read')
    assert.equal(more, [])
  })
}

test('each of 100,000 instructions has its place', () => {
  const occurrences = extract('FROM alpine\n'.repeat(1e5))
  assert.is(occurrences.length, 1e5)
  assert.equal(occurrences.at(-1)?.place, { file: 'Dockerfile', line: 1e5, column: 6 })
})

test('100,000 unknown instructions are told once', () => {
  assert.equal(refused(`FROM alpine\n${'FOO x\n'.repeat(1e5)}`), ['2 unknown instruction: FOO'])
})

test('100,000 heredocs are stepped over, and one without an end is told once', () => {
  assert.is(extract(`FROM alpine\n${'RUN <<E\nFROM b\nE\n'.repeat(1e5)}`).length, 1)
  const words = Array.from({ length: 5000 }, (_, index) => `<<E${index}`).join(' ')
  assert.equal(refused(`FROM alpine\nRUN ${words}\n${'x\n'.repeat(1e5)}`), ['2 unterminated heredoc'])
})

test('10,000 ARGs that lead one to the next are followed, though not for a pin', () => {
  const args = Array.from({ length: 1e4 }, (_, index) => `ARG A${index + 1}=$A${index}\n`).join('')
  const [image] = extract(`ARG A0=alpine:3\n${args}FROM $A10000\n`)
  assert.is(image?.kind === 'image' && image.reference.original, 'alpine:3')
  assert.is(image?.kind === 'image' && image.pin.kind, 'never')
})

test('ARGs that double are followed to a bound', () => {
  const args = Array.from({ length: 1e4 }, (_, index) => `ARG A${index + 1}=$A${index}$A${index}\n`).join('')
  const [first] = refused(`ARG A0=alpine\n${args}FROM $A10000\n`)
  assert.is(first, '15 expands to more than 65536 characters')
})

test('ARGs that are long all together are followed to a bound', () => {
  const args = Array.from({ length: 80 }, (_, index) => `ARG A${index}=${'x'.repeat(60_000)}\n`).join('')
  const [first] = refused(`${args}FROM alpine\n`)
  assert.is(first, '70 the ARGs expand to more than 4194304 characters')
})

test('one ARG defined 20,000 times', () => {
  const [image] = extract(`${'ARG A=$A\n'.repeat(2e4)}FROM alpine$A\n`)
  assert.is(image?.kind, 'image')
})

test('expansions are nested to a bound', () => {
  const nested = (depth: number): string => `FROM ${'${a:-'.repeat(depth)}x${'}'.repeat(depth)}\n`
  assert.equal(refused(nested(150)), [])
  assert.equal(refused(nested(5000)), ['1 expansions are nested more than 200 deep'])
})

test('patterns made to take long do not', () => {
  const stars = '*a'.repeat(15_000)
  assert.equal(refused(`ARG V=${'a'.repeat(30_000)}\nFROM x\${V#${stars}b}\n`)[0]?.slice(-8), 'too long')
  const [image] = extract(`ARG V=${'a'.repeat(200)}\nFROM x:1\${V//${'*a'.repeat(30)}b/y}\n`)
  assert.is(image?.kind, 'invalid')
})

test('build args make no more than 1000 combinations', () => {
  const source = 'ARG A=1 B=1\nFROM alpine:$A-$B\n'
  assert.is(extract(source, { A: numbers(50), B: numbers(20) }).length, 1000)
  const [problem] = refused(source, { A: numbers(50), B: numbers(21) })
  assert.is(
    problem,
    '1 the build args make 1050 combinations, more than are followed; give fewer values for A, B',
  )
})

test('build args that bear on no FROM make no combinations', () => {
  const source = 'ARG A=1 B=1\nFROM alpine:$A\nARG B\nRUN echo $B\n'
  assert.is(extract(source, { A: ['1', '2'], B: numbers(5000), C: numbers(5000) }).length, 2)
})

test('names of what every object has are plain variables', () => {
  assert.equal(refused('FROM $constructor\n'), ['1 base name ($constructor) should not be blank'])
  assert.equal(extract('ARG __proto__=alpine toString=3\nFROM $__proto__:$toString\n')[0]?.kind, 'image')
})

test('NUL, lone surrogates and control characters in names are refused, not passed on', () => {
  for (const char of ['\0', '\ud800', '\udc00', '\x1b', '\x7f', '\u202e', '\u0085']) {
    const source = `FROM a${char}b\nCOPY --from=a${char}b /x /y\nRUN --mount=target=/x,from=a${char}b true\n`
    const kinds = extract(source).map(({ kind }) => kind)
    assert.ok(!kinds.slice(0, 1).includes('image'), JSON.stringify(char))
    assert.ok(kinds.filter(kind => kind === 'image').length < kinds.length)
  }
})

test('JSON that is deep or long is stepped over', () => {
  const deep = `{"a":${'['.repeat(1e5)}${']'.repeat(1e5)},"syntax":"x"}`
  assert.is(extract(deep)[0]?.role, 'syntax')
  assert.is(extract(`{"a":"${'\\n'.repeat(1e6)}","syntax":"x"}`)[0]?.role, 'syntax')
  assert.is(refused('{'.repeat(1e6)).length, 2)
})

test('blanks without end are no work', () => {
  assert.is(extract(`${`${' '.repeat(60_000)}\n`.repeat(100)}FROM alpine`).length, 1)
  assert.is(extract(`#${' '.repeat(60_000)}x\nFROM alpine`).length, 1)
  assert.is(extract(`# syntax=${' '.repeat(60_000)}x\nFROM alpine`).length, 2)
  assert.is(extract(`FROM alpine\nRUN cat <<${' '.repeat(60_000)}EOF\nEOF\n`).length, 1)
})

test.run()
