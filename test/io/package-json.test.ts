import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseJsonFile, updateJson } from '../../src/io/package-json.ts'
import { failureOf, whereOf } from '../support/failure.ts'

const test = suite('io/package-json')

function adding(text: string): Promise<string> {
  return updateJson('package.json', text, content => ({
    scripts: { ...(content.scripts as object), prebuild: 'dock-lock' },
  }))
}

for (const [what, unit] of [
  ['two blanks', '  '],
  ['four blanks', '    '],
  ['tabs', '\t'],
] as const) {
  for (const end of ['\n', '\r\n']) {
    for (const last of ['', end]) {
      test(`layout stays: ${what}, ${JSON.stringify(end)}, ${JSON.stringify(last)} at the end`, async () => {
        const lines = (scripts: string[]) =>
          ['{', `${unit}"name": "x",`, `${unit}"scripts": {`, ...scripts, `${unit}}`, '}'].join(end) + last
        const build = `${unit}${unit}"build": "docker build ."`
        assert.is(await adding(lines([build])), lines([`${build},`, `${unit}${unit}"prebuild": "dock-lock"`]))
      })
    }
  }
}

test('nothing else changes, whatever else there is', async () => {
  const text = `${JSON.stringify({ z: 1, a: [1, { b: null }], scripts: { test: 'x' }, é: '漢\u2028', version: '1.0.0-x' }, undefined, 2)}\n`
  const after = await adding(text)
  assert.is(after.replace(',\n    "prebuild": "dock-lock"', ''), text)
})

test('a byte order mark stays', async () =>
  assert.is(
    await adding('\ufeff{\n  "scripts": {}\n}\n'),
    '\ufeff{\n  "scripts": {\n    "prebuild": "dock-lock"\n  }\n}\n',
  ))

test('a new field comes last', async () =>
  assert.is(
    await adding('{\n  "name": "x"\n}\n'),
    '{\n  "name": "x",\n  "scripts": {\n    "prebuild": "dock-lock"\n  }\n}\n',
  ))

test('without a change, the text stays as it is', async () => {
  const text = '{"a":   1 ,\n"scripts":{}}'
  assert.is(await updateJson('package.json', text, () => undefined), text)
})

for (const [text, where] of [
  ['', '1:1'],
  ['{', '1:2'],
  ['null', '1:1'],
  ['[]', '1:1'],
  ['"x"', '1:1'],
  ['1', '1:1'],
  ['{\n  "a": 1,\n}', '3:1'],
  ['\ufeff{\r\n\t"a": 1 // x\r\n}', '2:9'],
  [`\ufeff{ x: 1 }`, '1:3'],
  ['['.repeat(100_000), '1:1'],
] as const) {
  test(`refused: ${text === '' ? 'nothing' : JSON.stringify(text.slice(0, 30))}`, async () => {
    for (const read of [() => adding(text), () => parseJsonFile('package.json', text)]) {
      const error = await failureOf(read)
      assert.equal([error.code, whereOf(error)], ['malformed', `package.json:${where}`])
      assert.ok(error.hint)
    }
  })
}

test.run()
