import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { addScript } from '../../src/io/package-json.ts'
import { failureOf, whereOf } from '../support/failure.ts'
import { withFolder } from '../support/folder.ts'

const test = suite('io/package-json')

/** What becomes of a package.json, or why nothing does. */
function adding(text: string): Promise<string> {
  return withFolder({ 'package.json': text }, async root => {
    const change = await addScript(root, 'prebuild', 'dock-lock')
    if (typeof change === 'string') return change
    assert.is(change.path, join(root, 'package.json'))
    assert.is(change.before.toString(), text)
    return change.after.toString()
  })
}

/** Indentation, line ends and the end of the file are the person's own. */
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

test('without scripts there are scripts after', async () =>
  assert.is(
    await adding('{\n  "name": "x"\n}\n'),
    '{\n  "name": "x",\n  "scripts": {\n    "prebuild": "dock-lock"\n  }\n}\n',
  ))

test('another prebuild runs after it', async () =>
  assert.equal(JSON.parse(await adding('{"scripts":{"prebuild":"rimraf dist && tsc"}}')), {
    scripts: { prebuild: 'dock-lock && rimraf dist && tsc' },
  }))

for (const script of [
  'dock-lock',
  'dock-lock --offline',
  'tsc && dock-lock',
  'tsc;dock-lock&&x',
  'npx dock-lock',
  'npx --no dock-lock check',
])
  test(`it is there already: ${script}`, async () =>
    assert.is(await adding(JSON.stringify({ scripts: { prebuild: script } })), 'present'))

for (const script of ['echo dock-lock-x', 'my-dock-lock', './dock-lock.sh', 'dock-locker'])
  test(`it is not there yet: ${script}`, async () =>
    assert.equal(JSON.parse(await adding(JSON.stringify({ scripts: { prebuild: script } }))), {
      scripts: { prebuild: `dock-lock && ${script}` },
    }))

test('no package.json is no error here', () =>
  withFolder({}, async root => assert.is(await addScript(root, 'prebuild', 'dock-lock'), 'no-package')))

test('behind a symbolic link, the target is what changes; one that leads out of the project is an error', () =>
  withFolder({ 'p/real.json': '{}', 'q/x': '' }, async root => {
    symlinkSync('real.json', join(root, 'p/package.json'))
    symlinkSync('../p/real.json', join(root, 'q/package.json'))
    const change = await addScript(join(root, 'p'), 'prebuild', 'dock-lock')
    assert.is(typeof change === 'string' ? change : change.path, join(root, 'p/real.json'))
    const error = await failureOf(() => addScript(join(root, 'q'), 'prebuild', 'dock-lock'))
    assert.match(error.message, /symbolic link to outside the project/)
  }))

test('an empty prebuild is filled', async () =>
  assert.equal(JSON.parse(await adding('{"scripts":{"prebuild":""}}')), {
    scripts: { prebuild: 'dock-lock' },
  }))

for (const text of [
  '',
  '{',
  'null',
  '[]',
  '"x"',
  '1',
  '{"scripts":[]}',
  '{"scripts":"x"}',
  '{"scripts":{"prebuild":1}}',
]) {
  test(`refused: ${text === '' ? 'nothing' : text}`, async () => {
    const error = await failureOf(() => adding(text))
    assert.equal([error.code, whereOf(error)], ['malformed', 'package.json:1:1'])
    assert.ok(error.hint)
  })
}

test.run()
