import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readConfig } from '../../src/io/config-file.ts'
import { failureOf, whereOf } from '../support/failure.ts'
import { withFolder } from '../support/folder.ts'

const test = suite('io/config-file')

const given = (files: Readonly<Record<string, string>>, check: (root: string) => Promise<void>) =>
  withFolder(files, check)

for (const [what, text] of [
  ['with blanks', '{\n  "name": "a",\n  "dock-lock": {\n    "pin": "policy"\n  }\n}\n'],
  ['with tabs and CRLF', '{\r\n\t"dock-lock": {\r\n\t\t"pin": "policy"\r\n\t}\r\n}\r\n'],
  [
    'in one line, after a byte order mark',
    '\ufeff{"devDependencies":{"dock-lock":"1"},"dock-lock":{"pin":"policy"}}',
  ],
] as const)
  test(`the config may be in package.json, ${what}`, () =>
    given({ 'package.json': text }, async root => assert.is((await readConfig(root)).pin, 'policy')))

test('a package.json without "dock-lock" at its top is no config, be it whole or not', async () => {
  for (const text of [
    '{}',
    '[]',
    '{"devDependencies":{"dock-lock":"^0.1.0"},"scripts":{"dock-lock":"dock-lock"}}',
    '{"config":{"dock-lock":{"pin":"policy"}}}',
    '{"dock-lock": {"pin": "policy"}, ',
    '"dock-lock"',
  ])
    await given({ 'package.json': text }, async root =>
      assert.is((await readConfig(root)).pin, 'files', text),
    )
})

test('what is wrong with it has its place, and the hint names the file', () =>
  given({ 'package.json': '{\n  "dock-lock": {\n    "pins": "policy"\n  }\n}\n' }, async root => {
    const error = await failureOf(() => readConfig(root))
    assert.equal([error.code, whereOf(error)], ['config', 'package.json:3:5'])
    assert.is(error.message, 'unknown setting "pins": did you mean "pin"?')
    assert.match(error.hint ?? '', '"dock-lock" in package.json')
  }))

test('"dock-lock" must be a mapping', async () => {
  for (const value of ['"policy"', '[]', 'null', '1'])
    await given({ 'package.json': `{ "dock-lock": ${value} }` }, async root => {
      const error = await failureOf(() => readConfig(root))
      assert.equal([error.code, whereOf(error)], ['config', 'package.json:1:3'], value)
    })
})

test('two configs are an error that names both', async () => {
  for (const file of ['.dock-lock.yaml', '.dock-lock.yml'])
    await given({ [file]: '', 'package.json': '{\n  "dock-lock": {}\n}\n' }, async root => {
      const error = await failureOf(() => readConfig(root))
      assert.equal([error.code, whereOf(error)], ['config', 'package.json:2:3'])
      assert.is(error.message, `there are two configs: ${file}, and "dock-lock" in package.json`)
      assert.match(error.hint ?? '', /delete the other/)
    })
})

test('a package.json that cannot be read is no matter of the config', () =>
  given({ 'package.json/x': '' }, async root => assert.is((await readConfig(root)).pin, 'files')))

test.run()
