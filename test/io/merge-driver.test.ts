/** The merge driver in real merges, as `init --merge-driver` installs it. */
import { chmodSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { LOCKFILE_NAME, serializeLockfile } from '../../src/core/lockfile.ts'
import { readLockfileSource } from '../../src/io/lockfile.ts'
import { readUnmerged } from '../../src/io/lockfile-conflicts.ts'
import { CLI } from '../support/cli.ts'
import { GIT_ENV, git, withFolder, writeFiles } from '../support/folder.ts'
import { runMain } from '../support/in-process.ts'
import { assertNothingLost, branches, tryGit } from '../support/lockfile-branches.ts'
import { forAllAsync, type Random } from '../support/random.ts'

const test = suite('io/merge-driver')
const BIN = 'node_modules/.bin/dock-lock'

async function withDriver(
  random: Random,
  style: string,
  use: (root: string, merge: ReturnType<typeof branches>) => Promise<void>,
): Promise<void> {
  await withFolder({}, async root => {
    const merge = branches(root, random, style, random.pick([7, 12]))
    writeFiles(root, { [BIN]: `#!/bin/sh\nexec '${process.execPath}' '${CLI}' "$@"\n` })
    chmodSync(join(root, BIN), 0o755)
    const { code, stderr } = await runMain(root, ['init', '--merge-driver'])
    assert.is(code, 0, stderr)
    await use(root, merge)
  })
}

function textOf(root: string): string {
  return readFileSync(join(root, LOCKFILE_NAME), 'utf8')
}

const WAYS: readonly (readonly string[])[] = [
  ['merge', '-q', 'other'],
  ['cherry-pick', 'other'],
  ['rebase', '-q', 'other'],
]

for (const style of ['merge', 'diff3', 'zdiff3'])
  test(`random merges in style ${style} are resolved, or only disputes are left`, async () => {
    let clean = 0
    await forAllAsync(5, random =>
      withDriver(random, style, async (root, merge) => {
        const way = random.pick(WAYS)
        const sides = way[0] === 'rebase' ? { ...merge, ours: merge.theirs, theirs: merge.ours } : merge
        const isClean = tryGit(root, ...way)
        if (isClean) clean++
        const { signal } = new AbortController()
        const source = await readLockfileSource(root, () => readUnmerged({ root, env: GIT_ENV, signal }))
        assert.is(source.conflicts === undefined, isClean)
        assertNothingLost(source.images, sides)
        if (isClean) assert.is(serializeLockfile(source.images), textOf(root))
        assert.is(source.conflicts?.count ?? 0, source.conflicts?.disputes.length ?? 0)
      }),
    )
    assert.ok(clean > 0)
  })

test('without an installed dock-lock, git merges by lines, and no side is lost', () =>
  forAllAsync(3, random =>
    withDriver(random, 'merge', async (root, merge) => {
      rmSync(join(root, 'node_modules'), { recursive: true })
      const isClean = tryGit(root, 'merge', '-q', 'other')
      const text = textOf(root)
      if (isClean) assert.not.match(text, /^<{7}/m)
      else {
        assert.match(text, /^<{7,} ours$/m)
        for (const key of merge.theirs.keys())
          if (!merge.base.has(key)) assert.ok(text.includes(key), `${key} is lost`)
      }
    }),
  ))

test('a version that is no lockfile is merged by lines', () =>
  withFolder({ a: 'x\nours\n', b: 'x\ntheirs\n', o: 'x\n' }, async root => {
    const { code } = await runMain(root, ['merge-driver', 'o', 'a', 'b', '9', LOCKFILE_NAME])
    assert.is(code, 1)
    assert.is(
      readFileSync(join(root, 'a'), 'utf8'),
      `x\n${'<'.repeat(9)} ours\nours\n${'='.repeat(9)}\ntheirs\n${'>'.repeat(9)} theirs\n`,
    )
    assert.is((await runMain(root, ['merge-driver', 'o', 'o', 'b', '7', LOCKFILE_NAME])).code, 0)
    assert.is(readFileSync(join(root, 'o'), 'utf8'), 'x\ntheirs\n')
    assert.is((await runMain(root, ['merge-driver', 'o', 'nothing', 'b', '7'])).code, 2)
    assert.is((await runMain(root, ['merge-driver'])).code, 2)
  }))

test('the driver is installed once, beside other attributes, with their line ends', () =>
  withFolder({ '.gitattributes': '*.md text\r\n*.sh eol=lf' }, async root => {
    git(root, 'init', '-q')
    assert.is((await runMain(root, ['init', '--merge-driver', '--dry-run'])).code, 0)
    assert.is(readFileSync(join(root, '.gitattributes'), 'utf8'), '*.md text\r\n*.sh eol=lf')
    assert.not(tryGit(root, 'config', '--local', 'merge.dock-lock.driver'))
    await runMain(root, ['init', '--merge-driver'])
    const text = `*.md text\r\n*.sh eol=lf\r\n${LOCKFILE_NAME} merge=dock-lock\r\n`
    assert.is(readFileSync(join(root, '.gitattributes'), 'utf8'), text)
    assert.match(
      git(root, 'config', '--local', 'merge.dock-lock.driver'),
      /^npx --no --offline -- dock-lock merge-driver %O %A %B %L %P \|\| /,
    )
    assert.match((await runMain(root, ['init', '--merge-driver'])).stdout, /^nothing to change/)
    assert.is(readFileSync(join(root, '.gitattributes'), 'utf8'), text)
  }))

test('outside a repository, it is an error', () =>
  withFolder({}, async root => {
    const { code, stderr } = await runMain(root, ['init', '--merge-driver'])
    assert.is(code, 2)
    assert.match(stderr, /needs a git repository/)
  }))

test.run()
