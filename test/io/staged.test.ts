import { chmodSync, existsSync, rmSync, symlinkSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fileProblemWords } from '../../src/core/file-problem.ts'
import { maxSize } from '../../src/io/read.ts'
import { listStaged, readStaged } from '../../src/io/staged.ts'
import { failureOf } from '../support/failure.ts'
import { GIT_ENV, git, withFolder, writeFiles } from '../support/folder.ts'

const test = suite('io/staged')
/** The text of a file of the index, or what it is instead. */
async function textOf(read: ReturnType<typeof readStaged>, file: string): Promise<string> {
  const found = await read(file)
  if (found.kind === 'file') return found.bytes.toString('utf8')
  return `(${found.kind === 'missing' ? 'missing' : fileProblemWords(found).reason})`
}
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
    assert.is(await textOf(read, 'Dockerfile'), 'FROM staged\n')
    assert.is(await textOf(read, 'gone.Dockerfile'), 'FROM gone\n')
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
      const found = await read('a.Dockerfile')
      const latin = Buffer.from('# \xe9\r\nFROM a', 'latin1')
      assert.ok(found.kind === 'file' && found.bytes.equals(latin))
      assert.is(await textOf(read, 'b.Dockerfile'), '')
      assert.is(await textOf(read, 'c.Dockerfile'), '\ufeffFROM c\n')
    },
  ))

test('what is not in the index is undefined, and does not put the others out of step', () =>
  withFolder({ 'a.Dockerfile': 'a', 'b.Dockerfile': 'b' }, async root => {
    git(root, 'init', '-q')
    git(root, 'add', '.')
    const files = ['x', 'a.Dockerfile', 'missing/y', 'b.Dockerfile', 'z']
    const read = readStaged(index(root), files)
    const texts = await Promise.all(files.map(file => textOf(read, file)))
    assert.equal(texts, ['(missing)', 'a', '(missing)', 'b', '(missing)'])
  }))

test('a content that git does not have is said, not passed over', () =>
  withFolder({ 'a.Dockerfile': 'a', 'b.Dockerfile': 'b' }, async root => {
    git(root, 'init', '-q')
    git(root, 'add', '.')
    const id = git(root, 'rev-parse', ':a.Dockerfile').trim()
    rmSync(join(root, '.git/objects', id.slice(0, 2), id.slice(2)), { force: true })
    const read = readStaged(index(root), ['a.Dockerfile', 'b.Dockerfile'])
    assert.is(await textOf(read, 'a.Dockerfile'), '(it is staged, but git does not have its content)')
    assert.is(await textOf(read, 'b.Dockerfile'), 'b')
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
    for (const file of listed) assert.is(await textOf(read, file), `FROM ${file}`, JSON.stringify(file))
  }))

test('a project in a folder of the repository sees its own files', () =>
  withFolder({ 'sub/Dockerfile': 'FROM sub\n', Dockerfile: 'FROM root\n' }, async root => {
    git(root, 'init', '-q')
    git(root, 'add', '.')
    const sub = join(root, 'sub')
    assert.equal(await listStaged(index(sub), matches), ['Dockerfile'])
    const read = await readStaged(index(sub), ['Dockerfile'])('Dockerfile')
    assert.equal(read, { kind: 'file', bytes: Buffer.from('FROM sub\n'), path: join(sub, 'Dockerfile') })
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
    assert.is(await textOf(read, 'a.Dockerfile'), '(missing)')
    const named = readStaged(index(main), ['a.Dockerfile'])
    assert.is(await textOf(named, 'a.Dockerfile'), '(it is a submodule, not a regular file)')
    assert.is(await textOf(read, 'Dockerfile'), 'FROM main')
  }))

test('an index that git itself hands to a hook is the one that counts', () =>
  withFolder({ Dockerfile: 'FROM a\n' }, async root => {
    git(root, 'init', '-q')
    git(root, 'add', '.')
    const env = { ...GIT_ENV, GIT_INDEX_FILE: join(root, '.git/other') }
    assert.equal(await listStaged(index(root, env), matches), [])
    assert.is(await textOf(readStaged(index(root, env), ['Dockerfile']), 'Dockerfile'), '(missing)')
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

test('symbolic links are followed in the index, and nowhere else', () =>
  withFolder(
    { 'p/real/a': 'FROM a\n', 'p/untracked': 'FROM secret\n', 'out/Dockerfile': 'FROM secret\n' },
    async outer => {
      const root = join(outer, 'p')
      git(outer, 'init', '-q')
      const links: Readonly<Record<string, readonly [target: string, expected: string]>> = {
        'in.Dockerfile': ['real/a', 'FROM a\n'],
        'twice.Dockerfile': ['in.Dockerfile', 'FROM a\n'],
        'real/up.Dockerfile': ['../real/../real/a', 'FROM a\n'],
        'out.Dockerfile': ['../out/Dockerfile', '(it is a symbolic link to outside the project)'],
        'absolute.Dockerfile': [
          join(outer, 'out/Dockerfile'),
          '(it is a symbolic link to outside the project)',
        ],
        // As a path in the project it would be there.
        'rooted.Dockerfile': ['/real/a', '(it is a symbolic link to outside the project)'],
        'new.Dockerfile': ['untracked', '(it is a symbolic link to a file that the index does not have)'],
        'loop.Dockerfile': ['loop.Dockerfile', '(it is a symbolic link in a loop)'],
      }
      for (const [file, [target]] of Object.entries(links)) symlinkSync(target, join(root, file))
      git(outer, 'add', '.')
      git(outer, 'rm', '-qf', '--cached', 'p/untracked')
      const read = readStaged(index(root), Object.keys(links))
      for (const [file, [, expected]] of Object.entries(links))
        assert.is(await textOf(read, file), expected, file)
    },
  ))

test('what is larger than its bound is not read, and the others are', () =>
  withFolder({ '.dock-lock.yaml': '', Dockerfile: 'FROM a\n' }, async root => {
    git(root, 'init', '-q')
    truncateSync(join(root, '.dock-lock.yaml'), maxSize('.dock-lock.yaml') + 1)
    git(root, 'add', '.')
    const read = readStaged(index(root), ['.dock-lock.yaml', 'Dockerfile'])
    assert.match(await textOf(read, '.dock-lock.yaml'), /^\(it is larger than 1 MiB/)
    assert.is(await textOf(read, 'Dockerfile'), 'FROM a\n')
  }))

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
