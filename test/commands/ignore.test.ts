/** `ignore` in the config, through the commands. */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { check, lock } from '../../src/api.ts'
import type { DockLockError } from '../../src/core/error.ts'
import { runCli } from '../support/cli.ts'

const A = `sha256:${'0a'.repeat(32)}`
const test = suite<{ root: string }>('ignore')

test.before.each(context => {
  context.root = mkdtempSync(join(realpathSync(tmpdir()), 'dock-lock-ignore-'))
})
test.after.each(({ root }) => rmSync(root, { recursive: true, force: true }))

function write(root: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), text)
  }
}

const RULES = `ignore:
  - files: [/odd/, '*.draft.Dockerfile']
    reason: wrong on purpose
  - images: base
    reason: built here
`

test('an ignored file is not read, an ignored image not asked for; both are told with the reason', async ({
  root,
}) => {
  write(root, {
    '.dock-lock.yaml': RULES,
    Dockerfile: `FROM alpine:3.23@${A}\nFROM base:dev\nCOPY --from=base:other /a /b\n`,
    'odd/Dockerfile': 'FROM Not A Reference\n',
    'app/x.draft.Dockerfile': 'FROM busybox\n',
  })
  const ignored = [
    {
      code: 'ignored',
      kind: 'image',
      image: 'base:dev',
      place: { file: 'Dockerfile', line: 2, column: 6 },
      reason: 'built here',
    },
    {
      code: 'ignored',
      kind: 'image',
      image: 'base:other',
      place: { file: 'Dockerfile', line: 3, column: 13 },
      reason: 'built here',
    },
    { code: 'ignored', kind: 'file', file: 'app/x.draft.Dockerfile', reason: 'wrong on purpose' },
    { code: 'ignored', kind: 'file', file: 'odd/Dockerfile', reason: 'wrong on purpose' },
  ]
  const locked = await lock({ cwd: root, offline: true, noVerify: true })
  assert.equal(locked.findings, [])
  assert.equal(
    locked.images.map(({ key }) => key),
    ['docker.io/library/alpine:3.23'],
  )
  assert.equal(locked.notices, ignored)
  const checked = await check({ cwd: root })
  assert.equal(checked.findings, [])
  assert.equal(checked.notices, ignored)
  const unpinned = await runCli(['unpin', '--json'], { cwd: root })
  assert.equal(JSON.parse(unpinned.stdout).notices, ignored)

  const shown = await runCli(['check'], { cwd: root })
  assert.is(shown.code, 0)
  assert.match(
    shown.stdout,
    '~ Dockerfile:2:6  ignored  base:dev, base:other (built here)\n' +
      '~ ignored  app/x.draft.Dockerfile, odd/Dockerfile (wrong on purpose)\n\n' +
      'ok: ',
  )
})

test('a file named on the command line is ignored all the same', async ({ root }) => {
  write(root, { '.dock-lock.yaml': RULES, 'odd/Dockerfile': 'FROM Not A Reference\n' })
  const report = await check({ cwd: root, paths: ['odd/Dockerfile'] })
  assert.is(report.exitCode, 0)
  assert.equal(report.notices, [
    { code: 'ignored', kind: 'file', file: 'odd/Dockerfile', reason: 'wrong on purpose' },
  ])
})

test('without rules nothing is ignored', async ({ root }) => {
  write(root, { Dockerfile: 'FROM base\n' })
  const report = await check({ cwd: root })
  assert.is(report.exitCode, 1)
  assert.equal(report.notices, [])
})

test('another image of the same file is pinned, and an ignored one keeps its bytes', async ({ root }) => {
  const dockerfile = `FROM alpine:3.23\nFROM base:dev@${A}\n`
  write(root, {
    '.dock-lock.yaml': RULES,
    Dockerfile: dockerfile,
    'other/Dockerfile': `FROM alpine:3.23@${A}\n`,
  })
  await lock({ cwd: root, offline: true, noVerify: true })
  assert.is(readFileSync(join(root, 'Dockerfile'), 'utf8'), dockerfile.replace('3.23', `$&@${A}`))
  assert.is((await runCli(['unpin'], { cwd: root })).code, 0)
  assert.is(readFileSync(join(root, 'Dockerfile'), 'utf8'), dockerfile)
})

const refused: Readonly<Record<string, string>> = {
  'ignore: test\n': '"ignore" must be a list',
  'ignore: [test/**]\n': 'an entry must be a mapping with "files" or "images", and a "reason"',
  'ignore: [{files: a}]\n': '"reason" is missing: say why this is ignored',
  'ignore: [{files: a, reason: " "}]\n': '"reason" is missing: say why this is ignored',
  'ignore: [{reason: a}]\n': 'write either "files" or "images", and a "reason"',
  'ignore: [{files: a, images: b, reason: c}]\n': 'write either "files" or "images", and a "reason"',
  'ignore: [{files: [1], reason: c}]\n': '"files" and "images" take a pattern, or a list of patterns',
  'ignore: [{images: "", reason: c}]\n': '"files" and "images" take a pattern, or a list of patterns',
  'ignore: [{file: a, reason: c}]\n': 'unknown setting "file": did you mean "files"?',
}
for (const [text, message] of Object.entries(refused)) {
  test(`refused: ${text.trim()}`, async ({ root }) => {
    write(root, { '.dock-lock.yaml': `platforms: []\n${text}`, Dockerfile: 'FROM scratch\n' })
    const error = (await check({ cwd: root }).catch(error => error)) as DockLockError
    assert.is(error.code, 'config')
    assert.is(error.message, message)
    assert.is(error.place?.line, 2)
  })
}

test.run()
