import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ErrorCode } from '../../src/core/error.ts'
import { exitCodeFor, type Finding, sortFindings } from '../../src/core/finding.ts'
import { FINDINGS, finding } from '../support/findings.ts'
import { forAll } from '../support/random.ts'

const test = suite('core/finding')

function unresolvable(cause: ErrorCode): Finding {
  return { ...finding('unresolvable'), cause } as Finding
}

test('nothing found: 0', () => assert.is(exitCodeFor([]), 0))

for (const one of FINDINGS) {
  const expected = one.code === 'malformed' ? 2 : one.code === 'unreached' ? 3 : 1
  test(`${one.code}: ${expected}`, () => assert.is(exitCodeFor([one]), expected))
}

const BY_CAUSE: readonly [cause: ErrorCode, code: number][] = [
  ['not-found', 1],
  ['unauthorized', 1],
  ['denied', 1],
  ['rate-limited', 1],
  ['untrusted', 1],
  ['unsupported', 1],
  ['unreachable', 3],
  ['engine', 3],
  ['malformed', 2],
  ['interrupted', 130],
]
for (const [cause, code] of BY_CAUSE) {
  test(`what could not be resolved or pulled, ${cause}: ${code}`, () => {
    assert.is(exitCodeFor([unresolvable(cause)]), code)
    assert.is(exitCodeFor([{ ...finding('pull-failed'), cause } as Finding]), code)
  })
}

test('the worst decides, in whatever order: interrupted, cannot run, unreachable, findings', () => {
  const order = [130, 2, 3, 1]
  forAll(300, random => {
    const findings = random.list(1, 5, () =>
      random.chance(0.5) ? random.pick(FINDINGS) : unresolvable(random.pick(BY_CAUSE)[0]),
    )
    const codes = findings.map(one => exitCodeFor([one]))
    assert.is(
      exitCodeFor(findings),
      order.find(code => codes.some(one => one === code)),
    )
  })
})

test('findings come in the order of the files, and what is about no file last, as it came', () => {
  forAll(300, random => {
    const findings = random.list(0, 12, (): Finding => {
      const place = {
        file: random.pick(['a', 'b', 'c/a']),
        line: random.int(1, 3),
        column: random.int(1, 12),
      }
      return random.pick<() => Finding>([
        () => ({ ...finding('unlocked'), place }),
        () => ({ ...finding('unresolvable'), places: [place, { file: 'z', line: 1, column: 1 }] }),
        () => ({ ...finding('absent'), image: random.text('ab', 3, 3) }),
        () => ({ ...finding('conflict'), places: [] }),
      ])()
    })
    // The places of an image that a store lacks are correct.
    const placeOf = (one: Finding) =>
      one.code === 'absent'
        ? undefined
        : 'place' in one
          ? one.place
          : 'places' in one
            ? one.places[0]
            : undefined
    const sorted = sortFindings(findings)
    const placed = sorted.filter(one => placeOf(one) !== undefined)
    assert.equal(
      sorted.slice(placed.length),
      findings.filter(one => placeOf(one) === undefined),
    )
    const names = placed.map(one => {
      const { file = '', line = 0, column = 0 } = placeOf(one) ?? {}
      return [file, ...[line, column].map(number => String(number).padStart(3, '0'))].join(' ')
    })
    assert.equal(names, [...names].sort())
    assert.is(sorted.length, findings.length)
  })
})

test.run()
