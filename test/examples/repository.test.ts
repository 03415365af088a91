/** The examples are locked by this repository's own lockfile, and each by one of its own, so that it can be copied out. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { check, lock, readLockfile } from '../../src/index.ts'
import { REPOSITORY } from '../support/npm.ts'

const test = suite('the examples, as they are')
const examples = readdirSync(join(REPOSITORY, 'examples'), { withFileTypes: true })
  .filter(entry => entry.isDirectory())
  .map(({ name }) => name)

test('the repository passes its own check', async () => {
  const report = await check({ cwd: REPOSITORY })
  assert.equal(report.findings, [])
  assert.is(report.exitCode, 0)
  for (const name of examples)
    assert.ok(
      report.checkedFiles.some(file => file.startsWith(`examples/${name}/`)),
      name,
    )
  assert.ok(report.images.length > 0)
})

test('nothing but the fixtures of tests is ignored', async () => {
  const { notices } = await check({ cwd: REPOSITORY })
  const ignored = notices.flatMap(notice => (notice.code === 'ignored' ? [notice] : []))
  assert.ok(ignored.length > 0)
  for (const one of ignored) assert.match(one.kind === 'file' ? one.file : one.image, /^test\//)
})

test('the hooks for pre-commit run on every commit, also on one that only deletes the lockfile', async () => {
  const hooks: readonly Record<string, unknown>[] = parse(
    readFileSync(join(REPOSITORY, '.pre-commit-hooks.yaml'), 'utf8'),
  )
  assert.equal(
    hooks.map(({ id }) => id),
    ['dock-lock-check', 'dock-lock'],
  )
  for (const hook of hooks) {
    assert.equal(
      [hook.always_run, hook.pass_filenames, hook.files, hook.types],
      [true, false, undefined, undefined],
    )
    assert.match(String(hook.entry), 'dock-lock check --staged')
  }
})

test('the lockfile is what dock-lock would write', async () => {
  const report = await lock({ cwd: REPOSITORY, offline: true, noVerify: true, dryRun: true })
  assert.is(report.diff, '')
})

for (const name of examples) {
  test(`${name} is whole when it is copied out`, async () => {
    const project = mkdtempSync(join(realpathSync(tmpdir()), 'dock-lock-example-'))
    try {
      cpSync(join(REPOSITORY, 'examples', name), project, { recursive: true })
      assert.match(readFileSync(join(project, 'README.md'), 'utf8'), /^# /)
      const report = await check({ cwd: project })
      assert.equal(report.findings, [])
      const images = await readLockfile(project)
      assert.ok(images.size > 0)
      const all = await readLockfile(REPOSITORY)
      for (const [key, { digest }] of images) assert.is(digest, all.get(key)?.digest, key)
    } finally {
      rmSync(project, { recursive: true, force: true })
    }
  })
}

test.run()
