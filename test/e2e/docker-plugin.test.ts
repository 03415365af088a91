/** `docker docklock` with the docker command of Docker 28, whose hooks need a terminal. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runCli } from '../support/cli.ts'
import { type Ran, runProgram } from '../support/spawn.ts'
import { type Engine, startEngine } from './support/engines.ts'
import { type Seeded, startSeeded } from './support/seeded.ts'

interface Place {
  seeded: Seeded
  engine: Engine
  env: NodeJS.ProcessEnv
}
const test = suite<Place>('docker plugin')

test.before(async place => {
  place.seeded = await startSeeded(['library/alpine:3.23'])
  place.engine = await place.seeded.use(startEngine('docker-28-containerd', place.seeded.engineOptions))
  place.env = { ...process.env, ...place.engine.env }
  writeFileSync(join(place.seeded.directory, 'Dockerfile'), 'FROM alpine:3.23\n')
})
test.after(({ seeded }) => seeded.stop())

const ADVICE = 'Lock alpine:3.23, so that builds need no registry → docker docklock'

function inProject({ seeded, env }: Place, command: string, args: readonly string[]): Promise<Ran> {
  return runProgram(command, args, { cwd: seeded.directory, env })
}

/** On a terminal of its own, whose stderr is its stdout. */
function onTerminal(place: Place, line: string): Promise<Ran> {
  return inProject(place, 'script', ['--quiet', '--return', '--command', line, '/dev/null'])
}

function configOf({ env }: Place): string {
  return join(env.DOCKER_CONFIG ?? '', 'config.json')
}

test('it is listed, shows its help, and passes exit codes on', async place => {
  const installed = await runCli(['init', '--docker-plugin'], { cwd: place.seeded.directory, env: place.env })
  assert.is(installed.code, 0, installed.stderr)
  assert.match((await inProject(place, 'docker', ['--help'])).stdout, /^ {2}docklock\* +Lock image tags/m)
  for (const args of [
    ['docklock', '--help'],
    ['help', 'docklock'],
  ])
    assert.match((await inProject(place, 'docker', args)).stdout, /^dock-lock: /)
  assert.is((await inProject(place, 'docker', ['docklock', 'check'])).code, 1)
})

test('after a failed build with BuildKit, its hook finds the error and suggests dock-lock', async place => {
  await place.seeded.gate.setMode('refuse')
  const built = await onTerminal(place, 'docker build --no-cache .')
  assert.is(built.code, 1)
  assert.match(built.stdout, 'failed to resolve source metadata for docker.io/library/alpine:3.23')
  // As Docker 29.3 and newer ask. Version 28 runs no hook after a plugin that failed, and buildx is one.
  const request = { RootCmd: 'buildx build', Flags: { 'no-cache': '' }, CommandError: 'exit status 1' }
  const args = ['docklock', 'docker-cli-plugin-hooks', JSON.stringify(request)]
  const plugin = join(place.env.DOCKER_CONFIG ?? '', 'cli-plugins/docker-docklock')
  const answered = await inProject(place, plugin, args)
  assert.equal(JSON.parse(answered.stdout), { Type: 0, Template: ADVICE })
})

test('docker shows what the hook suggests', async place => {
  await place.seeded.gate.setMode('refuse')
  // Version 28 does not know `error-hooks`, and runs hooks after a build without BuildKit.
  const config = JSON.parse(readFileSync(configOf(place), 'utf8'))
  assert.match(config.plugins.docklock['error-hooks'], 'buildx build')
  config.plugins.docklock.hooks = 'build'
  writeFileSync(configOf(place), JSON.stringify(config))
  const built = await onTerminal(place, 'DOCKER_BUILDKIT=0 docker build .')
  assert.is(built.code, 1)
  assert.match(built.stdout, `What's next:`)
  assert.match(built.stdout, ADVICE)
  const off = await onTerminal(place, 'DOCKER_CLI_HOOKS=false DOCKER_BUILDKIT=0 docker build .')
  assert.not.match(off.stdout, ADVICE)
})

test('what it suggests helps', async place => {
  await place.seeded.gate.setMode('pass')
  const locked = await inProject(place, 'docker', ['docklock'])
  assert.is(locked.code, 0, locked.stdout + locked.stderr)
  const elsewhere = await inProject(place, 'docker', ['--host', 'unix:///nowhere', 'docklock', 'verify'])
  assert.is(elsewhere.code, 3, elsewhere.stdout + elsewhere.stderr)
  await place.seeded.gate.setMode('refuse')
  const built = await onTerminal(place, 'docker build --no-cache .')
  assert.is(built.code, 0, built.stdout)
  assert.not.match(built.stdout, ADVICE)
})

test.run()
