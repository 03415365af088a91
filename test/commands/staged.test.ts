/** `check --staged` and what the index can hold beside plain files. */
import { rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { check } from '../../src/api.ts'
import { text } from '../../src/reporters/text.ts'
import { type Files, GIT_ENV, git, withFolder, writeFiles } from '../support/folder.ts'

const test = suite('check --staged')

test('a link is read as the file that it leads to in the index, once', () =>
  withFolder({ 'docker/app.txt': 'FROM alpine:3.23\n', 'b/Dockerfile': 'FROM alpine:3.24\n' }, async root => {
    git(root, 'init', '-q')
    symlinkSync('../b/Dockerfile', join(root, 'docker/Dockerfile'))
    symlinkSync('docker/second', join(root, 'Dockerfile'))
    symlinkSync('app.txt', join(root, 'docker/second'))
    symlinkSync('Dockerfile.loop', join(root, 'Dockerfile.loop'))
    symlinkSync('../../etc/passwd', join(root, 'Dockerfile.out'))
    symlinkSync('docker', join(root, 'Dockerfile.folder'))
    git(root, 'add', '.')
    const staged = await check({ cwd: root, env: GIT_ENV, staged: true })
    assert.equal(
      staged.findings.map(one => 'place' in one && [one.code, one.place.file]),
      [
        ['unlocked', 'Dockerfile'],
        ['unlocked', 'b/Dockerfile'],
      ],
    )
    assert.equal(staged.findings, (await check({ cwd: root, env: GIT_ENV })).findings)
  }))

test('the whole commit is checked, whatever paths a hook adds', () =>
  withFolder(
    {
      Dockerfile: 'FROM alpine:3.23\n',
      'services.yaml': 'services:\n  db:\n    image: postgres:17\n',
      '.dock-lock.yaml': 'files:\n  compose:\n    - [services.yaml]\n',
      'docker-images.lock': `lockfileVersion: 1\nimages:\n  docker.io/library/busybox:1.37:\n    digest: sha256:${'b'.repeat(64)}\n`,
      'notes.txt': 'none\n',
    },
    async root => {
      git(root, 'init', '-q')
      git(root, 'add', '.')
      const found = async (paths?: readonly string[]) =>
        (await check({ cwd: root, env: GIT_ENV, staged: true, ...(paths && { paths }) })).findings
      const whole = await found()
      assert.equal(whole.map(({ code }) => code).sort(), ['orphan', 'unlocked', 'unlocked'])
      for (const paths of [
        ['notes.txt'],
        ['Dockerfile'],
        [join(root, 'docker-images.lock'), join(root, 'gone')],
      ])
        assert.equal(await found(paths), whole)
    },
  ))

for (const [what, content, skipped] of [
  ['a file that BuildKit refuses', 'FRMO alpine\n', 'web/Dockerfile:1:1: unknown instruction: FRMO'],
  ['a template', 'FROM {{ base }}\n', /^web\/Dockerfile:1:1: it looks like a template \(\{\{\): /],
  ['a file without a stage', 'ARG A=1\n', /^web\/Dockerfile:1:1: .*no stages/],
] as const) {
  test(`what is skipped is reported, as without --staged: ${what}`, () =>
    withFolder({ Dockerfile: 'FROM scratch\n', 'web/Dockerfile': content }, async root => {
      git(root, 'init', '-q')
      git(root, 'add', '.')
      // The index counts.
      writeFiles(root, { 'web/Dockerfile': 'FROM scratch\n' })
      const report = await check({ cwd: root, env: GIT_ENV, staged: true })
      assert.is(report.exitCode, 0)
      const [line = '', ...rest] = linesOf(report).filter(one => one.startsWith('skipped: '))
      assert.equal(rest, [])
      const words = line.slice('skipped: '.length)
      if (typeof skipped === 'string') assert.is(words, skipped)
      else assert.match(words, skipped)
      assert.match(linesOf(report).at(-1) ?? '', /not covered: 1 skipped/)
      const strict = await check({ cwd: root, env: GIT_ENV, staged: true, strict: true })
      assert.is(strict.exitCode, 2)
      const advice = linesOf(strict).find(one => one.includes('→'))
      assert.match(advice ?? '', what === 'a template' ? /files: exclude:/ : /fix the file/)
    }))
}

const digestOf = (letter: string) => `sha256:${letter.repeat(64)}`
const lockfileOf = (digest: string) =>
  `lockfileVersion: 1\nimages:\n  docker.io/library/alpine:3:\n    digest: ${digest}\n`
/** pre-commit puts changes that are not staged aside, so the working tree may be wrong although the person has run dock-lock. */
test('where dock-lock must run first, what to add is named', () =>
  withFolder({ Dockerfile: 'FROM alpine:3\n' }, async root => {
    git(root, 'init', '-q')
    git(root, 'add', '.')
    const report = await check({ cwd: root, env: GIT_ENV, staged: true })
    const command = 'git add docker-images.lock Dockerfile'
    assert.ok(linesOf(report).includes(`after dock-lock, run: ${command}`), linesOf(report).join('\n'))
    assert.is(report.staging, undefined)
  }))

test('where dock-lock does not help, no command is named', () =>
  withFolder({ Dockerfile: 'FROM alpine:3\n', 'web/Dockerfile': 'FRMO\n' }, async root => {
    git(root, 'init', '-q')
    git(root, 'add', '.')
    const report = await check({ cwd: root, env: GIT_ENV, staged: true, strict: true })
    assert.not.match(linesOf(report).join('\n'), 'git add')
  }))

/** A project in which all is locked and pinned. */
const PINNED: Files = {
  Dockerfile: `FROM alpine:3@${digestOf('a')}\n`,
  'docker-images.lock': lockfileOf(digestOf('a')),
}
const MOVED: Files = {
  Dockerfile: `FROM alpine:3@${digestOf('b')}\n`,
  'docker-images.lock': lockfileOf(digestOf('b')),
}

function linesOf(report: Awaited<ReturnType<typeof check>>): readonly string[] {
  return text(report, { color: false, width: 200 }).trimEnd().split('\n')
}

/** The next steps that `check --staged` prints, and its exit code. */
async function nextSteps(root: string, cwd = root): Promise<readonly [number, readonly string[]]> {
  const report = await check({ cwd, env: GIT_ENV, staged: true })
  const lines = text(report, { color: false, width: 200 }).split('\n')
  return [report.exitCode, lines.flatMap(line => /^ *→ (.*)$/.exec(line)?.[1] ?? [])]
}

for (const [what, committed, now, staged, expected] of [
  ['the lockfile is new', {}, PINNED, ['Dockerfile'], 'run: git add docker-images.lock'],
  ['the lockfile has changed', PINNED, MOVED, ['Dockerfile'], 'run: git add docker-images.lock'],
  [
    'the lockfile is ignored',
    {},
    { ...PINNED, '.gitignore': '*.lock\n' },
    ['Dockerfile', '.gitignore'],
    'run: git add --force docker-images.lock',
  ],
  [
    'the Dockerfile is not pinned',
    { Dockerfile: 'FROM alpine:3\n' },
    PINNED,
    ['docker-images.lock'],
    'run: git add Dockerfile',
  ],
  ['neither is staged', PINNED, MOVED, [], undefined],
  [
    'the name has a blank',
    { 'a b/Dockerfile': 'FROM alpine:3\n' },
    { 'a b/Dockerfile': PINNED.Dockerfile ?? '', 'docker-images.lock': PINNED['docker-images.lock'] ?? '' },
    [],
    "run: git add docker-images.lock 'a b/Dockerfile'",
  ],
] as const) {
  test(`what is right in the working tree is to be staged: ${what}`, () =>
    withFolder(committed, async root => {
      git(root, 'init', '-q')
      git(root, 'add', '.')
      writeFiles(root, now)
      if (staged.length > 0) git(root, 'add', '--', ...staged)
      const [code, steps] = await nextSteps(root)
      assert.equal([code, steps], expected === undefined ? [0, []] : [1, [expected]])
      if (expected === undefined) return
      git(root, ...expected.replace('run: git ', '').replaceAll("'", '').replace('a b/', 'a*b/').split(' '))
      assert.equal(await nextSteps(root), [0, []], 'the advice helps')
    }))
}

test('what is wrong in the working tree too needs dock-lock', () =>
  withFolder({ ...PINNED, 'web/Dockerfile': 'FROM busybox:1\n' }, async root => {
    git(root, 'init', '-q')
    git(root, 'add', 'Dockerfile', 'web')
    const [code, [step, ...others]] = await nextSteps(root)
    assert.equal([code, others], [1, []])
    assert.match(step ?? '', /^run: dock-lock;/)
  }))

test('the file to stage is named as seen from where the person is', () =>
  withFolder({ ...PINNED, 'sub/note': '' }, async root => {
    git(root, 'init', '-q')
    git(root, 'add', 'Dockerfile', 'sub')
    assert.equal(await nextSteps(root, join(root, 'sub')), [1, ['run: git add ../docker-images.lock']])
  }))

for (const [what, remove, expected] of [
  [
    'deleted',
    (root: string) => git(root, 'rm', '-q', 'docker-images.lock'),
    'this commit deletes docker-images.lock; to keep it, run: git restore --staged --worktree docker-images.lock',
  ],
  [
    'deleted by commit -a',
    (root: string) => {
      rmSync(join(root, 'docker-images.lock'))
      git(root, 'add', '-u')
    },
    'this commit deletes docker-images.lock; to keep it, run: git restore --staged --worktree docker-images.lock',
  ],
  [
    'no longer tracked',
    (root: string) => git(root, 'rm', '-q', '--cached', 'docker-images.lock'),
    'run: git add docker-images.lock',
  ],
  [
    'renamed',
    (root: string) => git(root, 'mv', 'docker-images.lock', 'old.lock'),
    'this commit deletes docker-images.lock; to keep it, run: git restore --staged --worktree docker-images.lock',
  ],
] as const) {
  test(`a commit without the lockfile fails: ${what}`, () =>
    withFolder(PINNED, async root => {
      git(root, 'init', '-q')
      git(root, 'add', '.')
      git(root, 'commit', '-q', '-m', 'one')
      remove(root)
      assert.equal(await nextSteps(root), [1, [expected]])
      git(root, ...expected.replace(/^.*run: git /, '').split(' '))
      assert.equal(await nextSteps(root), [0, []], 'the advice helps')
    }))
}

test('a commit without Dockerfiles passes if nothing is locked', () =>
  withFolder(PINNED, async root => {
    git(root, 'init', '-q')
    assert.is((await check({ cwd: root, env: GIT_ENV, staged: true })).exitCode, 0, 'before the first one')
    git(root, 'add', '.')
    git(root, 'commit', '-q', '-m', 'one')
    git(root, 'rm', '-q', 'Dockerfile', 'docker-images.lock')
    assert.is((await check({ cwd: root, env: GIT_ENV, staged: true })).exitCode, 0, 'after the last one')
    git(root, 'reset', '-q', '--hard')
    git(root, 'rm', '-q', 'Dockerfile')
    const report = await check({ cwd: root, env: GIT_ENV, staged: true })
    assert.equal([report.exitCode, report.findings.map(({ code }) => code)], [1, ['orphan']])
  }))

test.run()
