import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { check } from '../../src/api.ts'
import { applyEdits } from '../../src/core/edit.ts'
import { placeFinder } from '../../src/core/place.ts'
import { withFolder } from '../support/folder.ts'
import { fixedDigest } from '../support/generate.ts'

const test = suite('core/fix')
const LOCKED = fixedDigest('a')
const OTHER = fixedDigest('b')
const LOCKFILE = `lockfileVersion: 1\nimages:\n  docker.io/library/alpine:3:\n    digest: ${LOCKED}\n    mediaType: application/vnd.oci.image.index.v1+json\n    platforms:\n      linux/amd64: ${LOCKED}\n`

for (const [what, before, after] of [
  ['a missing digest', 'FROM alpine:3\n', `FROM alpine:3@${LOCKED}\n`],
  ['another digest', `FROM alpine:3@${OTHER} AS a\n`, `FROM alpine:3@${LOCKED} AS a\n`],
  ['the default of an ARG', 'ARG A=alpine:3\nFROM $A\n', `ARG A=alpine:3@${LOCKED}\nFROM $A\n`],
  [
    'a byte order mark and CRLF',
    '\ufeffFROM scratch\r\nFROM alpine:3\r\n',
    `\ufeffFROM scratch\r\nFROM alpine:3@${LOCKED}\r\n`,
  ],
] as const) {
  test(`the fix of ${what} is what dock-lock would write`, () =>
    withFolder({ Dockerfile: before, 'docker-images.lock': LOCKFILE }, async root => {
      const { findings } = await check({ cwd: root })
      const [finding] = findings
      assert.is(findings.length, 1)
      const fix = finding !== undefined && 'fix' in finding ? finding.fix : undefined
      assert.ok(fix, 'no fix')
      const at = placeFinder('Dockerfile', before)
      const offsetOf = ({ line, column }: { line: number; column: number }) =>
        Array.from({ length: before.length + 1 }, (_, offset) => offset).find(offset => {
          const place = at(offset)
          return place.line === line && place.column === column
        }) ?? -1
      const range = { start: offsetOf(fix.start), end: offsetOf(fix.end) }
      assert.is(applyEdits(before, [{ range, text: fix.text }]), after)
    }))
}

test('other findings have none', () =>
  withFolder({ Dockerfile: 'FROM alpine:4\n', 'docker-images.lock': LOCKFILE }, async root => {
    const { findings } = await check({ cwd: root })
    assert.ok(findings.length > 0 && findings.every(finding => !('fix' in finding)))
  }))

test.run()
