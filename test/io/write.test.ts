import { execFileSync } from 'node:child_process'
import fs, {
  chmodSync,
  closeSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type FileChange, writeAll } from '../../src/io/write.ts'
import { failureOf, whereOf } from '../support/failure.ts'
import { listAll, withFolder } from '../support/folder.ts'

const test = suite('io/write')

/** Three files with changes for each: what must stay together. */
const FILES = { 'a/Dockerfile': 'FROM a\n', 'b/Dockerfile': 'FROM b\n', 'c/Dockerfile': 'FROM c\n' }

function changes(root: string): FileChange[] {
  return Object.entries(FILES).map(([file, text]) => ({
    file,
    path: join(root, file),
    before: Buffer.from(text),
    after: Buffer.from(text.replace('\n', '@x\n')),
  }))
}

function texts(root: string): string[] {
  return Object.keys(FILES).map(file => readFileSync(join(root, file), 'utf8'))
}

test('all files are written, and nothing is left beside them', () =>
  withFolder(FILES, async root => {
    const before = listAll(root)
    await writeAll(changes(root))
    assert.equal(texts(root), ['FROM a@x\n', 'FROM b@x\n', 'FROM c@x\n'])
    assert.equal(listAll(root), before)
  }))

test('a file that was not there is made, with the rights of any new file', () =>
  withFolder({ plain: '' }, async root => {
    const path = join(root, 'docker-images.lock')
    await writeAll([{ file: 'docker-images.lock', path, before: undefined, after: Buffer.from('x') }])
    assert.is(readFileSync(path, 'utf8'), 'x')
    assert.is(statSync(path).mode & 0o777, statSync(join(root, 'plain')).mode & 0o777)
  }))

test('mode and owner stay', () =>
  withFolder({ Dockerfile: 'a', other: 'b' }, async root => {
    const path = join(root, 'Dockerfile')
    for (const mode of [0o600, 0o644, 0o755, 0o640, 0o664]) {
      chmodSync(path, mode)
      const { uid, gid } = statSync(path)
      const before = readFileSync(path)
      await writeAll([{ file: 'Dockerfile', path, before, after: Buffer.concat([before, before]) }])
      const after = statSync(path)
      assert.equal([after.mode & 0o7777, after.uid, after.gid], [mode, uid, gid])
    }
    if (process.getuid?.() !== 0) return
    execFileSync('chown', ['12345:54321', join(root, 'other')])
    await writeAll([
      { file: 'other', path: join(root, 'other'), before: Buffer.from('b'), after: Buffer.from('c') },
    ])
    const { uid, gid } = statSync(join(root, 'other'))
    assert.equal([uid, gid], [12345, 54321])
  }))

test('a symbolic link stays one: its target is what is written', () =>
  withFolder({ 'real/Dockerfile': 'FROM a\n' }, async root => {
    symlinkSync('real/Dockerfile', join(root, 'Dockerfile'))
    const path = realpathSync(join(root, 'Dockerfile'))
    await writeAll([
      { file: 'Dockerfile', path, before: Buffer.from('FROM a\n'), after: Buffer.from('FROM b\n') },
    ])
    assert.ok(lstatSync(join(root, 'Dockerfile')).isSymbolicLink())
    assert.is(readFileSync(join(root, 'real/Dockerfile'), 'utf8'), 'FROM b\n')
  }))

/** What may come in the way of the second file, and what is said of it. */
const TROUBLE: readonly {
  readonly what: string
  readonly code: 'changed' | 'write'
  readonly message: RegExp
  readonly make: (path: string, change: FileChange) => FileChange | undefined
  readonly mend?: (path: string) => void
  readonly left?: string | undefined
}[] = [
  {
    what: 'is read-only',
    code: 'write',
    message: /read-only/,
    make: path => void chmodSync(path, 0o444),
    left: 'FROM b\n',
  },
  {
    what: 'vanished',
    code: 'write',
    message: /was removed/,
    make: path => void rmSync(path),
    left: undefined,
  },
  {
    what: 'lost its folder',
    code: 'write',
    message: /was removed/,
    make: path => void rmSync(join(path, '..'), { recursive: true }),
    left: undefined,
  },
  {
    what: 'was changed in between',
    code: 'changed',
    message: /changed by another program/,
    make: path => void writeFileSync(path, 'FROM mine\n'),
    left: 'FROM mine\n',
  },
  {
    what: 'appeared in between',
    code: 'changed',
    message: /changed by another program/,
    make: (_, change) => ({ ...change, before: undefined }),
    left: 'FROM b\n',
  },
  {
    what: 'is a folder by now',
    code: 'write',
    message: /cannot be written/,
    make: path => {
      rmSync(path)
      mkdirSync(path)
      return undefined
    },
    left: undefined,
  },
  {
    what: 'is to be made where a folder is',
    code: 'write',
    message: /cannot be written/,
    make: (path, change) => {
      rmSync(path)
      mkdirSync(path)
      return { ...change, before: undefined }
    },
    left: undefined,
  },
]

if (canLock()) {
  const lock = (path: string) => void execFileSync('chattr', ['+i', path])
  const unlock = (path: string) => void execFileSync('chattr', ['-i', path])
  ;(TROUBLE as (typeof TROUBLE)[number][]).push(
    {
      what: 'must not be touched',
      code: 'write',
      message: /read-only/,
      make: lock,
      mend: unlock,
      left: 'FROM b\n',
    },
    {
      what: 'is in a folder that must not be touched',
      code: 'write',
      message: /read-only/,
      make: path => lock(join(path, '..')),
      mend: path => unlock(join(path, '..')),
      left: 'FROM b\n',
    },
  )
} else {
  console.log('io/write: no chattr +i here; the immutable file and folder are not tried')
}

/** Whether files can be made immutable here: root writes whatever the mode says. */
function canLock(): boolean {
  try {
    const path = execFileSync('mktemp', { encoding: 'utf8' }).trim()
    try {
      execFileSync('chattr', ['+i', path], { stdio: 'ignore' })
      execFileSync('chattr', ['-i', path], { stdio: 'ignore' })
      return true
    } finally {
      rmSync(path)
    }
  } catch {
    return false
  }
}

for (const { what, code, message, make, mend, left } of TROUBLE) {
  test(`when the second of three files ${what}, none is changed and nothing is left behind`, () =>
    withFolder(FILES, async root => {
      const all = changes(root)
      const path = join(root, 'b/Dockerfile')
      const other = make(path, all[1] as FileChange)
      if (other !== undefined) all[1] = other
      const before = listAll(root)
      try {
        const error = await failureOf(() => writeAll(all))
        assert.is(error.code, code)
        assert.match(error.message, message)
        assert.match(error.message, /nothing was written/)
        assert.is(whereOf(error), 'b/Dockerfile:1:1')
        assert.ok(error.hint)
      } finally {
        mend?.(path)
      }
      assert.equal(listAll(root), before)
      assert.is(readFileSync(join(root, 'a/Dockerfile'), 'utf8'), 'FROM a\n')
      assert.is(readFileSync(join(root, 'c/Dockerfile'), 'utf8'), 'FROM c\n')
      if (left !== undefined) assert.is(readFileSync(path, 'utf8'), left)
    }))
}

test('when a rename fails midway, the files before it are put back, and new ones taken away', () =>
  withFolder(FILES, async root => {
    chmodSync(join(root, 'a/Dockerfile'), 0o640)
    const made: FileChange = {
      file: 'new',
      path: join(root, 'new'),
      before: undefined,
      after: Buffer.from('x'),
    }
    const [a, b, c] = changes(root) as [FileChange, FileChange, FileChange]
    rmSync(c.path)
    mkdirSync(c.path)
    const before = listAll(root)
    const inode = statSync(a.path).ino
    const error = await failureOf(() => writeAll([a, made, b, { ...c, before: undefined }]))
    assert.is(error.code, 'write')
    assert.match(error.message, /c\/Dockerfile cannot be written: .*; nothing was written/)
    assert.equal(listAll(root), before)
    assert.equal(
      [a, b].map(({ path }) => readFileSync(path, 'utf8')),
      ['FROM a\n', 'FROM b\n'],
    )
    assert.not.ok(existsSync(join(root, 'new')))
    assert.equal([statSync(a.path).ino, statSync(a.path).mode & 0o777], [inode, 0o640])
  }))

/** Calls `happen` right before (or after) the rename number `at`, from 1. */
async function withRename(
  at: number,
  happen: () => void,
  body: () => Promise<void>,
  when: 'before' | 'after' = 'before',
): Promise<void> {
  const real = fs.renameSync
  let count = 0
  fs.renameSync = (...args) => {
    count++
    if (count === at && when === 'before') happen()
    real(...args)
    if (count === at && when === 'after') happen()
  }
  syncBuiltinESMExports()
  try {
    await body()
    assert.ok(count >= at)
  } finally {
    fs.renameSync = real
    syncBuiltinESMExports()
  }
}

/** What somebody else does to c/Dockerfile after b/Dockerfile was renamed; what is said of it, and what c/Dockerfile is in the end. */
const MEANWHILE: Readonly<
  Record<string, readonly [happen: (path: string) => void, message: RegExp, left: string | undefined]>
> = {
  'is changed': [path => writeFileSync(path, 'FROM mine\n'), /was changed by another program/, 'FROM mine\n'],
  'is changed to text of the same length': [
    path => writeFileSync(path, 'FROM d\n'),
    /was changed by another program/,
    'FROM d\n',
  ],
  'is replaced': [
    path => {
      writeFileSync(`${path}.new`, 'FROM d\n')
      renameSync(`${path}.new`, path)
    },
    /was changed by another program/,
    'FROM d\n',
  ],
  vanishes: [path => rmSync(path), /was removed/, undefined],
  'becomes a link out of the project': [
    path => {
      rmSync(path)
      symlinkSync('/etc/hostname', path)
    },
    /was changed by another program/,
    undefined,
  ],
  'becomes a fifo': [
    path => {
      rmSync(path)
      execFileSync('mkfifo', [path])
    },
    /was changed by another program/,
    undefined,
  ],
}

for (const [what, [happen, message, left]] of Object.entries(MEANWHILE)) {
  test(`when a file ${what} between two renames, that stays, and the files before it are put back`, () =>
    withFolder(FILES, async root => {
      const path = join(root, 'c/Dockerfile')
      let tree: readonly string[] = []
      let kind = ''
      const strike = () => {
        happen(path)
        kind = String(lstatSync(path, { throwIfNoEntry: false })?.mode)
        tree = listAll(root).filter(name => !/\.(tmp|old)$/.test(name))
      }
      await withRename(
        2,
        strike,
        async () => {
          const error = await failureOf(() => writeAll(changes(root)))
          assert.is(error.code, 'changed')
          assert.match(error.message, message)
          assert.match(error.message, /^c\/Dockerfile .*; nothing was written$/)
          assert.is(whereOf(error), 'c/Dockerfile:1:1')
        },
        'after',
      )
      assert.equal(listAll(root), tree)
      assert.is(String(lstatSync(path, { throwIfNoEntry: false })?.mode), kind)
      if (left !== undefined) assert.is(readFileSync(path, 'utf8'), left)
      assert.equal(
        ['a', 'b'].map(name => readFileSync(join(root, name, 'Dockerfile'), 'utf8')),
        ['FROM a\n', 'FROM b\n'],
      )
    }))
}

test('what somebody writes into an open file while it is replaced is put back, and the others with it', () =>
  withFolder(FILES, async root => {
    const path = join(root, 'b/Dockerfile')
    const editor = openSync(path, 'r+')
    try {
      await withRename(
        2,
        () => writeSync(editor, 'FROM mine\n', 0),
        async () => {
          const error = await failureOf(() => writeAll(changes(root)))
          assert.match(
            error.message,
            /^b\/Dockerfile was changed by another program .*; nothing was written$/,
          )
        },
        'after',
      )
    } finally {
      closeSync(editor)
    }
    assert.equal(texts(root), ['FROM a\n', 'FROM mine\n', 'FROM c\n'])
    assert.equal(
      listAll(root).filter(name => /\.(tmp|old)$/.test(name)),
      [],
    )
  }))

test('a file that was written, and changed by somebody else since, is not put back: it is named', () =>
  withFolder(FILES, async root => {
    const happen = () => {
      writeFileSync(join(root, 'a/Dockerfile'), 'FROM other\n')
      writeFileSync(join(root, 'c/Dockerfile'), 'FROM mine\n')
    }
    await withRename(
      2,
      happen,
      async () => {
        const error = await failureOf(() => writeAll(changes(root)))
        assert.is(error.code, 'changed')
        assert.match(error.message, /^c\/Dockerfile was changed .*; written already: a\/Dockerfile$/)
      },
      'after',
    )
    assert.equal(texts(root), ['FROM other\n', 'FROM b\n', 'FROM mine\n'])
  }))

test('a new file does not replace one that appears at the last moment', () =>
  withFolder(FILES, async root => {
    const made = { file: 'new', path: join(root, 'new'), before: undefined, after: Buffer.from('x') }
    const real = fs.linkSync
    fs.linkSync = (...args) => {
      writeFileSync(made.path, 'mine')
      real(...args)
    }
    syncBuiltinESMExports()
    try {
      const error = await failureOf(() => writeAll([...changes(root), made]))
      assert.equal([error.code, whereOf(error)], ['changed', 'new:1:1'])
    } finally {
      fs.linkSync = real
      syncBuiltinESMExports()
    }
    assert.is(readFileSync(made.path, 'utf8'), 'mine')
    assert.equal(texts(root), Object.values(FILES))
  }))

test('a folder that becomes a link out of the project is not written through', () =>
  withFolder({ ...FILES, 'out/Dockerfile': 'FROM b\n' }, async outer => {
    const root = join(outer, 'p')
    const replace = () => {
      renameSync(join(root, 'b'), join(root, 'was'))
      symlinkSync('../out', join(root, 'b'))
    }
    mkdirSync(root)
    for (const name of ['a', 'b', 'c']) renameSync(join(outer, name), join(root, name))
    const tries: readonly ((body: () => Promise<void>) => Promise<void>)[] = [
      body => {
        replace()
        return body()
      },
      body => withRename(1, replace, body, 'after'),
    ]
    for (const attempt of tries) {
      await attempt(async () => {
        const error = await failureOf(() => writeAll(changes(root)))
        assert.match(error.message, /^b\/Dockerfile was changed by another program .*; nothing was written$/)
      })
      assert.equal(listAll(join(outer, 'out')), ['Dockerfile'])
      assert.is(readFileSync(join(outer, 'out/Dockerfile'), 'utf8'), 'FROM b\n')
      rmSync(join(root, 'b'))
      renameSync(join(root, 'was'), join(root, 'b'))
      assert.equal(texts(root), Object.values(FILES))
    }
  }))

test('the other names of a hard link keep the old content', () =>
  withFolder({ ...FILES, elsewhere: '' }, async root => {
    rmSync(join(root, 'elsewhere'))
    linkSync(join(root, 'a/Dockerfile'), join(root, 'elsewhere'))
    await writeAll(changes(root))
    assert.is(readFileSync(join(root, 'elsewhere'), 'utf8'), 'FROM a\n')
    assert.is(readFileSync(join(root, 'a/Dockerfile'), 'utf8'), 'FROM a@x\n')
  }))

test('a signal before the first rename: nothing is written, and nothing is left', () =>
  withFolder(FILES, async root => {
    const before = listAll(root)
    // In turn: before anything, and after 1, 2, … flushes.
    for (let moment = 0; moment < 4; moment++) {
      const controller = new AbortController()
      if (moment === 0) controller.abort('SIGHUP')
      let checks = 0
      const signal = new Proxy(controller.signal, {
        get: (target, name) => {
          if (name === 'aborted' && checks++ === moment) controller.abort('SIGHUP')
          return Reflect.get(target, name, target)
        },
      })
      assert.is((await failureOf(() => writeAll(changes(root), signal))).code, 'interrupted')
      assert.equal(listAll(root), before)
      assert.equal(texts(root), Object.values(FILES))
    }
  }))

test('names of 255 bytes can be written', () =>
  withFolder({}, async root => {
    const path = join(root, 'x'.repeat(255))
    writeFileSync(path, 'a')
    await writeAll([{ file: 'x', path, before: Buffer.from('a'), after: Buffer.from('b') }])
    assert.is(readFileSync(path, 'utf8'), 'b')
  }))

for (const [code, isWritten] of [
  ['EINVAL', true],
  ['ENOSYS', true],
  ['EIO', false],
] as const) {
  test(`where flushing fails with ${code}, the files are ${isWritten ? 'written' : 'as before'}`, () =>
    withFolder(FILES, async root => {
      const real = fs.fsync
      fs.fsync = ((_: number, done: (error: Error) => void) =>
        done(Object.assign(new Error(code), { code }))) as typeof fs.fsync
      syncBuiltinESMExports()
      try {
        if (isWritten) await writeAll(changes(root))
        else assert.is((await failureOf(() => writeAll(changes(root)))).code, 'write')
      } finally {
        fs.fsync = real
        syncBuiltinESMExports()
      }
      const expected = isWritten ? changes(root).map(({ after }) => after.toString()) : Object.values(FILES)
      assert.equal(texts(root), expected)
    }))
}

test('the mode of a new file is as given', () =>
  withFolder({}, async root => {
    const path = join(root, 'hook')
    await writeAll([{ file: 'hook', path, before: undefined, after: Buffer.from('x'), mode: 0o777 }])
    assert.is(statSync(path).mode & 0o111, 0o111)
  }))

test.run()
