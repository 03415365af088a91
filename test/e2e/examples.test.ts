/** The examples with the real programs: npm and docker build on a real engine. */
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { draw, makePicture, recordSession } from '../../examples/picture.ts'
import { installTarball, npm, packProject, plainEnv, REPOSITORY } from '../support/npm.ts'
import { runProgram } from '../support/spawn.ts'
import { startEngine } from './support/engines.ts'
import { startSeeded } from './support/seeded.ts'

const test = suite('examples')

/** What `use` has started is stopped in the end, last first. */
async function withStops(
  use: (later: (stop: () => unknown) => void, folder: string) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'dock-lock-examples-'))
  const stops: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })]
  try {
    await use(stop => stops.unshift(stop), folder)
  } finally {
    for (const stop of stops) await stop()
  }
}

test('npm-prebuild: npm run build locks, pulls and builds, and then needs no registry', () =>
  withStops(async (later, folder) => {
    const seeded = await startSeeded(['library/node:24-alpine', 'library/alpine:3.23'])
    later(seeded.stop)
    const { gate, images } = seeded
    const engine = await seeded.use(startEngine('docker-28-containerd', seeded.engineOptions))

    // The example as it is, but for the digests: this registry has images of its own under these tags.
    const project = join(folder, 'project')
    cpSync(join(REPOSITORY, 'examples/npm-prebuild'), project, { recursive: true })
    rmSync(join(project, 'docker-images.lock'))
    const path = join(project, 'Dockerfile')
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll(/@sha256:[0-9a-f]{64}/g, ''))
    const { tarball } = await packProject(folder)
    await installTarball(project, tarball)
    // What the engine's client needs, with the npm settings of this machine all the same.
    const env = { ...engine.env, HOME: process.env.HOME }

    const first = await npm(project, ['run', 'build'], env)
    assert.is(first.code, 0, first.stdout + first.stderr)
    assert.match(first.stdout, /resolved +node:24-alpine +sha256:[0-9a-f]{12} +pulled/)
    assert.match(first.stdout, /^verified: Docker .* has both images; builds need no registry$/m)
    assert.match(
      readFileSync(path, 'utf8'),
      `FROM node:24-alpine@${images['library/node:24-alpine'].digest} AS build`,
    )

    await engine.docker(['rmi', 'example'])
    await engine.pruneBuildCache()
    await engine.restart()
    await gate.setMode('hang')
    gate.clear()
    const second = await npm(project, ['run', 'build'], env)
    assert.is(second.code, 0, second.stdout + second.stderr)
    assert.match(second.stdout, 'nothing changed, no registry requests')
    assert.equal(gate.requests(), [])
    const ran = await engine.docker([
      'run',
      '--rm',
      '--network=none',
      '--entrypoint=/bin/busybox',
      'example',
      'cat',
      'hello.txt',
    ])
    assert.is(ran.stdout, readFileSync(join(project, 'src/hello.txt'), 'utf8'), ran.output)

    // An image that is gone, and cannot be had: no build.
    const alpine = `alpine@${images['library/alpine:3.23'].digest}`
    await engine.docker(['rmi', '--force', 'example', 'alpine:3.23', alpine])
    // A build would find it in the build cache.
    await engine.pruneBuildCache()
    await gate.setMode('refuse')
    const third = await npm(project, ['run', 'build'], env)
    assert.is.not(third.code, 0)
    assert.match(third.stdout, /^not verified: .* has 1 of 2 images$/m)
    assert.not.match(third.stdout + third.stderr, 'docker build --tag')
  }))

test('the demo builds with its registry stopped, and leaves nothing in the engine', () =>
  withStops(async later => {
    const engine = await startEngine('docker-28-containerd')
    later(engine.stop)
    const env = { ...engine.env, HOME: process.env.HOME }
    const { code, stdout, stderr } = await npm(REPOSITORY, ['run', '--silent', 'demo'], env)
    assert.is(code, 0, stdout + stderr)
    assert.match(stdout, /^✓ resolved .* pulled$/m)
    assert.match(stdout, /^ok: both images locked, pinned and in Docker /m)
    assert.match(stdout, /^Built in [\d.]+ s, with the registry stopped\.$/m)
    assert.not.match(stdout, 'NOT BUILT')
    assert.equal(JSON.parse((await engine.api({ path: '/images/json?all=true' })).text), [])
  }))

test('the demo is no failure where the docker command has no buildx', () =>
  withStops(async (later, folder) => {
    const engine = await startEngine('docker-28-containerd')
    later(engine.stop)
    // Plugins of the engine's own client are in its configuration.
    const env = { ...engine.env, HOME: process.env.HOME, DOCKER_CONFIG: folder }
    const asked = await runProgram('docker', ['buildx', 'version'], { env: plainEnv(env) })
    assert.is.not(asked.code, 0, asked.stdout)
    const { code, stdout, stderr } = await npm(REPOSITORY, ['run', '--silent', 'demo'], env)
    assert.is(code, 0, stdout + stderr)
    assert.match(stdout, /^NOT BUILT: The engine has both images, but docker has no buildx\.$/m)
    assert.match(stdout, /^Now it asks for none: /m)
  }))

test('Docker 28 leads to the picture that is drawn without it', () =>
  withStops(async (later, folder) => {
    const seeded = await startSeeded(['library/node:24-alpine', 'library/alpine:3.23'])
    later(seeded.stop)
    const { env, version } = await seeded.use(startEngine('docker-28-graphdriver', seeded.engineOptions))
    assert.fixture(draw(await recordSession(folder, env)), await makePicture(version))
  }))

test.run()
