import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DockLockError } from '../../../src/core/error.ts'
import { findEndpoint, parseHost } from '../../../src/stores/connection/endpoint.ts'
import { forAll } from '../../support/random.ts'

const test = suite('endpoint')

test('hosts in every form that the docker CLI takes', () => {
  const forms: readonly (readonly [text: string, host: string, connect: object])[] = [
    ['unix:///run/x.sock', 'unix:///run/x.sock', { socketPath: '/run/x.sock' }],
    ['/run/x.sock', 'unix:///run/x.sock', { socketPath: '/run/x.sock' }],
    ['unix:///My Folder/x.sock', 'unix:///My Folder/x.sock', { socketPath: '/My Folder/x.sock' }],
    ['unix://', 'unix:///var/run/docker.sock', { socketPath: '/var/run/docker.sock' }],
    ['tcp://10.0.0.1:2375', 'tcp://10.0.0.1:2375', { host: '10.0.0.1', port: 2375 }],
    ['tcp://docker', 'tcp://docker:2375', { host: 'docker', port: 2375 }],
    ['tcp://docker:', 'tcp://docker:2375', { host: 'docker', port: 2375 }],
    ['tcp://[::1]:/', 'tcp://[::1]:2375', { host: '::1', port: 2375 }],
    ['tcp://:4000', 'tcp://localhost:4000', { host: 'localhost', port: 4000 }],
    ['docker:2375', 'tcp://docker:2375', { host: 'docker', port: 2375 }],
    ['tcp://[::1]:2375', 'tcp://[::1]:2375', { host: '::1', port: 2375 }],
    [' tcp://h:1 ', 'tcp://h:1', { host: 'h', port: 1 }],
    [
      'npipe:////./pipe/docker_engine',
      'npipe:////./pipe/docker_engine',
      { socketPath: '//./pipe/docker_engine' },
    ],
  ]
  for (const [text, host, connect] of forms) {
    const endpoint = parseHost(text, 'DOCKER_HOST')
    assert.is(endpoint.host, host)
    assert.equal(endpoint.connect, connect)
    assert.is(endpoint.basePath, '')
  }
  assert.is(parseHost('tcp://h:1/a/b/', 'DOCKER_HOST').basePath, '/a/b')
  // The docker CLI has no other port for TLS (opts.ParseHost).
  assert.is(parseHost('tcp://h', 'DOCKER_HOST', { DOCKER_TLS_VERIFY: '1' }).host, 'tcp://h:2375')
})

test('what is normalized stays as it is', () => {
  forAll(200, random => {
    const name = random.pick(['h', '10.0.0.1', '[::1]', 'a.b-c'])
    const text = `tcp://${name}:${random.int(1, 65535)}${random.pick(['', '/x', '/x/y'])}`
    assert.is(parseHost(text, '--host').host, text)
  })
})

test('what is no address is said to be none, by the name of where it stood', () => {
  for (const text of [
    'ssh://',
    'ssh:///run/docker.sock',
    'ssh://user:secret@h',
    'ssh://-oProxyCommand=x',
    `unix:///${'x'.repeat(107)}`,
    'unix://tcp://h:1',
    'unix://unix:///x.sock',
    'npipe://tcp://h:1',
    'tcp://h:99999',
    'http://h:1',
    'fd://',
    'tcp://a b',
    'tcp://user:secret@h:1',
    'tcp://h:x',
  ]) {
    for (const [source, code] of [
      ['--host', 'usage'],
      ['DOCKER_HOST', 'config'],
    ] as const) {
      const error = thrown(() => parseHost(text, source))
      assert.is(error.code, code)
      assert.match(error.message, source)
      assert.not.match(error.message, 'secret')
    }
  }
})

test('--host over DOCKER_HOST over DOCKER_CONTEXT over the current context', () =>
  withConfig(
    {
      'config.json': { currentContext: 'current' },
      ...context('current', { Host: 'unix:///current.sock' }),
      ...context('named', { Host: 'unix:///named.sock' }),
    },
    async env => {
      const everything = { ...env, DOCKER_HOST: 'unix:///env.sock', DOCKER_CONTEXT: 'named' }
      const found = async (more: object, host?: string) => {
        const endpoint = await findEndpoint({ env: { ...env, ...more }, host })
        return [endpoint.host, endpoint.source]
      }
      assert.equal(await found(everything, 'unix:///flag.sock'), ['unix:///flag.sock', '--host'])
      assert.equal(await found(everything), ['unix:///env.sock', 'DOCKER_HOST'])
      assert.equal(await found({ DOCKER_CONTEXT: 'named' }), ['unix:///named.sock', 'context "named"'])
      assert.equal(await found({ DOCKER_HOST: '', DOCKER_CONTEXT: '' }), [
        'unix:///current.sock',
        'context "current"',
      ])
      // As the docker command: blank, it names no engine, and yet no context is looked up.
      for (const blank of [' ', '\t', ' \n '])
        assert.is((await found({ DOCKER_HOST: blank, DOCKER_CONTEXT: 'named' }))[1], 'default')
    },
  ))

test('the current context in any letter case, with a BOM before it, with a blank in its path', async () => {
  const there = context('far', { Host: 'unix:///Application Support/docker.sock' })
  for (const text of [
    '{"currentContext": "far"}',
    '{"CURRENTCONTEXT": "far"}',
    '{"currentContext": "other", "currentcontext": "far"}',
    '\uFEFF{"currentContext": "far"}',
  ])
    await withConfig({ ...there }, async env => {
      writeFileSync(join(env.DOCKER_CONFIG ?? '', 'config.json'), text)
      const { host, source } = await findEndpoint({ env })
      assert.equal([host, source], ['unix:///Application Support/docker.sock', 'context "far"'], text)
    })
})

test('the context "default" is the default socket, whatever is current', () =>
  withConfig({ 'config.json': { currentContext: 'gone' } }, async env => {
    assert.is((await findEndpoint({ env: { ...env, DOCKER_CONTEXT: 'default' } })).source, 'default')
  }))

test('--context over DOCKER_HOST, and never beside --host', () =>
  withConfig(
    {
      'config.json': { currentContext: 'current' },
      ...context('current', { Host: 'unix:///current.sock' }),
      ...context('named', { Host: 'unix:///named.sock' }),
    },
    async env => {
      const everything = { ...env, DOCKER_HOST: 'unix:///env.sock', DOCKER_CONTEXT: 'current' }
      const named = await findEndpoint({ env: everything, context: 'named' })
      assert.equal([named.host, named.source], ['unix:///named.sock', 'context "named"'])
      const standard = await findEndpoint({ env: everything, context: 'default' })
      assert.equal([standard.host, standard.source], ['unix:///env.sock', 'DOCKER_HOST'])
      assert.is((await findEndpoint({ env, context: 'default' })).source, 'default')
      assert.is((await rejected(findEndpoint({ env, context: 'gone' }))).code, 'usage')
      const both = await rejected(findEndpoint({ env, context: 'named', host: 'unix:///flag.sock' }))
      assert.is(both.code, 'usage')
      assert.match(both.message, '--host and --context')
    },
  ))

test('a socket of the user where there is none of the machine', () =>
  withConfig({ 'config.json': {} }, async env => {
    // Where there is one of the machine, it comes first, and the rest cannot be seen.
    if (process.platform === 'win32' || existsSync('/var/run/docker.sock')) return
    const home = env.DOCKER_CONFIG!
    const sockets = [
      'podman/podman.sock',
      'CONTAINER_HOST',
      '.docker/desktop/docker.sock',
      '.docker/run/docker.sock',
      'docker.sock',
    ]
    let podman = {}
    const found = async () =>
      (await findEndpoint({ env: { ...env, HOME: home, XDG_RUNTIME_DIR: home, ...podman } })).host
    for (const socket of sockets) {
      if (socket === 'CONTAINER_HOST') {
        podman = { CONTAINER_HOST: 'unix:///podman/of/my/own.sock' }
        assert.is(await found(), 'unix:///podman/of/my/own.sock')
        continue
      }
      mkdirSync(dirname(join(home, socket)), { recursive: true })
      writeFileSync(join(home, socket), '')
      assert.is(await found(), `unix://${join(home, socket)}`)
    }
  }))

test('without anything, the default socket; nothing need be there', () =>
  withConfig({}, async env => {
    const endpoint = await findEndpoint({ env })
    assert.is(endpoint.source, 'default')
    if (process.platform !== 'win32') assert.is(endpoint.host, 'unix:///var/run/docker.sock')
  }))

test('a context that does not exist, or is broken, is an error: no other engine is taken instead', () =>
  withConfig(
    {
      'config.json': { currentContext: 'gone' },
      ...context('nohost', { Host: 7 }),
      [`contexts/meta/${idOf('broken')}/meta.json`]: 'not json',
    },
    async env => {
      assert.match((await rejected(findEndpoint({ env }))).message, 'context "gone" does not exist')
      for (const DOCKER_CONTEXT of ['gone', 'nohost', 'broken', '../../etc']) {
        assert.is((await rejected(findEndpoint({ env: { ...env, DOCKER_CONTEXT } }))).code, 'config')
      }
    },
  ))

test('a config.json that is not JSON names no context, as docker has it, which warns and goes on', () =>
  withConfig({ 'config.json': '{' }, async env => {
    assert.is(
      (await findEndpoint({ env })).host,
      (await findEndpoint({ env: { HOME: '/nonexistent' } })).host,
    )
  }))

test('TLS by the environment, for tcp alone', () =>
  withConfig({ 'ca.pem': 'CA', 'cert.pem': 'CERT', 'key.pem': 'KEY' }, async env => {
    const tls = async (more: object) => (await findEndpoint({ env: { ...env, ...more } })).tls
    const folder = env.DOCKER_CONFIG
    const files = { ca: 'CA', cert: 'CERT', key: 'KEY' }
    const tcp = { DOCKER_HOST: 'tcp://h:2376' }
    assert.is(await tls(tcp), undefined)
    assert.equal(await tls({ ...tcp, DOCKER_TLS_VERIFY: '1' }), {
      folder,
      ...files,
      rejectUnauthorized: true,
    })
    assert.equal(await tls({ ...tcp, DOCKER_TLS: '1' }), { folder, ...files, rejectUnauthorized: false })
    assert.equal(await tls({ ...tcp, DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: '/nowhere' }), {
      folder: '/nowhere',
      rejectUnauthorized: true,
    })
    assert.is(await tls({ DOCKER_HOST: 'unix:///x.sock', DOCKER_TLS_VERIFY: '1' }), undefined)
    const alone = await findEndpoint({ env: { ...env, DOCKER_TLS_VERIFY: '1' } })
    assert.equal([alone.host, alone.tls?.ca], ['tcp://localhost:2376', 'CA'])
  }))

test('TLS of a context', () =>
  withConfig(
    {
      ...context('tls', { Host: 'tcp://h:2376' }),
      [`contexts/tls/${idOf('tls')}/docker/ca.pem`]: 'CA',
      ...context('skip', { Host: 'tcp://h:2376', SkipTLSVerify: true }),
      ...context('plain', { Host: 'tcp://h:2375', SkipTLSVerify: false }),
    },
    async env => {
      const tls = async (DOCKER_CONTEXT: string) =>
        (await findEndpoint({ env: { ...env, DOCKER_CONTEXT } })).tls
      const folder = (name: string) => join(env.DOCKER_CONFIG!, 'contexts/tls', idOf(name), 'docker')
      assert.equal(await tls('tls'), { folder: folder('tls'), ca: 'CA', rejectUnauthorized: true })
      assert.equal(await tls('skip'), { folder: folder('skip'), rejectUnauthorized: false })
      assert.is(await tls('plain'), undefined)
    },
  ))

function idOf(name: string): string {
  return createHash('sha256').update(name).digest('hex')
}

function context(name: string, docker: object): Record<string, unknown> {
  return { [`contexts/meta/${idOf(name)}/meta.json`]: { Name: name, Metadata: {}, Endpoints: { docker } } }
}

/** A Docker configuration folder with these files, and an environment that names nothing else. */
async function withConfig(
  files: Readonly<Record<string, unknown>>,
  action: (env: Record<string, string>) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'dock-lock-config-'))
  try {
    for (const [name, content] of Object.entries(files)) {
      const path = join(folder, name)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
    }
    await action({ DOCKER_CONFIG: folder, HOME: folder })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function thrown(action: () => unknown): DockLockError {
  try {
    action()
  } catch (error) {
    assert.instance(error, DockLockError)
    return error as DockLockError
  }
  throw new Error('nothing was thrown')
}

async function rejected(promise: Promise<unknown>): Promise<DockLockError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  return thrown(() => {
    throw error
  })
}

test.run()
