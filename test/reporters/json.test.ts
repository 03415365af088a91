import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { json } from '../../src/reporters/json.ts'
import { hostileReport } from '../support/hostile-report.ts'
import { forAll } from '../support/random.ts'
import { imageReport, report } from '../support/reports.ts'

const test = suite('reporters/json')

test('it is the report itself, with whole milliseconds', () => {
  const one = report({ images: [imageReport('alpine:3.23')], milliseconds: 12.7 })
  assert.equal(JSON.parse(json(one)), { ...one, milliseconds: 13 })
})

test('one document, indented, with a newline at the end', () => {
  const printed = json(report())
  assert.ok(printed.startsWith('{\n  "command": "lock",\n'))
  assert.ok(printed.endsWith('\n}\n'))
})

test('whatever stands in a report, no control character is printed, and it reads back the same', () => {
  forAll(1000, random => {
    const one = hostileReport(random)
    const printed = json(one)
    assert.not.match(printed.replaceAll('\n', ''), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
    assert.equal(JSON.parse(printed), { ...one, milliseconds: 42 })
  })
})

test.run()
