/** Which files a run takes, skips and refuses, with real git and without. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { check, lock as lockProject } from '../../src/api.ts'
import { DEFAULT_OPTIONS } from '../../src/commands/command.ts'
import { lockCommand as lock } from '../../src/commands/lock.ts'
import type { FindingsReport, LockReport } from '../../src/core/report.ts'
import { NO_WORLD, worldOf } from '../corpus/world.ts'
import { failureOf, whereOf } from '../support/failure.ts'
import { type Files, GIT_ENV, git, listAll, withFolder, writeFiles } from '../support/folder.ts'
import { startRegistry } from '../support/registry/index.ts'

const test = suite('commands/discovery')
const GOOD = 'FROM alpine:3\n'
/** As on a machine without git. */
const NO_GIT = { PATH: '/nonexistent' }

/** A first run of `dock-lock` in a folder with these files. */
async function lockFiles(files: Files, options: object = {}): Promise<LockReport> {
  const registry = await startRegistry({ answerAnything: true })
  try {
    return await withFolder(files, root => {
      return lock(worldOf(root, NO_WORLD, registry), { ...DEFAULT_OPTIONS, ...options })
    })
  } finally {
    await registry.close()
  }
}

const skippedIn = ({ skipped = [] }: FindingsReport) => skipped.map(({ file, code }) => `${code} ${file}`)
const pinnedIn = ({ files }: LockReport) => files.map(({ file }) => file)

for (const [file, content] of [
  ['dockerfile.go', 'package dockerfile\n'],
  ['dockerfile.ts', 'export {}\n'],
  ['.github/workflows/dockerfile.yml', 'on: push\n'],
  ['dockerfile.log', 'FROM what was said\n'],
  ['.dockerginore', 'node_modules\n'],
  ['Dockerfile.rego', 'package docker\n'],
  ['Dockerfile.j2', 'FROM {{ base }}\n'],
  ['Dockerfile.template', 'FROM %%BASE%%\n'],
  ['Dockerfile.erb', 'FROM <%= base %>\n'],
  ['Dockerfile.in', 'FROM @BASE@\n'],
  ['Dockerfile.tt', 'FROM <%= base %>\n'],
  ['syntax/Dockerfile.tmLanguage', '<plist/>\n'],
  ['syntax/Dockerfile.tmPreferences', '<plist/>\n'],
  ['syntax/Dockerfile.nanorc', 'syntax "Dockerfile"\n'],
  ['syntax/Dockerfile.vim', 'syn match a\n'],
] as const) {
  test(`${file} is not found, and nothing is said of it`, async () => {
    const report = await lockFiles({ Dockerfile: GOOD, [file]: content })
    assert.equal([report.exitCode, pinnedIn(report), skippedIn(report)], [0, ['Dockerfile'], []])
  })
}

for (const [file, content, code] of [
  ['Dockerfile.p2', 'FROM php:{{VERSION}}\n', 'template'],
  ['Dockerfile.p2', 'FROM php\nFROM {{VERSION}}\n', 'template'],
  ['Dockerfile.include', 'RUN apk add curl\n', 'malformed'],
  ['Dockerfile.include', 'ENV A=1\nWORKDIR /a\n', 'malformed'],
] as const) {
  test(`${file} is skipped for its content, not for its name: ${JSON.stringify(content)}`, async () => {
    const report = await lockFiles({ Dockerfile: GOOD, [file]: content })
    assert.equal(
      [report.exitCode, pinnedIn(report), skippedIn(report)],
      [0, ['Dockerfile'], [`${code} ${file}`]],
    )
    const whole = await lockFiles({ [file]: GOOD })
    assert.equal([whole.exitCode, pinnedIn(whole), skippedIn(whole)], [0, [file], []])
  })
}

for (const [what, content, code, reason] of [
  ['Jinja', 'FROM {{ cookiecutter.base }}\n', 'template', '{{'],
  ['a Jinja block', '{% if a %}\nFROM a\n{% endif %}\n', 'template', '{%'],
  ['ERB', 'FROM <%= base %>\n', 'template', '<%'],
  ['percent signs', 'FROM %%BASE%%\n', 'template', '%%BASE%%'],
  ['configure', 'FROM @BASE@\n', 'template', '@BASE@'],
  ['a misspelt instruction', 'FRMO alpine\n', 'malformed', /^unknown instruction: FRMO$/],
  ['no stage', 'ARG A=1\n', 'malformed', /no stages/],
  ['nothing', '', 'malformed', /empty/],
  ['UTF-16', Buffer.from([0xff, 0xfe, 0x46, 0]), 'malformed', /UTF-16/],
] as const) {
  test(`one file that BuildKit refuses keeps no other from being locked: ${what}`, async () => {
    const files = { 'api/Dockerfile': GOOD, 'web/Dockerfile': content }
    const report = await lockFiles(files)
    assert.equal([report.exitCode, pinnedIn(report)], [0, ['api/Dockerfile']])
    const [skipped, ...others] = report.skipped ?? []
    assert.equal([skipped?.file, skipped?.code, others], ['web/Dockerfile', code, []])
    assert.ok(skipped !== undefined && 'reason' in skipped && 'place' in skipped)
    if (typeof reason === 'string') assert.is('marker' in skipped && skipped.marker, reason)
    else assert.match(skipped.reason, reason)
    assert.equal([skipped.place.file, skipped.place.line], ['web/Dockerfile', 1])
    const strict = await lockFiles(files, { strict: true })
    assert.equal([strict.exitCode, strict.findings.some(one => one.code === 'malformed')], [2, true])
    const named = await lockFiles(files, { paths: ['web/Dockerfile'] })
    assert.is(named.exitCode, 2)
    // A hook names files that it found by their names.
    await withFolder(files, async root => {
      const checked = await check({ cwd: root, env: NO_GIT, paths: ['web/Dockerfile'] })
      assert.equal([checked.exitCode, skippedIn(checked)], [0, [`${code} web/Dockerfile`]])
    })
  })
}

test('--strict: a name that leads outside the project is a finding', () =>
  withFolder({ Dockerfile: 'FROM scratch\n' }, async root => {
    symlinkSync('/etc/hostname', join(root, 'web.Dockerfile'))
    const options = { cwd: root, env: NO_GIT }
    const checked = await check(options)
    assert.equal([checked.exitCode, skippedIn(checked)], [0, ['irregular web.Dockerfile']])
    const { exitCode, findings } = await check({ ...options, strict: true })
    assert.equal([exitCode, findings.map(({ code }) => code)], [2, ['malformed']])
  }))

test('a file that BuildKit refuses is an error where there is no other', async () => {
  const report = await lockFiles({ 'web/Dockerfile': 'FRMO alpine\n' })
  assert.equal([report.exitCode, report.findings.length, report.skipped], [2, 1, undefined])
  const error = await failureOf(() => lockFiles({ 'web/Dockerfile': 'FROM {{ x }}\n' }))
  assert.match(error.message, /no Dockerfile found here: web\/Dockerfile was skipped: /)
})

test('what a refused file names stays in the lockfile', () =>
  withFolder({ Dockerfile: 'FROM scratch\n', 'web/Dockerfile': 'FRMO alpine:3\n' }, async root => {
    const digest = `sha256:${'a'.repeat(64)}`
    writeFiles(root, {
      'docker-images.lock': `lockfileVersion: 1\nimages:\n  docker.io/library/alpine:3:\n    digest: ${digest}\n`,
    })
    const report = await check({ cwd: root, env: NO_GIT })
    assert.equal([report.exitCode, report.findings], [0, []])
  }))

test('the config adds files and takes files away', async () => {
  const files = {
    Dockerfile: GOOD,
    'legacy/Dockerfile': GOOD,
    'ops/base.build': GOOD,
    'ops/other.txt': GOOD,
    'image/Dockerfile.py': GOOD,
    '.dock-lock.yml': 'files:\n  include: [/ops/*.build, Dockerfile.py]\n  exclude: legacy/\n',
  }
  const report = await lockFiles(files)
  assert.equal(pinnedIn(report), ['Dockerfile', 'image/Dockerfile.py', 'ops/base.build'])
  assert.equal(pinnedIn(await lockFiles(files, { paths: ['legacy/Dockerfile'] })), ['legacy/Dockerfile'])
  await withFolder(files, async root => {
    git(root, 'init', '-q')
    git(root, 'add', '.')
    const { findings } = await check({ cwd: root, env: GIT_ENV, staged: true })
    assert.equal(
      findings.map(one => 'place' in one && one.place.file),
      ['Dockerfile', 'image/Dockerfile.py', 'ops/base.build'],
    )
  })
})

const BROKEN: readonly (readonly [
  what: string,
  spoil: (root: string) => void,
  env: Readonly<Record<string, string>>,
  message: RegExp,
  hint: RegExp,
])[] = [
  [
    'of another user',
    () => {},
    { ...GIT_ENV, GIT_TEST_ASSUME_DIFFERENT_OWNER: '1' },
    /detected dubious ownership in repository/,
    /git config --global --add safe\.directory \//,
  ],
  [
    'whose .git leads nowhere',
    root => {
      rmSync(join(root, '.git'), { recursive: true })
      writeFiles(root, { '.git': 'gitdir: /nonexistent/worktrees/a\n' })
    },
    GIT_ENV,
    /not a git repository: \/nonexistent\/worktrees\/a/,
    /git worktree repair/,
  ],
  [
    'whose .git is empty',
    root => {
      rmSync(join(root, '.git'), { recursive: true })
      mkdirSync(join(root, '.git'))
    },
    GIT_ENV,
    /not a git repository/,
    /Repair .*\/\.git/,
  ],
  ['without a git program', () => {}, NO_GIT, /git is not on the PATH/, /Install git/],
  [
    'with a broken config',
    root => writeFiles(root, { '.git/config': '[[\n' }),
    GIT_ENV,
    /bad config line 1 in file/,
    /Fix that line/,
  ],
  [
    'with a damaged index',
    root => writeFiles(root, { '.git/index': 'DIRC damaged, and longer than the least' }),
    GIT_ENV,
    /index/,
    /git reset/,
  ],
]

for (const [what, spoil, env, message, hint] of BROKEN) {
  test(`a repository ${what}: an error, and nothing is searched or written`, () =>
    withFolder(
      { 'library/Dockerfile': GOOD, 'main/sub/Dockerfile': GOOD, 'main/.gitignore': '/out\n' },
      async outer => {
        const root = join(outer, 'main')
        for (const folder of [join(outer, 'library'), root]) {
          git(folder, 'init', '-q')
          git(folder, 'add', '.')
          git(folder, 'commit', '-q', '-m', 'one')
        }
        git(root, 'submodule', 'add', '-q', join(outer, 'library'), 'module')
        writeFiles(root, { '.git/info/exclude': 'excluded.Dockerfile\n', 'excluded.Dockerfile': GOOD })
        spoil(root)
        const before = listAll(root)
        for (const folder of [root, join(root, 'sub')])
          for (const staged of [false, true]) {
            const error = await failureOf(() => check({ cwd: folder, env, staged }))
            assert.is(error.code, 'usage', error.message)
            assert.match(error.message, message)
            assert.match(error.hint ?? '', hint)
            const locking = await failureOf(() => lockProject({ cwd: folder, env, noVerify: true }))
            assert.equal([locking.code, locking.message], ['usage', error.message.replace(' --staged', '')])
          }
        assert.equal(listAll(root), before)
      },
    ))
}

test("git's words are bounded, printable and without secrets", () =>
  withFolder({ Dockerfile: GOOD }, async root => {
    git(root, 'init', '-q')
    rmSync(join(root, '.git'), { recursive: true })
    writeFiles(root, { '.git': `gitdir: /no/\x1b[31m/https://u:s3cret@h/${'x'.repeat(5000)}\n` })
    const error = await failureOf(() => check({ cwd: root, env: GIT_ENV }))
    assert.is(error.code, 'usage')
    assert.not.match(error.message, /s3cret|\x1b/)
    assert.ok(error.message.length < 600, `${error.message.length}`)
  }))

test('where there is no repository, those below are left alone', () =>
  withFolder(
    {
      'one/Dockerfile': GOOD,
      'two/deep/Dockerfile': GOOD,
      'here/Dockerfile': 'FROM scratch\n',
      'here/node_modules/a/Dockerfile': GOOD,
      'php/composer.json': '{}',
      'php/vendor/a/Dockerfile': GOOD,
      'vendor/Dockerfile': 'FROM scratch\n',
    },
    async root => {
      for (const folder of ['one', 'two']) git(join(root, folder), 'init', '-q')
      const env = { ...GIT_ENV, GIT_CEILING_DIRECTORIES: join(root, '..') }
      for (const each of [env, NO_GIT]) {
        const report = await check({ cwd: root, env: each })
        assert.equal(report.checkedFiles, ['here/Dockerfile', 'vendor/Dockerfile'])
        assert.equal(skippedIn(report).sort(), [
          'dependencies here/node_modules',
          'dependencies php/vendor',
          'repository one',
          'repository two',
        ])
        for (const path of ['one', 'two/deep']) {
          const error = await failureOf(() => check({ cwd: root, env: each, paths: [path] }))
          assert.match(error.message, / was not searched$/)
        }
      }
    },
  ))

for (const [what, make] of [
  ['two repositories', (folder: string) => git(folder, 'init', '-q')],
  [
    'linked worktrees, whose .git is a file',
    (folder: string) => writeFiles(folder, { '.git': 'gitdir: /elsewhere/.git/worktrees/a\n' }),
  ],
  ['a broken repository', (folder: string) => mkdirSync(join(folder, '.git'))],
] as const) {
  test(`dock-lock in a folder above writes nothing in them, and says so: ${what}`, () =>
    withFolder({ 'one/Dockerfile': GOOD, 'deep/two/Dockerfile': GOOD }, async root => {
      for (const folder of ['one', 'deep/two']) make(join(root, folder))
      const before = listAll(root)
      const env = { ...GIT_ENV, GIT_CEILING_DIRECTORIES: join(root, '..') }
      const error = await failureOf(() => lockProject({ cwd: root, env, noVerify: true }))
      assert.equal([error.code, listAll(root)], ['usage', before])
      assert.match(error.message, /no Dockerfile found here: .* was not searched$/)
      assert.match(error.hint ?? '', /^Run dock-lock in (one|deep\/two), /)
      writeFiles(root, { Dockerfile: 'FROM scratch\n' })
      const report = await lockProject({ cwd: root, env, noVerify: true })
      assert.equal(
        [report.exitCode, skippedIn(report).sort()],
        [0, ['repository deep/two', 'repository one']],
      )
      for (const file of ['one/Dockerfile', 'deep/two/Dockerfile'])
        assert.is(readFileSync(join(root, file), 'utf8'), GOOD)
    }))
}

test('a repository inside of a repository is left alone, and named', () =>
  withFolder({ Dockerfile: 'FROM scratch\n', 'inner/Dockerfile': GOOD }, async root => {
    for (const folder of [root, join(root, 'inner')]) git(folder, 'init', '-q')
    const report = await check({ cwd: root, env: GIT_ENV })
    assert.equal([report.checkedFiles, skippedIn(report)], [['Dockerfile'], ['repository inner']])
  }))

for (const [what, name] of [
  ['a folder', Buffer.from('caf\xe9/Dockerfile', 'latin1')],
  ['a file', Buffer.from('\xff.Dockerfile', 'latin1')],
  ['a folder in a folder', Buffer.from('ä/\xe4/web.Dockerfile', 'latin1')],
] as const) {
  test(`a name that is not UTF-8 is an error, with git, without, and in the index: ${what}`, () =>
    withFolder({ Dockerfile: 'FROM scratch\n', 'z/placeholder': GOOD }, async root => {
      const path = Buffer.concat([Buffer.from(`${root}/`), name])
      mkdirSync(path.subarray(0, path.lastIndexOf('/')), { recursive: true })
      renameSync(join(root, 'z/placeholder'), path)
      const refused = async (options: object) => {
        const error = await failureOf(() => check({ cwd: root, ...options }))
        assert.is(error.code, 'usage')
        assert.match(error.message, /not UTF-8: .*\\x[ef][0-9f].*Dockerfile$/)
        assert.ok(error.hint)
      }
      await refused({ env: NO_GIT })
      git(root, 'init', '-q')
      await refused({ env: GIT_ENV })
      git(root, 'add', '.')
      await refused({ env: GIT_ENV })
      await refused({ env: GIT_ENV, staged: true })
      writeFiles(root, { '.dock-lock.yaml': 'files:\n  exclude: ["*/", "?.Dockerfile"]\n' })
      assert.is((await check({ cwd: root, env: GIT_ENV })).exitCode, 0)
    }))
}

test('an unmerged index is an error', async () => {
  for (const theirs of ['FROM b\n', undefined])
    await withFolder({ Dockerfile: 'FROM a\n', 'ä b.txt': 'x' }, async root => {
      git(root, 'init', '-q')
      git(root, 'add', '.')
      git(root, 'commit', '-q', '-m', 'one')
      git(root, 'checkout', '-q', '-b', 'other')
      for (const file of ['Dockerfile', 'ä b.txt'])
        if (theirs === undefined) git(root, 'rm', '-q', file)
        else writeFiles(root, { [file]: theirs })
      git(root, 'commit', '-q', '-am', 'two')
      git(root, 'checkout', '-q', 'main')
      writeFiles(root, { Dockerfile: 'FROM c\n', 'ä b.txt': 'y' })
      git(root, 'commit', '-q', '-am', 'three')
      assert.throws(() => execFileSync('git', ['merge', 'other'], { cwd: root, env: GIT_ENV, stdio: 'pipe' }))
      const error = await failureOf(() => check({ cwd: root, env: GIT_ENV, staged: true }))
      assert.equal([error.code, whereOf(error)], ['usage', 'nowhere'])
      assert.match(error.message, /the index is unmerged: Dockerfile has a conflict/)
    })
})

for (const [what, args] of [
  ['a cherry-pick', ['cherry-pick', 'other']],
  ['a rebase', ['rebase', 'other']],
  ['a stash', ['stash', 'pop']],
] as const) {
  test(`an index that ${what} left unmerged is an error, whichever file it is`, () =>
    withFolder({ Dockerfile: 'FROM scratch\n', note: 'a\n' }, async root => {
      git(root, 'init', '-q')
      git(root, 'add', '.')
      git(root, 'commit', '-q', '-m', 'one')
      git(root, 'checkout', '-q', '-b', 'other')
      writeFiles(root, { note: 'b\n' })
      if (args[0] === 'stash') git(root, 'stash')
      else git(root, 'commit', '-q', '-am', 'two')
      git(root, 'checkout', '-q', 'main')
      writeFiles(root, { note: 'c\n' })
      git(root, 'commit', '-q', '-am', 'three')
      assert.throws(() => git(root, ...args))
      const error = await failureOf(() => check({ cwd: root, env: GIT_ENV, staged: true }))
      assert.match(error.message, /the index is unmerged: note has a conflict/)
      assert.match(error.hint ?? '', /git add/)
      git(root, 'add', 'note')
      assert.is((await check({ cwd: root, env: GIT_ENV, staged: true })).exitCode, 0)
    }))
}

test.run()
