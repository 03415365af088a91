import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { LOCKFILE_NAME, type Lockfile, serializeLockfile } from '../../src/core/lockfile.ts'
import { parseBlame, readLockHistory } from '../../src/io/lock-history.ts'
import { withFolder } from '../support/folder.ts'
import { fixedDigest } from '../support/generate.ts'

const test = suite('io/lock-history')

const ALPINE = 'docker.io/library/alpine:3.23'
const NODE = 'docker.io/library/node:24'
const signal = new AbortController().signal
const lockfile = (entries: Readonly<Record<string, string>>): Lockfile =>
  new Map(Object.entries(entries).map(([key, fill]) => [key, { digest: fixedDigest(fill) }]))

/** Runs git without the settings of the machine. */
function git(root: string, args: readonly string[], date = '2026-11-01T10:00:00Z'): string {
  const env = {
    PATH: process.env.PATH,
    HOME: root,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'a',
    GIT_AUTHOR_EMAIL: 'a@example.com',
    GIT_COMMITTER_NAME: 'a',
    GIT_COMMITTER_EMAIL: 'a@example.com',
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_DATE: date,
  }
  const ran = spawnSync('git', args, { cwd: root, env, encoding: 'utf8' })
  if (ran.status !== 0) throw new Error(`git ${args.join(' ')}: ${ran.stderr}`)
  return ran.stdout.trim()
}

function commit(root: string, images: Lockfile, subject: string, date: string): string {
  writeFileSync(join(root, LOCKFILE_NAME), serializeLockfile(images))
  git(root, ['add', '.'])
  git(root, ['commit', '-qm', subject], date)
  return git(root, ['rev-parse', 'HEAD'])
}

const read = (root: string, images: Lockfile) => readLockHistory({ root, env: process.env, signal }, images)

test('each image has the commit that wrote its digest', () =>
  withFolder({}, async root => {
    git(root, ['init', '-q'])
    const first = commit(
      root,
      lockfile({ [ALPINE]: 'a', [NODE]: 'b' }),
      'Lock images',
      '2026-11-01T10:00:00Z',
    )
    const second = commit(
      root,
      lockfile({ [ALPINE]: 'a', [NODE]: 'c' }),
      'Update node',
      '2026-11-02T12:30:00+02:00',
    )
    const history = await read(root, lockfile({ [ALPINE]: 'a', [NODE]: 'c' }))
    assert.equal(history?.get(ALPINE), {
      kind: 'commit',
      commit: first,
      time: '2026-11-01T10:00:00Z',
      subject: 'Lock images',
    })
    assert.equal(history?.get(NODE), {
      kind: 'commit',
      commit: second,
      time: '2026-11-02T10:30:00Z',
      subject: 'Update node',
    })
  }))

test('a digest that is not in the last commit is uncommitted', () =>
  withFolder({}, async root => {
    git(root, ['init', '-q'])
    commit(root, lockfile({ [ALPINE]: 'a' }), 'Lock images', '2026-11-01T10:00:00Z')
    const history = await read(root, lockfile({ [ALPINE]: 'b', [NODE]: 'c' }))
    assert.equal(history?.get(ALPINE), { kind: 'uncommitted' })
    assert.equal(history?.get(NODE), { kind: 'uncommitted' })
  }))

test('without a commit, or without the lockfile in it, all is uncommitted', () =>
  withFolder({}, async root => {
    git(root, ['init', '-q'])
    const images = lockfile({ [ALPINE]: 'a' })
    assert.equal((await read(root, images))?.get(ALPINE), { kind: 'uncommitted' })
    git(root, ['commit', '-q', '--allow-empty', '-m', 'Begin'])
    assert.equal((await read(root, images))?.get(ALPINE), { kind: 'uncommitted' })
  }))

test('there is no history outside a repository', () =>
  withFolder({}, async root => {
    assert.is(await read(root, lockfile({ [ALPINE]: 'a' })), undefined)
  }))

test('no program that the settings of the repository name is run', () =>
  withFolder({}, async root => {
    git(root, ['init', '-q'])
    writeFileSync(join(root, '.gitattributes'), '*.lock diff=x filter=x\n')
    commit(root, lockfile({ [ALPINE]: 'a' }), 'Lock images', '2026-11-01T10:00:00Z')
    const ran = join(root, 'ran')
    git(root, ['config', 'diff.x.textconv', `touch ${ran}; cat`])
    git(root, ['config', 'filter.x.clean', `touch ${ran}; cat`])
    git(root, ['config', 'filter.x.smudge', `touch ${ran}; cat`])
    const history = await read(root, lockfile({ [ALPINE]: 'a' }))
    assert.is(history?.get(ALPINE)?.kind, 'commit')
    assert.throws(() => git(root, ['hash-object', '--', 'ran']), /ran/)
  }))

test('in a shallow clone, the first commit may not be the one that wrote it', () => {
  const id = 'a'.repeat(40)
  const lines = [
    `${id} 5 5 1`,
    'author-time 1793534400',
    `summary ${'x'.repeat(500)}`,
    'boundary',
    `\t  ${ALPINE}:`,
    `${id} 6 6`,
    `\t    digest: ${fixedDigest('a')}`,
  ].join('\n')
  const shallow = parseBlame(lines, true).get(ALPINE)?.since
  assert.ok(shallow?.kind === 'commit' && shallow.orEarlier === true && shallow.subject.length <= 200)
  const whole = parseBlame(lines, false).get(ALPINE)?.since
  assert.ok(whole?.kind === 'commit' && whole.orEarlier === undefined)
})

test.run()
