import { chmodSync, existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { listStaged, readStaged } from '../../src/io/staged.ts'
import { failureOf } from '../support/failure.ts'
import { GIT_ENV, git, withFolder, writeFiles } from '../support/folder.ts'

const test = suite('io/staged')
const { signal } = new AbortController()
const index = (root: string, env: Readonly<Record<string, string | undefined>> = GIT_ENV) => ({
  root,
  env,
  signal,
})
const matches = (path: string) => /Dockerfile/.test(path)

test('the index counts, not the working tree', () =>
  withFolder({ Dockerfile: 'FROM staged\n', 'gone.Dockerfile': 'FROM gone\n' }, async root => {
    git(root, 'init', '-q')
    git(root, 'add', '.')
    writeFiles(root, { Dockerfile: 'FROM working\n', 'new.Dockerfile': 'FROM new\n' })
    rmSync(join(root, 'gone.Dockerfile'))
    const files = await listStaged(index(root), matches)
    assert.equal(files, ['Dockerfile', 'gone.Dockerfile'])
    const read = readStaged(index(root), files)
    assert.is((await read('Dockerfile'))?.text, 'FROM staged\n')
    assert.is((await read('gone.Dockerfile'))?.text, 'FROM gone\n')
    git(root, 'rm', '-qf', '--cached', 'Dockerfile')
    assert.equal(await listStaged(index(root), matches), ['gone.Dockerfile'])
  }))

test('bytes come as they are: no UTF-8, CRLF, empty, nothing at the end', () =>
  withFolder(
    {
      'a.Dockerfile': Buffer.from('# \xe9\r\nFROM a', 'latin1'),
      'b.Dockerfile': '',
      'c.Dockerfile': '\ufeffFROM c\n',
      '.gitattributes': '* -text\n',
    },
    async root => {
      git(root, 'init', '-q')
      git(root, 'add', '.')
      const read = readStaged(index(root), ['a.Dockerfile', 'b.Dockerfile', 'c.Dockerfile'])
      assert.ok((await read('a.Dockerfile'))?.bytes.equals(Buffer.from('# \xe9\r\nFROM a', 'latin1')))
      assert.is((await read('b.Dockerfile'))?.text, '')
      assert.is((await read('c.Dockerfile'))?.text, '\ufeffFROM c\n')
    },
  ))

test('what is not in the index is undefined, and does not put the others out of step', () =>
  withFolder({ 'a.Dockerfile': 'a', 'b.Dockerfile': 'b' }, async root => {
    git(root, 'init', '-q')
    git(root, 'add', '.')
    const files = ['x', 'a.Dockerfile', 'missing/y', 'b.Dockerfile', 'z']
    const read = readStaged(index(root), files)
    const texts = await Promise.all(files.map(async file => (await read(file))?.text))
    assert.equal(texts, [undefined, 'a', undefined, 'b', undefined])
  }))

test('a content that git does not have is said, not passed over', () =>
  withFolder({ 'a.Dockerfile': 'a', 'b.Dockerfile': 'b' }, async root => {
    git(root, 'init', '-q')
    git(root, 'add', '.')
    const id = git(root, 'rev-parse', ':a.Dockerfile').trim()
    rmSync(join(root, '.git/objects', id.slice(0, 2), id.slice(2)), { force: true })
    const read = readStaged(index(root), ['a.Dockerfile', 'b.Dockerfile'])
    const failure = await failureOf(() => read('a.Dockerfile'))
    assert.is(failure.code, 'malformed')
    assert.match(failure.message, 'a.Dockerfile is staged, but git does not have its content')
    assert.is((await read('b.Dockerfile'))?.text, 'b')
  }))

test('names of all kinds', () =>
  withFolder({}, async root => {
    const files = ['a b', 'ä漢🐳', 'q"uo\'te', 'back\\slash', 'new\nline', 'tab\t', '*', ':x', 'cr\rx'].map(
      name => `${name}.Dockerfile`,
    )
    writeFiles(root, Object.fromEntries(files.map(file => [file, `FROM ${file}`])))
    git(root, 'init', '-q')
    git(root, 'add', '.')
    const listed = await listStaged(index(root), matches)
    assert.equal(listed, [...files].sort())
    const read = readStaged(index(root), listed)
    for (const file of listed) assert.is((await read(file))?.text, `FROM ${file}`, JSON.stringify(file))
  }))

test('a project in a folder of the repository sees its own files', () =>
  withFolder({ 'sub/Dockerfile': 'FROM sub\n', Dockerfile: 'FROM root\n' }, async root => {
    git(root, 'init', '-q')
    git(root, 'add', '.')
    const sub = join(root, 'sub')
    assert.equal(await listStaged(index(sub), matches), ['Dockerfile'])
    const source = await readStaged(index(sub), ['Dockerfile'])('Dockerfile')
    assert.equal([source?.text, source?.path], ['FROM sub\n', join(sub, 'Dockerfile')])
  }))

test('a submodule is no file', () =>
  withFolder({ 'library/Dockerfile': '', 'main/Dockerfile': 'FROM main' }, async root => {
    const main = join(root, 'main')
    for (const folder of [join(root, 'library'), main]) {
      git(folder, 'init', '-q')
      git(folder, 'add', '.')
      git(folder, 'commit', '-q', '-m', 'one')
    }
    git(main, 'submodule', 'add', '-q', join(root, 'library'), 'a.Dockerfile')
    const files = await listStaged(index(main), matches)
    const read = readStaged(index(main), files)
    assert.is(await read('a.Dockerfile'), undefined)
    assert.is((await read('Dockerfile'))?.text, 'FROM main')
  }))

test('an index that git itself hands to a hook is the one that counts', () =>
  withFolder({ Dockerfile: 'FROM a\n' }, async root => {
    git(root, 'init', '-q')
    git(root, 'add', '.')
    const env = { ...GIT_ENV, GIT_INDEX_FILE: join(root, '.git/other') }
    assert.equal(await listStaged(index(root, env), matches), [])
    assert.is(await readStaged(index(root, env), ['Dockerfile'])('Dockerfile'), undefined)
  }))

test('settings of the repository start no program', () =>
  withFolder(
    { Dockerfile: 'FROM a\n', 'hook.sh': '#!/bin/sh\ntouch "$(dirname "$0")/ran"\n' },
    async root => {
      git(root, 'init', '-q')
      git(root, 'add', '.')
      chmodSync(join(root, 'hook.sh'), 0o755)
      git(root, 'config', 'core.fsmonitor', join(root, 'hook.sh'))
      await listStaged(index(root), matches)
      assert.not.ok(existsSync(join(root, 'ran')))
      await readStaged(index(root), ['Dockerfile'])('Dockerfile')
      assert.not.ok(existsSync(join(root, 'ran')))
    },
  ))

test('without a repository, or without git, it says so', () =>
  withFolder({ Dockerfile: '' }, async root => {
    for (const env of [GIT_ENV, { PATH: '/nonexistent' }]) {
      const error = await failureOf(() => listStaged(index(root, env), matches))
      assert.is(error.code, 'usage')
      assert.match(error.message, /git/)
    }
    const error = await failureOf(() =>
      readStaged(index(root, { PATH: '/nonexistent' }), ['Dockerfile'])('Dockerfile'),
    )
    assert.is(error.code, 'usage')
  }))

test.run()
