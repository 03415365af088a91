/** The hooks of .pre-commit-hooks.yaml, as Debian's pre-commit runs them from a clone of this repository. */
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runCli } from '../support/cli.ts'
import { GIT_SETTINGS, writeFiles } from '../support/folder.ts'
import { plainEnv, REPOSITORY } from '../support/npm.ts'
import { type EmbeddedRegistry, startRegistry } from '../support/registry/index.ts'
import { runProgram } from '../support/spawn.ts'

interface World {
  folder: string
  registry: EmbeddedRegistry
  env: NodeJS.ProcessEnv
  /** The clone, and its commit. */
  hooks: string
  revision: string
  image: string
}
const test = suite<World>('pre-commit')

test.before(async world => {
  world.folder = mkdtempSync(join(realpathSync(tmpdir()), 'dock-lock-pre-commit-'))
  world.registry = await startRegistry()
  world.registry.addImage('library/busybox', '1.37', {})
  world.image = `${world.registry.host}/library/busybox:1.37`
  world.env = plainEnv({
    // One installation of the hooks for all projects.
    PRE_COMMIT_HOME: join(world.folder, 'cache'),
    ...GIT_SETTINGS,
  })
  world.hooks = join(world.folder, 'dock-lock')
  // The hooks as pre-commit gets them: by git, from what is committed here.
  const clone = await runProgram('git', ['clone', '--quiet', REPOSITORY, world.hooks], { env: world.env })
  assert.is(clone.code, 0, clone.stderr)
  const head = await runProgram('git', ['rev-parse', 'HEAD'], { cwd: world.hooks, env: world.env })
  world.revision = head.stdout.trim()
})
test.after(async ({ folder, registry }) => {
  await registry.close()
  rmSync(folder, { recursive: true, force: true })
})

/** A git repository with the hook `id`. */
async function start(world: World, name: string, id: string, files: Readonly<Record<string, string>>) {
  const root = join(world.folder, name)
  const run = async (command: string, ...args: string[]) => {
    const ran = await runProgram(command, args, { cwd: root, env: world.env, timeoutMs: 300_000 })
    return { code: ran.code, output: ran.stdout + ran.stderr }
  }
  writeFiles(root, {
    '.pre-commit-config.yaml': `repos:
  - repo: ${world.hooks}
    rev: ${world.revision}
    hooks:
      - id: ${id}
`,
    ...files,
  })
  await run('git', 'init', '--quiet')
  const installed = await run('pre-commit', 'install')
  assert.is(installed.code, 0, installed.output)
  const commit = async (...added: string[]) => {
    await run('git', 'add', ...(added.length === 0 ? ['.'] : added))
    return run('git', 'commit', '--message', 'x')
  }
  return {
    run,
    commit,
    accepted: async (...added: string[]) => {
      const ran = await commit(...added)
      assert.is(ran.code, 0, ran.output)
      return ran.output
    },
    refused: async (...added: string[]) => {
      const ran = await commit(...added)
      assert.is(ran.code, 1, ran.output)
      return ran.output
    },
    path: (file: string) => join(root, file),
    read: (file: string) => readFileSync(join(root, file), 'utf8'),
    write: (file: string, text: string) => writeFileSync(join(root, file), text),
    lock: async () => {
      const { code, stdout, stderr } = await runCli(['--no-verify'], { cwd: root })
      assert.is(code, 0, stdout + stderr)
    },
  }
}

test('dock-lock-check refuses an unpinned image, and accepts it once it is locked', async world => {
  const { image } = world
  const project = await start(world, 'check', 'dock-lock-check', {})
  cpSync(join(REPOSITORY, 'examples/pre-commit/Dockerfile'), project.path('Dockerfile'))
  cpSync(join(REPOSITORY, 'examples/pre-commit/docker-images.lock'), project.path('docker-images.lock'))
  assert.match(await project.accepted(), /dock-lock check\.+Passed/)

  project.write('Dockerfile', `${project.read('Dockerfile')}FROM ${image}\n`)
  const refused = await project.refused()
  assert.match(refused, /dock-lock check\.+Failed/)
  assert.match(refused, `Dockerfile:3:6  unlocked  ${image} is not in docker-images.lock`)
  await project.lock()

  // Forgotten: pre-commit puts the changed lockfile aside, so the working tree looks wrong, too.
  assert.match(await project.refused('Dockerfile'), 'git add docker-images.lock')
  await project.accepted()

  project.write('notes.txt', 'none\n')
  assert.match(await project.accepted(), /dock-lock check\.+Passed/)

  const lockfile = project.read('docker-images.lock')
  rmSync(project.path('docker-images.lock'))
  const deleted = await project.refused()
  assert.match(deleted, 'this commit deletes docker-images.lock')
  assert.match(deleted, 'git restore --staged --worktree docker-images.lock')

  // No longer tracked, but still there.
  project.write('docker-images.lock', lockfile)
  await project.run('git', 'rm', '--quiet', '--cached', 'docker-images.lock')
  project.write('notes.txt', 'some\n')
  assert.match(await project.refused('notes.txt'), 'run: git add docker-images.lock')
})

test('dock-lock-check refuses a commit without the lockfile that .gitignore hides', async world => {
  const project = await start(world, 'ignored', 'dock-lock-check', {
    Dockerfile: `FROM ${world.image}\n`,
    '.gitignore': '*.lock\n',
  })
  await project.lock()
  assert.match(await project.refused(), 'run: git add --force docker-images.lock')
  await project.run('git', 'add', '--force', 'docker-images.lock')
  await project.accepted()
})

test('dock-lock locks and pins, and the second commit passes', async world => {
  const { image } = world
  const project = await start(world, 'lock', 'dock-lock', { Dockerfile: `FROM ${image}\n` })
  const first = await project.refused()
  assert.match(first, /wrote docker-images\.lock \(1 image, 1 new\)/)
  assert.match(first, 'run: git add docker-images.lock Dockerfile')
  assert.match(project.read('Dockerfile'), `FROM ${image}@sha256:`)
  // The lockfile is not tracked yet.
  assert.match(await project.refused('Dockerfile'), 'run: git add docker-images.lock')
  assert.match(await project.accepted('Dockerfile', 'docker-images.lock'), /dock-lock\.+Passed/)

  project.write('Dockerfile.b', `FROM ${image}\n`)
  await project.refused()
  await project.accepted()
})

test('a Compose file leads to the Dockerfiles that it builds', async world => {
  const project = await start(world, 'compose', 'dock-lock-check', {
    'compose.yaml': 'services: {web: {build: {context: ., dockerfile: web.build}}}\n',
    'web.build': `FROM ${world.image}\n`,
  })
  assert.match(await project.refused(), 'web.build:1:6  unlocked')
})

test('a repository without Dockerfiles passes, with either hook', async world => {
  for (const id of ['dock-lock-check', 'dock-lock']) {
    const project = await start(world, `none-${id}`, id, { 'notes.txt': 'none\n' })
    assert.match(await project.accepted(), /\.+Passed/)
  }
})

test.run()
