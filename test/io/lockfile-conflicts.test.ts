/** Real merges of generated lockfiles, in the three styles of git, with markers of several lengths. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DockLockError } from '../../src/core/error.ts'
import { LOCKFILE_NAME, type LockedImage } from '../../src/core/lockfile.ts'
import { type LockfileSource, readLockfileSource } from '../../src/io/lockfile.ts'
import { readUnmerged } from '../../src/io/lockfile-conflicts.ts'
import { failureOf, whereOf } from '../support/failure.ts'
import { GIT_ENV, git, withFolder, writeFiles } from '../support/folder.ts'
import { fixedDigest } from '../support/generate.ts'
import { assertNothingLost, branches, commit, tryGit } from '../support/lockfile-branches.ts'
import { forAllAsync } from '../support/random.ts'

const test = suite('io/lockfile-conflicts')

function read(root: string, unmerged = true): Promise<LockfileSource> {
  const { signal } = new AbortController()
  return readLockfileSource(root, async () =>
    unmerged ? readUnmerged({ root, env: GIT_ENV, signal }) : undefined,
  )
}

const STYLES = ['merge', 'diff3', 'zdiff3']
const WAYS: readonly (readonly string[])[] = [
  ['merge', '-q', 'other'],
  ['cherry-pick', 'other'],
  ['rebase', '-q', 'other'],
  ['rebase', '-q', '--apply', 'other'],
]

for (const style of STYLES)
  for (const [size, runs] of [
    [7, 8],
    [20, 2],
  ] as const)
    test(`random merges in style ${style}, markers of ${size}`, async () => {
      let conflicted = 0
      await forAllAsync(runs, random =>
        withFolder({}, async root => {
          const merge = branches(root, random, style, size)
          const way = random.pick(WAYS)
          if (tryGit(root, ...way)) return
          conflicted++
          // In a rebase, ours is what the commits are applied to.
          const { ours, theirs, base } = merge
          const sides = way[0] === 'rebase' ? { base, ours: theirs, theirs: ours } : merge
          const { images, conflicts } = await read(root)
          assert.ok(conflicts)
          assertNothingLost(images, sides)
          for (const key of new Set([...ours.keys(), ...theirs.keys()])) assert.ok(images.has(key), key)
          for (const dispute of conflicts.disputes) {
            assert.equal(dispute.ours, sides.ours.get(dispute.key))
            assert.equal(dispute.theirs, sides.theirs.get(dispute.key))
          }
          // Git still knows both sides after the markers were staged.
          git(root, 'add', '.')
          assert.equal((await read(root)).images, images)
        }),
      )
      assert.ok(conflicted >= runs / 2, `${conflicted} of ${runs} had conflicts`)
    })

for (const style of STYLES)
  test(`without git, in style ${style}: resolved, or refused with a line`, async () => {
    let resolved = 0
    await forAllAsync(6, random =>
      withFolder({}, async root => {
        const merge = branches(root, random, style, random.pick([7, 9]))
        if (tryGit(root, 'merge', '-q', 'other')) return
        // Around the conflicts, git may have merged lines of both sides into one image, or into one image twice.
        const source = await read(root, false).catch((error: unknown) => error)
        if (source instanceof DockLockError) {
          assert.equal([source.code, source.place?.file], ['malformed', LOCKFILE_NAME])
          return
        }
        resolved++
        const { images } = source as LockfileSource
        for (const [key, { digest }] of merge.ours)
          if (merge.theirs.get(key)?.digest === digest) assert.is(images.get(key)?.digest, digest, key)
      }),
    )
    assert.ok(resolved >= 3, `${resolved} of 6 were resolved`)
  })

test('a merge of several bases, whose own conflicts are nested', () =>
  withFolder({}, async root => {
    const locked = (fill: string): LockedImage => ({ digest: fixedDigest(fill) })
    const KEY = 'docker.io/library/alpine:3.20'
    const put = (fill: string, message: string) => commit(root, new Map([[KEY, locked(fill)]]), message)
    git(root, 'init', '-q')
    git(root, 'config', 'merge.conflictStyle', 'diff3')
    put('a', 'root')
    git(root, 'switch', '-qc', 'other')
    put('b', 'b')
    git(root, 'switch', '-q', 'main')
    put('c', 'c')
    const [b, c] = [git(root, 'rev-parse', 'other').trim(), git(root, 'rev-parse', 'main').trim()]
    tryGit(root, 'merge', '-q', b)
    put('d', 'd')
    git(root, 'switch', '-q', 'other')
    tryGit(root, 'merge', '-q', c)
    put('e', 'e')
    git(root, 'switch', '-q', 'main')
    assert.not(tryGit(root, 'merge', '-q', 'other'))
    assert.match(readFileSync(join(root, LOCKFILE_NAME), 'utf8'), /^<{9}/m)
    for (const unmerged of [true, false]) {
      const { conflicts } = await read(root, unmerged)
      assert.equal(
        conflicts?.disputes.map(({ key, ours, theirs }) => [key, ours.digest, theirs.digest]),
        [[KEY, fixedDigest('d'), fixedDigest('e')]],
      )
    }
  }))

test('a side that does not parse is an error with its line in the file', () =>
  withFolder({}, async root => {
    const head = 'lockfileVersion: 1\nimages:\n'
    const text = `${head}<<<<<<< HEAD\n  docker.io/library/a:1:\n    digest: ${fixedDigest('a')}\n=======\n  b:1:\n    digest: sha256:b\n>>>>>>> other\n`
    writeFiles(root, { [LOCKFILE_NAME]: text })
    const error = await failureOf(() => read(root))
    assert.equal([error.code, whereOf(error)], ['malformed', `${LOCKFILE_NAME}:7:3`])
    assert.match(error.message, /side "theirs"/)
    assert.ok(error.hint)
  }))

test('Windows line ends', () =>
  withFolder({}, async root => {
    const block = (name: string, fill: string) =>
      `  docker.io/library/${name}:1:\n    digest: ${fixedDigest(fill)}\n`
    const text = `lockfileVersion: 1\nimages:\n<<<<<<< HEAD\n${block('a', 'a')}=======\n${block('b', 'b')}>>>>>>> other\n`
    writeFiles(root, { [LOCKFILE_NAME]: text.replaceAll('\n', '\r\n') })
    const { images } = await read(root)
    assert.equal([...images.keys()], ['docker.io/library/a:1', 'docker.io/library/b:1'])
  }))

test.run()
