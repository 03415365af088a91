/** What git hands to hooks, aliases and rebases, and what of it counts. */
import { chmodSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { discoverFiles } from '../../src/io/discover.ts'
import { listStaged } from '../../src/io/staged.ts'
import { GIT_ENV, git, withFolder, writeFiles } from '../support/folder.ts'

const test = suite('io/repository')
type Env = Readonly<Record<string, string | undefined>>
const matches = (path: string) => /(^|[/.])Dockerfile/.test(path)
const { signal } = new AbortController()
const find = async (root: string, env: Env) =>
  (await discoverFiles(root, '.', async () => matches, env, signal)).files
const staged = (root: string, env: Env) => listStaged({ root, env, signal }, matches)

/** Writes its environment into a file. */
const RECORD = '#!/bin/sh\nenv -0 > "$RECORDED"\n'

/** The environment of what `use` makes git run. */
function recorded(root: string, args: readonly string[], cwd: string): Env {
  const file = join(root, 'recorded')
  git(
    cwd,
    '-c',
    `core.hooksPath=${join(root, 'hooks')}`,
    '-c',
    `alias.record=!${join(root, 'hooks/pre-commit')}`,
    ...args,
  )
  assert.ok(existsSync(file), `git ${args.join(' ')} ran it`)
  const lines = readFileSync(file, 'utf8').split('\0').slice(0, -1)
  return Object.fromEntries(
    lines.map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )
}

/** A repository with a project in packages/api, a linked worktree beside it, and a hook that records. */
function withWorktree(use: (folders: { outer: string; main: string; tree: string }) => Promise<void>) {
  return withFolder(
    {
      'main/packages/api/Dockerfile': 'FROM a\n',
      'main/packages/api/out/Dockerfile': '',
      'main/.gitignore': 'out/\n',
      'main/Dockerfile': 'FROM top\n',
      'main/note': '1',
    },
    async outer => {
      writeFiles(outer, { 'hooks/pre-commit': RECORD.replace('$RECORDED', join(outer, 'recorded')) })
      chmodSync(join(outer, 'hooks/pre-commit'), 0o755)
      const main = join(outer, 'main')
      git(main, 'init', '-q')
      git(main, 'add', '.')
      git(main, 'commit', '-q', '-m', 'one')
      git(main, 'worktree', 'add', '-q', join(outer, 'tree'))
      await use({ outer, main, tree: join(outer, 'tree') })
    },
  )
}

const RUNS: readonly (readonly [what: string, args: readonly string[], folder: string])[] = [
  ['a hook', ['commit', '-q', '--allow-empty', '-m', 'x'], '.'],
  ['a hook of commit -a', ['commit', '-q', '-a', '-m', 'x'], '.'],
  ['a hook, from a subfolder', ['commit', '-q', '-a', '-m', 'x'], 'packages'],
  ['a hook, with -C', ['-C', 'packages', 'commit', '-q', '-a', '-m', 'x'], '.'],
  ['a hook of a commit of some files', ['commit', '-q', '-m', 'x', 'note'], '.'],
  ['an alias', ['record'], '.'],
  ['an alias, from a subfolder', ['record'], 'packages/api'],
]

for (const [what, args, folder] of RUNS) {
  test(`a project in a subfolder, in ${what}: the same in the main checkout and in a linked worktree`, () =>
    withWorktree(async ({ outer, main, tree }) => {
      for (const top of [main, tree]) {
        writeFiles(top, { note: '2', 'packages/api/new.Dockerfile': 'FROM new\n' })
        const env = recorded(outer, args, join(top, folder))
        const project = join(top, 'packages/api')
        assert.equal(await find(project, env), ['Dockerfile', 'new.Dockerfile'], top)
        // The index that a hook is given may be gone by now: then it was a copy of this one.
        const index = env.GIT_INDEX_FILE
        const now = index !== undefined && !existsSync(join(top, index)) && !existsSync(index)
        assert.equal(
          await staged(project, now ? { ...env, GIT_INDEX_FILE: undefined } : env),
          ['Dockerfile'],
          top,
        )
      }
    }))
}

test('in git rebase -x', () =>
  withWorktree(async ({ outer, main, tree }) => {
    for (const top of [main, tree]) {
      git(top, 'commit', '-q', '--allow-empty', '-m', 'two')
      const env = recorded(outer, ['rebase', '-q', '-x', join(outer, 'hooks/pre-commit'), 'HEAD~1'], top)
      assert.equal(await find(join(top, 'packages/api'), env), ['Dockerfile'])
      assert.equal(await staged(join(top, 'packages/api'), env), ['Dockerfile'])
    }
  }))

test('the index of a hook counts, and that of another repository does not', () =>
  withWorktree(async ({ outer, main, tree }) => {
    const other = join(outer, 'other')
    writeFiles(other, { 'o.Dockerfile': '' })
    git(other, 'init', '-q')
    git(other, 'add', '.')
    for (const env of [
      { GIT_DIR: join(other, '.git') },
      { GIT_DIR: join(other, '.git'), GIT_WORK_TREE: other },
      { GIT_INDEX_FILE: join(other, '.git/index') },
      { GIT_INDEX_FILE: join(other, '.git/next-index-1.lock') },
      { GIT_INDEX_FILE: '.git/next-index-1.lock' },
      { GIT_DIR: '/nonexistent', GIT_PREFIX: 'x/' },
    ])
      for (const top of [main, tree])
        for (const list of [find, staged])
          assert.equal(
            await list(top, { ...GIT_ENV, ...env }),
            ['Dockerfile', 'packages/api/Dockerfile'],
            JSON.stringify(env),
          )
    const index = join(main, '.git/next-index-1.lock')
    git(main, 'rm', '-q', '--cached', 'Dockerfile')
    writeFiles(main, { '.git/next-index-1.lock': readFileSync(join(main, '.git/index')) })
    git(main, 'reset', '-q')
    for (const GIT_INDEX_FILE of [index, '.git/next-index-1.lock'])
      assert.equal(await staged(main, { ...GIT_ENV, GIT_INDEX_FILE }), ['packages/api/Dockerfile'])
  }))

test('in a submodule, its own files count, also under what the outer repository exports', () =>
  withWorktree(async ({ outer, main }) => {
    const library = join(outer, 'library')
    writeFiles(library, { 'l.Dockerfile': '' })
    git(library, 'init', '-q')
    git(library, 'add', '.')
    git(library, 'commit', '-q', '-m', 'one')
    git(main, 'submodule', 'add', '-q', library, 'sub')
    const env = recorded(outer, ['commit', '-q', '-a', '-m', 'x'], main)
    assert.equal(await find(join(main, 'sub'), env), ['l.Dockerfile'])
    assert.equal(await staged(join(main, 'sub'), env), ['l.Dockerfile'])
    assert.equal(await find(main, env), ['Dockerfile', 'packages/api/Dockerfile'])
    const inside = recorded(outer, ['commit', '-q', '--allow-empty', '-m', 'x'], join(main, 'sub'))
    assert.equal(await staged(join(main, 'sub'), inside), ['l.Dockerfile'])
  }))

test('a repository beside its work tree is the one that GIT_DIR and GIT_WORK_TREE name', () =>
  withFolder({ 'home/a/Dockerfile': '', 'home/b/Dockerfile': '' }, async outer => {
    const home = join(outer, 'home')
    const env = { ...GIT_ENV, GIT_DIR: join(outer, 'repository'), GIT_WORK_TREE: home }
    git(outer, 'init', '-q', '--bare', 'repository')
    git(home, '--git-dir', env.GIT_DIR, '--work-tree', home, 'add', 'a')
    assert.equal(await staged(home, env), ['a/Dockerfile'])
    assert.equal(await find(join(home, 'a'), env), ['Dockerfile'])
  }))

test.run()
