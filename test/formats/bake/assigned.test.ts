import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { assignedFiles } from '../../../src/formats/bake/assigned.ts'
import { readBakeHcl } from '../../../src/formats/bake/hcl.ts'

const test = suite('bake/assigned')

function assigned(hcl: string, env: Readonly<Record<string, string>>): unknown {
  const read = readBakeHcl('a.hcl', hcl)
  if (!read.ok) throw new Error(read.problem.reason)
  const result = assignedFiles([read.read], env, Object.keys(env))
  if (!result.ok) return result.reason
  return result.files.map(({ text }) => JSON.parse(text).variable.V.default)
}

test('the default decides how the text is read, or the type', () => {
  for (const [body, value, expected] of [
    ['', '22', '22'],
    ['default = "20"', '22', '22'],
    ['default = "20"', '', ''],
    ['default = "20"', 'a"b\\$c', 'a"b\\$c'],
    ['default = null', '22', '22'],
    ['default = 20', '22.50', 22.5],
    ['default = true', '0', false],
    ['default = "x-${W}"', '22', '22'],
    ['default = lower("X")', '22', '22'],
    ['type = string', '22', '22'],
    ['type = number', '22', 22],
    ['type = bool', 'T', true],
    ['type = string\ndefault = lower("X")', '22', '22'],
  ] as const)
    assert.equal(assigned(`variable "W" {}\nvariable "V" {\n${body}\n}\n`, { V: value }), [expected], body)
})

test('what only buildx can tell is no value', () => {
  const start = 'the value that the command gives to V cannot be used: '
  for (const [body, value, reason] of [
    ['default = true', '22', '"22" is not a boolean'],
    ['default = ["a"]', '22', 'the environment sets a variable that is no text'],
    ['type = list(string)', '22', 'the type of the variable V'],
    ['default = "20"', '${W}', 'it is a template'],
  ] as const)
    assert.is(assigned(`variable "V" {\n${body}\n}\n`, { V: value }), `${start}${reason}`, body)
  assert.is(assigned('V = "1"\nvariable "V" {}\n', { V: '2' }), `${start}it is also an attribute of the file`)
})

test('without variables, there is no file', () => {
  assert.equal(assigned('variable "V" {}\n', {}), [])
})

test.run()
