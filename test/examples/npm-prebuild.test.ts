/** examples/npm-prebuild with the packed dock-lock installed, where no engine answers. test/e2e/examples.test.ts has the rest. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { withoutEngine } from '../support/no-engine.ts'
import { installTarball, npm, packProject, REPOSITORY } from '../support/npm.ts'
import { startRegistry } from '../support/registry/index.ts'

const test = suite('examples/npm-prebuild')

test('npm run build locks and pins first, and says that nothing was verified', async () => {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'dock-lock-prebuild-'))
  const project = join(folder, 'project')
  const registry = await startRegistry()
  try {
    const node = registry.addImage('library/node', '24-alpine', {})
    const alpine = registry.addImage('library/alpine', '3.23', {})
    const { tarball } = await packProject(folder)
    cpSync(join(REPOSITORY, 'examples/npm-prebuild'), project, { recursive: true })
    rmSync(join(project, 'docker-images.lock'))
    await installTarball(project, tarball)
    const path = join(project, 'Dockerfile')
    const byTag = readFileSync(path, 'utf8')
      .replaceAll(/@sha256:[0-9a-f]{64}/g, '')
      .replaceAll(/^FROM /gm, `FROM ${registry.host}/library/`)
    writeFileSync(path, byTag)
    // No engine, hence no build: a `docker` of our own shows what it was given, and that it came second.
    mkdirSync(join(folder, 'bin'))
    writeFileSync(join(folder, 'bin/docker'), '#!/bin/sh\necho "docker $*"\ngrep ^FROM Dockerfile\n', {
      mode: 0o755,
    })
    const env = {
      ...withoutEngine(join(folder, 'docker')),
      PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
    }

    const first = await npm(project, ['run', 'build'], env)
    assert.is(first.code, 0, first.stdout + first.stderr)
    assert.match(first.stdout, /resolved +127\.0\.0\.1:\d+\/library\/alpine:3\.23 +sha256:/)
    assert.match(first.stdout, 'not verified: no engine answered')
    assert.not.match(first.stdout, /^verified/m)
    const pinned = [`node:24-alpine@${node.digest} AS build`, `alpine:3.23@${alpine.digest}`]
    assert.ok(
      first.stdout.endsWith(
        `docker build --tag example .\n${pinned.map(name => `FROM ${registry.host}/library/${name}\n`).join('')}`,
      ),
      first.stdout,
    )

    registry.clear()
    const lockfile = readFileSync(join(project, 'docker-images.lock'), 'utf8')
    const second = await npm(project, ['run', 'build'], env)
    assert.is(second.code, 0, second.stdout + second.stderr)
    assert.equal(registry.requests, [])
    assert.is(readFileSync(join(project, 'docker-images.lock'), 'utf8'), lockfile)

    // What cannot be locked is not built.
    writeFileSync(path, readFileSync(path, 'utf8').replace(/alpine:3\.23@.*/, 'alpine:none'))
    const third = await npm(project, ['run', 'build'], env)
    assert.is(third.code, 1)
    assert.not.match(third.stdout, /^docker build/m)
    assert.match(third.stdout, 'unresolvable')
  } finally {
    await registry.close()
    rmSync(folder, { recursive: true, force: true })
  }
})

test.run()
