import { chmodSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { asDockerPlugin } from '../../src/cli/docker-plugin.ts'
import type { Host } from '../../src/cli/host.ts'

interface Place {
  folder: string
}
const test = suite<Place>('cli/docker-plugin')

test.before.each(place => {
  place.folder = mkdtempSync(join(realpathSync(tmpdir()), 'dock-lock-hook-'))
})
test.after.each(({ folder }) => rmSync(folder, { recursive: true, force: true }))

/** As docker starts it. What it printed, and what it runs instead. */
async function start(args: readonly string[], env: Host['env'] = {}, cwd = '/') {
  let printed = ''
  const output = { write: (text: string) => (printed += text) }
  const host: Host = {
    argv: ['node', 'cli.cjs', 'docker-plugin', ...args],
    env,
    stdout: output,
    stderr: output,
    cwd: () => cwd,
    on: () => {},
    off: () => {},
  }
  const answer = await asDockerPlugin(host)
  if (typeof answer === 'number') return { code: answer, printed }
  return { line: answer.argv.slice(2), env: answer.env, printed }
}

test('it tells docker who it is', async () => {
  const { code, printed } = await start(['docker-cli-plugin-metadata'])
  assert.is(code, 0)
  const { SchemaVersion, Vendor, Version } = JSON.parse(printed)
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  assert.equal([SchemaVersion, Vendor, Version], ['0.1.0', 'dock-lock', manifest.version])
})

test('what is behind its name is a command line of dock-lock', async () => {
  assert.equal((await start(['docklock', 'check', '--staged'])).line, ['check', '--staged'])
  assert.equal((await start(['docklock', 'docklock'])).line, ['docklock'])
  assert.equal((await start(['help', 'docklock'])).line, ['help'])
  assert.equal((await start(['docklock', '--help'])).line, ['--help'])
})

test('options of docker are variables of dock-lock', async () => {
  const given = { DOCKER_HOST: 'unix:///a', PATH: '/bin' }
  const { line, env } = await start(
    ['--config=/c', '-D', '--log-level', 'debug', '--context', 'b', 'docklock', 'verify'],
    given,
  )
  assert.equal(line, ['verify'])
  assert.equal({ ...env }, { DOCKER_HOST: undefined, PATH: '/bin', DOCKER_CONFIG: '/c', DOCKER_CONTEXT: 'b' })
  assert.is((await start(['-H', 'tcp://d:1', 'docklock'])).env?.DOCKER_HOST, 'tcp://d:1')
})

test('an option of docker that would be lost is refused', async () => {
  for (const args of [['--tlscacert', 'ca.pem', 'docklock'], ['check'], []]) {
    let code = ''
    await start(args).catch(error => {
      code = error.code
    })
    assert.is(code, 'usage', args.join(' '))
  }
})

const unreachable = 'failed to do request: dial tcp 127.0.0.1:1: connect: connection refused'
const lookup = `failed to resolve source metadata for docker.io/library/alpine:3.23: ${unreachable}`

async function hook(data: object | string, env: Host['env'] = {}, cwd = '/') {
  const text = typeof data === 'string' ? data : JSON.stringify(data)
  const { code, printed } = await start(['docklock', 'docker-cli-plugin-hooks', text], env, cwd)
  assert.is(code, 0)
  const { Type, Template } = JSON.parse(printed)
  assert.is(Type, 0)
  return Template as string
}

test('the hook suggests dock-lock when docker tells the error', async () => {
  const advice = 'Lock alpine:3.23, so that builds need no registry → docker docklock'
  assert.is(await hook({ RootCmd: 'build', CommandError: lookup }), advice)
  const pinned = lookup.replace('3.23', `3.23@sha256:${'a'.repeat(64)}`)
  assert.match(await hook({ RootCmd: 'build', CommandError: pinned }), 'docker docklock pull')
})

/** A docker command whose last build ended so. */
function fakeDocker(folder: string, record: object | string) {
  writeFileSync(join(folder, 'record.json'), typeof record === 'string' ? record : JSON.stringify(record))
  const script = `#!/bin/sh
[ "$*" = 'buildx history inspect --format json' ] && [ "$DOCKER_CLI_HOOKS" = false ] || exit 1
cat '${folder}/record.json'
`
  writeFileSync(join(folder, 'docker'), script)
  chmodSync(join(folder, 'docker'), 0o755)
  return { PATH: `${folder}${delimiter}${process.env.PATH}` }
}

test('docker tells only the exit code of buildx: the history of builds has the error', async ({ folder }) => {
  const asked = (record: object | string) =>
    hook({ RootCmd: 'buildx build', CommandError: 'exit status 1' }, fakeDocker(folder, record), folder)
  const now = new Date().toISOString()
  const record = { Status: 'failed', CompletedAt: now, Error: { Message: lookup } }
  assert.match(await asked(record), /^Lock alpine:3\.23,/)
  const earlier = new Date(Date.now() - 3_600_000).toISOString()
  for (const other of [
    { ...record, CompletedAt: earlier },
    { ...record, CompletedAt: 'soon' },
    { ...record, Status: 'completed' },
    { ...record, Error: { Message: 'exit code: 1' } },
    { ...record, Error: 'x' },
    {},
    'nothing',
  ])
    assert.is(await asked(other), '', JSON.stringify(other))
})

test('the hook says nothing if there is nothing to say', async ({ folder }) => {
  const env = { PATH: folder }
  for (const data of [
    '',
    '{',
    '[]',
    'null',
    {},
    { CommandError: '' },
    { CommandError: 3 },
    { CommandError: 'exit status 1' },
  ])
    assert.is(await hook(data, env, folder), '')
})

test.run()
