import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ErrorCode } from '../../src/core/error.ts'
import { exitCodeFor, type Finding } from '../../src/core/finding.ts'
import { FINDINGS, finding } from '../support/findings.ts'
import { forAll } from '../support/random.ts'

const test = suite('core/finding')

function unresolvable(cause: ErrorCode): Finding {
  return { ...finding('unresolvable'), cause } as Finding
}

test('nothing found: 0', () => assert.is(exitCodeFor([]), 0))

for (const one of FINDINGS) {
  const expected = one.code === 'malformed' ? 2 : 1
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

test.run()
