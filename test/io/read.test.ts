import { execFileSync } from 'node:child_process'
import fs, {
  chmodSync,
  existsSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fileProblemWords } from '../../src/core/file-problem.ts'
import { contentOf, type FileRead, maxSize, readProjectFile, readRegularFile } from '../../src/io/read.ts'
import { failureOf, whereOf } from '../support/failure.ts'
import { withFolder } from '../support/folder.ts'

const test = suite('io/read')
const said = (read: FileRead) =>
  read.kind === 'file'
    ? read.bytes.toString()
    : read.kind === 'missing'
      ? 'missing'
      : `${read.kind}: ${fileProblemWords(read).reason}`
const OUTSIDE = 'irregular: it is a symbolic link to outside the project'

test('a regular file is read, also through links that stay in the project', () =>
  withFolder({ 'p/real/a': 'text', 'p/empty': '' }, root => {
    const project = join(root, 'p')
    symlinkSync('real', join(project, 'folder'))
    symlinkSync(join(project, 'folder/a'), join(project, 'link'))
    for (const file of ['real/a', 'folder/a', 'link']) {
      const read = readProjectFile(project, file)
      assert.equal(read, { kind: 'file', path: join(project, 'real/a'), bytes: Buffer.from('text') })
    }
    assert.is(said(readProjectFile(project, 'empty')), '')
    assert.is(said(readProjectFile(project, 'none')), 'missing')
    assert.is(said(readProjectFile(project, 'real/a/none')), 'missing')
  }))

test('what leads out is not read, and whether it is there is not told', () =>
  withFolder({ 'p/x': '', 'out/secret': 'secret' }, root => {
    const project = join(root, 'p')
    const targets = [
      '../out/secret',
      '../out/none',
      join(root, 'out/secret'),
      '/proc/self/environ',
      '/dev/zero',
      '..',
    ]
    for (const target of targets) {
      symlinkSync(target, join(project, 'link'))
      assert.is(said(readProjectFile(project, 'link')), OUTSIDE, target)
      rmSync(join(project, 'link'))
    }
    symlinkSync('../out', join(project, 'folder'))
    assert.is(said(readProjectFile(project, 'folder/secret')), OUTSIDE)
  }))

test('what is no regular file is refused at once', () =>
  withFolder({ 'p/x': '' }, async root => {
    const project = join(root, 'p')
    execFileSync('mkfifo', [join(project, 'fifo')])
    mkdirSync(join(project, 'folder'))
    symlinkSync('fifo', join(project, 'link'))
    const server = createServer()
    await new Promise<void>(done => server.listen(join(project, 'socket'), done))
    try {
      assert.is(said(readProjectFile(project, 'fifo')), 'irregular: it is a fifo, not a regular file')
      assert.is(said(readProjectFile(project, 'link')), 'irregular: it is a fifo, not a regular file')
      assert.is(said(readProjectFile(project, 'folder')), 'irregular: it is a directory, not a regular file')
      assert.is(said(readProjectFile(project, 'socket')), 'irregular: it is a socket, not a regular file')
    } finally {
      server.close()
    }
    if (existsSync('/dev/zero'))
      assert.is(said(readProjectFile('/dev', 'zero')), 'irregular: it is a device, not a regular file')
  }))

test('each kind of file has its bound, which is looked at before it is read', () =>
  withFolder({}, root => {
    for (const [file, size] of [
      ['.dock-lock.yaml', '1 MiB'],
      ['a/.gitignore', '1 MiB'],
      ['package.json', '1 MiB'],
      ['Dockerfile', '16 MiB'],
      ['docker-images.lock', '64 MiB'],
    ] as const) {
      mkdirSync(join(root, 'a'), { recursive: true })
      writeFileSync(join(root, file), '')
      truncateSync(join(root, file), maxSize(file) + 1)
      const before = process.memoryUsage().arrayBuffers
      assert.match(said(readProjectFile(root, file)), new RegExp(`^unreadable: it is larger than ${size}`))
      truncateSync(join(root, file), 10 * 2 ** 30)
      assert.match(said(readProjectFile(root, file)), new RegExp(`^unreadable: it is larger than ${size}`))
      assert.ok(process.memoryUsage().arrayBuffers - before < 1 << 20, file)
      truncateSync(join(root, file), maxSize(file))
      assert.is(readProjectFile(root, file).kind, 'file')
      rmSync(join(root, file))
    }
  }))

test('a file that grows while it is read is bounded too', () =>
  withFolder({ file: 'x'.repeat(100) }, root =>
    withHook(
      'fstatSync',
      () => fs.appendFileSync(join(root, 'file'), 'x'.repeat(200_000)),
      () => {
        assert.match(
          said(readProjectFile(root, 'file', 100_000)),
          /^unreadable: it is larger than 100000 bytes/,
        )
      },
    ),
  ))

/** Calls `happen` right before the first call of that function of node:fs. */
function withHook(name: 'fstatSync' | 'openSync' | 'lstatSync', happen: () => void, body: () => void): void {
  const real = fs[name] as (...args: unknown[]) => unknown
  let done = false
  Object.assign(fs, {
    [name]: (...args: unknown[]) => {
      if (!done) {
        done = true
        happen()
      }
      return real(...args)
    },
  })
  syncBuiltinESMExports()
  try {
    body()
    assert.ok(done)
  } finally {
    Object.assign(fs, { [name]: real })
    syncBuiltinESMExports()
  }
}

for (const name of ['lstatSync', 'openSync'] as const) {
  test(`what is replaced right before ${name} is not read outside of the project, and hangs nobody`, () =>
    withFolder({ 'p/a/file': 'mine', 'out/file': 'secret' }, root => {
      const project = join(root, 'p')
      const reset = () => {
        rmSync(join(project, 'a'), { recursive: true })
        mkdirSync(join(project, 'a'))
        writeFileSync(join(project, 'a/file'), 'mine')
      }
      const replacements: readonly (() => void)[] = [
        () => symlinkSync('../../out/file', join(project, 'a/file')),
        () => {
          rmSync(join(project, 'a'), { recursive: true })
          symlinkSync('../out', join(project, 'a'))
        },
        () => execFileSync('mkfifo', [join(project, 'a/file')]),
      ]
      for (const replace of replacements) {
        reset()
        const happen = () => {
          rmSync(join(project, 'a/file'))
          replace()
        }
        withHook(name, happen, () => {
          const read = readProjectFile(project, 'a/file')
          assert.ok(read.kind === 'irregular' || read.kind === 'unreadable', said(read))
          assert.not.match(said(read), /secret/)
        })
      }
    }))
}

test('a file that may not be read says so, with the next step', () =>
  withFolder({ file: 'x' }, async root => {
    if (process.getuid?.() === 0) return
    chmodSync(join(root, 'file'), 0)
    const error = await failureOf(() => contentOf('config', 'file', readProjectFile(root, 'file')))
    assert.is(error.code, 'config')
  }))

test('an error has its place and the next step, and nothing of what the file holds', () =>
  withFolder({ 'p/x': '', secret: 'secret' }, async root => {
    const project = join(root, 'p')
    assert.is(contentOf('config', 'none', readProjectFile(project, 'none')), undefined)
    symlinkSync('../secret', join(project, 'link'))
    mkdirSync(join(project, 'folder'))
    for (const file of ['link', 'folder']) {
      const error = await failureOf(() => contentOf('config', file, readProjectFile(project, file)))
      assert.equal([error.code, whereOf(error)], ['config', `${file}:1:1`])
      assert.match(error.message, new RegExp(`^${file} cannot be read: it is a `))
      assert.ok(error.hint)
      assert.not.match(`${error.message} ${error.hint}`, /secret/)
    }
  }))

test('a file of the user is read by its path, under the same bounds', () =>
  withFolder({ file: 'text' }, root => {
    assert.is(said(readRegularFile(join(root, 'file'), 10)), 'text')
    assert.match(said(readRegularFile(join(root, 'file'), 3)), /larger than 3 bytes/)
    assert.is(said(readRegularFile(join(root, 'none'), 10)), 'missing')
    assert.match(said(readRegularFile(root, 10)), /directory/)
  }))

test.run()
