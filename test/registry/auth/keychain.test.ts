import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createContext } from '../../../src/context.ts'
import { createHelperRunner } from '../../../src/registry/auth/credential-helper.ts'
import { authPlaces, createKeychains, type Keychain } from '../../../src/registry/auth/keychain.ts'
import { base64, failure, reference, withRegistry } from '../support.ts'

const test = suite('registry/auth/keychain')

interface Home {
  readonly path: string
  /** The keychain for these environment variables, HOME, and a PATH with the helpers that were added. */
  keychain(env?: Record<string, string>): Keychain
  write(name: string, content: unknown): Promise<void>
  /** A `docker-credential-NAME` that runs this shell script; `$asked` is what it got on stdin. */
  helper(name: string, script: string): Promise<void>
  readonly env: Record<string, string>
}

async function withHome(test: (home: Home) => Promise<void>): Promise<void> {
  const path = await mkdtemp(join(tmpdir(), 'dock-lock-keychain-'))
  const env = { HOME: path, PATH: `${join(path, 'bin')}:/usr/bin:/bin` }
  const write = async (name: string, content: unknown): Promise<void> => {
    await mkdir(dirname(join(path, name)), { recursive: true })
    await writeFile(join(path, name), typeof content === 'string' ? content : JSON.stringify(content))
  }
  try {
    await test({
      path,
      env,
      write,
      keychain: more => createKeychains({ ...env, ...more }, new AbortController().signal)(),
      async helper(name, script) {
        const file = `bin/docker-credential-${name}`
        await write(file, `#!/bin/sh\nasked=$(cat)\necho "$1 $asked" >> "$HOME/calls"\n${script}\n`)
        await chmod(join(path, file), 0o755)
      },
    })
  } finally {
    await rm(path, { recursive: true, force: true })
  }
}

const calls = async ({ path }: Home): Promise<string[]> =>
  (await readFile(join(path, 'calls'), 'utf8').catch(() => '')).split('\n').filter(Boolean)

const entry = (user: string, password: string): object => ({ auth: base64(`${user}:${password}`) })
const config = '.docker/config.json'

test('nothing is stored: nothing is found', () =>
  withHome(async home => {
    assert.is(await home.keychain()('ghcr.io'), undefined)
    await home.write(config, { HttpHeaders: {} })
    assert.is(await home.keychain()('ghcr.io'), undefined)
    await home.write(config, '')
    assert.is(await home.keychain()('ghcr.io'), undefined)
    await home.write(config, { auths: { 'ghcr.io': {} } })
    assert.is(await home.keychain()('ghcr.io'), undefined)
  }))

test('the forms of an entry: auth, user and password, identity token', () =>
  withHome(async home => {
    await home.write(config, {
      auths: {
        'a.example': entry('user', 'pass:with:colons'),
        'b.example:5000': { username: 'user', password: 'pass' },
        'c.example': { ...entry('00000000-0000-0000-0000-000000000000', ''), identitytoken: 'identity' },
        'd.example': { identitytoken: 'identity', registrytoken: 'bearer' },
      },
    })
    const keychain = home.keychain()
    assert.equal(await keychain('a.example'), { username: 'user', password: 'pass:with:colons' })
    assert.equal(await keychain('b.example:5000'), { username: 'user', password: 'pass' })
    assert.equal(await keychain('c.example'), { identityToken: 'identity' })
    assert.equal(await keychain('d.example'), { registryToken: 'bearer' })
    assert.is(await keychain('b.example'), undefined)
    assert.is(await keychain('example'), undefined)
    assert.is(await keychain('a.example.org'), undefined)
    assert.is(await keychain('constructor'), undefined)
  }))

test('Docker Hub and the forms of old', () =>
  withHome(async home => {
    for (const [key, registry] of [
      ['https://index.docker.io/v1/', 'docker.io'],
      ['index.docker.io', 'docker.io'],
      ['docker.io', 'docker.io'],
      ['https://r.example/v1/', 'r.example'],
      ['https://r.example', 'r.example'],
      ['http://r.example/', 'r.example'],
      ['https://r.example/some/path', 'r.example'],
      ['https://r.example/v2/_catalog', 'r.example'],
      ['registry-1.docker.io', 'docker.io'],
      ['https://docker.io', 'docker.io'],
      ['r.example/v2', 'r.example'],
      ['r.example/v2/', 'r.example'],
    ] as const) {
      await home.write(config, { auths: { [key]: entry('u', key) } })
      assert.equal(await home.keychain()(registry), { username: 'u', password: key }, key)
      assert.is(await home.keychain()('other.example'), undefined)
    }
    await home.write(config, {
      auths: { 'https://r.example/v1/': entry('u', 'old'), 'r.example': entry('u', 'new') },
    })
    assert.equal(await home.keychain()('r.example'), { username: 'u', password: 'new' })
  }))

test('the names of fields in any case, as Go reads them; those of registries as they are', () =>
  withHome(async home => {
    await home.write(config, {
      Auths: { 'r.example': { Auth: base64('u:p') }, 's.example': { identityToken: 'identity' } },
      credsSTORE: '',
      CredHelpers: { 'h.example': 'that-nobody-has' },
    })
    assert.equal(await home.keychain()('r.example'), { username: 'u', password: 'p' })
    assert.equal(await home.keychain()('s.example'), { identityToken: 'identity' })
    assert.is(await home.keychain()('R.example'), undefined)
    await failure(home.keychain()('h.example'), 'unauthorized', { says: ['that-nobody-has'] })
  }))

test("Podman's entries by namespace: the most specific counts, those of others do not", () =>
  withHome(async home => {
    await home.write('run/containers/auth.json', {
      auths: {
        'r.example': entry('u', 'host'),
        'r.example/team': entry('u', 'team'),
        'r.example/team/app': entry('u', 'app'),
        's.example/team': entry('u', 's'),
      },
    })
    const keychain = home.keychain({ XDG_RUNTIME_DIR: join(home.path, 'run') })
    const password = async (registry: string, repository?: string): Promise<unknown> =>
      ((await keychain(registry, repository)) as { password?: string } | undefined)?.password
    assert.is(await password('r.example'), 'host')
    assert.is(await password('r.example', 'other/app'), 'host')
    assert.is(await password('r.example', 'team/other'), 'team')
    assert.is(await password('r.example', 'team/app'), 'app')
    assert.is(await password('r.example', 'team/app/deep'), 'app')
    assert.is(await password('r.example', 'teams/app'), 'host')
    assert.is(await password('s.example', 'elsewhere/app'), undefined)
    assert.is(await password('s.example'), undefined)
  }))

test('the places, in their order', () =>
  withHome(async home => {
    const auths = (password: string): object => ({ auths: { 'r.example': entry('u', password) } })
    await home.write('.config/containers/auth.json', auths('podman'))
    const read = async (env?: Record<string, string>): Promise<unknown> =>
      ((await home.keychain(env)('r.example')) as { password: string }).password
    assert.is(await read(), 'podman')
    await home.write(config, auths('docker'))
    assert.is(await read(), 'docker')
    await home.write('elsewhere/config.json', auths('elsewhere'))
    assert.is(await read({ DOCKER_CONFIG: join(home.path, 'elsewhere') }), 'elsewhere')
    await home.write('file.json', auths('file'))
    const env = { REGISTRY_AUTH_FILE: join(home.path, 'file.json') }
    assert.is(await read(env), 'file')
    assert.is(await read({ ...env, DOCKER_AUTH_CONFIG: JSON.stringify(auths('variable')) }), 'variable')
    assert.is(
      await read({ ...env, DOCKER_AUTH_CONFIG: '{"auths":{"other.example":{"auth":"dTpw"}}}' }),
      'file',
    )
  }))

test("Podman's own file: of the session, of the system for root on Linux, and one that stays", () => {
  const env = { HOME: '/home/me' }
  const podman = (more: Record<string, string>, platform: string, uid?: number): readonly string[] =>
    authPlaces({ ...env, ...more }, 'docker', platform, uid).filter(path => path.includes('containers'))
  const stays = '/home/me/.config/containers/auth.json'
  assert.equal(podman({}, 'linux', 0), ['/run/containers/0/auth.json', stays])
  assert.equal(podman({}, 'linux', 1000), ['/run/containers/1000/auth.json', stays])
  assert.equal(podman({}, 'darwin', 501), [stays])
  assert.equal(podman({ XDG_RUNTIME_DIR: '/run/user/1000' }, 'linux', 1000), [
    '/run/user/1000/containers/auth.json',
    stays,
  ])
})

test("Podman's engine has Podman's places first", () => {
  const env = {
    HOME: '/home/me',
    DOCKER_AUTH_CONFIG: '{}',
    REGISTRY_AUTH_FILE: '/a',
    XDG_RUNTIME_DIR: '/run',
  }
  const podman = ['/run/containers/auth.json', '/home/me/.config/containers/auth.json']
  const docker = '/home/me/.docker/config.json'
  assert.equal(authPlaces(env, 'docker'), ['DOCKER_AUTH_CONFIG', '/a', docker, ...podman])
  assert.equal(authPlaces(env, 'podman'), ['/a', ...podman, 'DOCKER_AUTH_CONFIG', docker])
})

test('of what is stored twice, each engine of a run gets its own, and a helper is still run once', () =>
  withHome(async home => {
    await home.helper('one', `echo '{"Username":"u","Secret":"helper"}'`)
    const credHelpers = { 'one.example': 'one' }
    await home.write(config, { auths: { 'r.example': entry('u', 'docker') }, credHelpers })
    const auths = { 'r.example': entry('u', 'podman') }
    await home.write('.config/containers/auth.json', { auths, credHelpers })
    const context = createContext({ cwd: home.path, env: home.env })
    const docker = await context.keychain({})
    const podman = await context.keychain({ rules: [] })
    assert.equal(await docker('r.example'), { username: 'u', password: 'docker' })
    assert.equal(await podman('r.example'), { username: 'u', password: 'podman' })
    for (const each of [docker, podman])
      assert.equal(await each('one.example'), { username: 'u', password: 'helper' })
    assert.equal(await calls(home), ['get one.example'])
  }))

test('a helper is asked once for a registry, by the name that it stores it under', () =>
  withHome(async home => {
    await home.helper('all', `echo '{"ServerURL":"x","Username":"u","Secret":"of '"$asked"'"}'`)
    await home.helper('one', `echo '{"Username":"<token>","Secret":"identity"}'`)
    await home.write(config, {
      credsStore: 'all',
      credHelpers: { 'one.example': 'one' },
      auths: { 'r.example': entry('u', 'not asked') },
    })
    const keychain = home.keychain()
    assert.equal(await Promise.all(['r.example', 'r.example'].map(each => keychain(each, `${each}/x`))), [
      { username: 'u', password: 'of r.example' },
      { username: 'u', password: 'of r.example' },
    ])
    assert.equal(await keychain('docker.io'), { username: 'u', password: 'of https://index.docker.io/v1/' })
    assert.equal(await keychain('one.example'), { identityToken: 'identity' })
    // A helper that is set for the Hub is asked for the name under which it is set.
    await home.write('hub/config.json', { credHelpers: { 'docker.io': 'all' } })
    const hub = home.keychain({ DOCKER_CONFIG: join(home.path, 'hub') })
    assert.equal(await hub('docker.io'), { username: 'u', password: 'of docker.io' })
    assert.equal(await calls(home), [
      'get r.example',
      'get https://index.docker.io/v1/',
      'get one.example',
      'get docker.io',
    ])
  }))

test('resolving and pulling share what a helper said', () =>
  withHome(async home => {
    await home.helper('one', `echo '{"Username":"u","Secret":"pass"}'`)
    await withRegistry(
      { auth: { kind: 'basic', users: { u: 'pass' } }, answerAnything: true },
      async registry => {
        await home.write(config, { credsStore: 'one' })
        const context = createContext({ cwd: home.path, env: home.env })
        const { signal } = new AbortController()
        for (const name of ['o/i', 'o/j']) {
          const resolver = await context.resolver({ env: home.env, signal })
          await resolver.resolve(reference(registry.reference(name, '1')))
          await resolver.close()
        }
        const keychain = await context.keychain({})
        assert.equal(await keychain(registry.host), { username: 'u', password: 'pass' })
        assert.equal(await calls(home), [`get ${registry.host}`])
      },
    )
  }))

test('a helper that has nothing means anonymous', () =>
  withHome(async home => {
    await home.helper('none', 'echo "credentials not found in native keychain"; exit 1')
    await home.write(config, { credsStore: 'none' })
    assert.is(await home.keychain()('r.example'), undefined)
  }))

test('a user without a password is nothing, and so is a password without a user', () =>
  withHome(async home => {
    for (const [user, password] of [
      ['u', ''],
      ['', 'p'],
      ['', ''],
      ['<token>', ''],
    ] as const) {
      await home.helper(
        'empty',
        `echo '${JSON.stringify({ ServerURL: '', Username: user, Secret: password })}'`,
      )
      for (const content of [
        { credsStore: 'empty' },
        { auths: { 'r.example': entry(user, password) } },
        { auths: { 'r.example': { username: user, password } } },
      ]) {
        await home.write(config, content)
        assert.is(await home.keychain()('r.example'), undefined, JSON.stringify(content))
      }
    }
  }))

test('a helper that fails is named with what is known of why, printable and bounded, and no secret', () =>
  withHome(async home => {
    await home.helper('bad', `printf '\\033[31mvault is locked\\n' >&2; echo '{"Secret":"pl4nted"}'; exit 3`)
    await home.helper('long', 'yes x | head -c 300000 >&2; exit 3')
    await home.helper('quiet', 'exit 3')
    await home.helper('leaky', `echo '{"Secret":"pl4nted"}'; exit 3`)
    await home.helper('odd', `echo '{"Username":"u","Key":"pl4nted"}'`)
    await home.write(config, {
      credHelpers: Object.fromEntries(
        ['bad', 'long', 'quiet', 'leaky', 'odd', 'gone'].map(name => [`${name}.example`, name]),
      ),
    })
    const keychain = home.keychain()
    for (const [name, says] of [
      ['bad', ': is locked'],
      ['long', 'ended with 3'],
      ['quiet', 'ended with 3'],
      ['leaky', 'ended with 3'],
      ['odd', 'Username'],
      ['gone', 'no such program'],
    ] as const) {
      const error = await failure(keychain(`${name}.example`), 'unauthorized', {
        says: [`docker-credential-${name}`, `${name}.example`, says],
        secrets: ['pl4nted'],
      })
      assert.ok(error.message.length < 500)
    }
  }))

test('a helper that hangs is ended, and so is one that the user no longer waits for', () =>
  withHome(async home => {
    await home.helper('hang', 'echo $$ > "$HOME/pid"; sleep 60')
    const run = createHelperRunner(home.env, new AbortController().signal, 300)
    await failure(run('hang', 'r.example'), 'unauthorized', { says: ['0.3 s', 'docker-credential-hang'] })
    const interrupt = new AbortController()
    const asked = createHelperRunner(home.env, interrupt.signal)('hang', 'r.example')
    interrupt.abort()
    await failure(asked, 'interrupted')
    await failure(createHelperRunner(home.env, interrupt.signal)('hang', 'r.example'), 'interrupted')
  }))

test('a helper is named, never a path or a command', () =>
  withHome(async home => {
    for (const name of ['../evil', 'a b', 'a;b', '$(touch x)', '/bin/sh', 'é']) {
      await home.write(config, { credsStore: name })
      await failure(home.keychain()('r.example'), 'unauthorized', {
        says: ['r.example', 'name of a credential helper', 'credsStore'],
      })
    }
    assert.equal(await calls(home), [])
  }))

test('a file that cannot be understood is named, and nothing of it is shown', () =>
  withHome(async home => {
    for (const [content, says] of [
      ['{"auths": {"r.example": {"auth": pl4nted}}}', 'not valid JSON'],
      ['["pl4nted"]', 'not a JSON object'],
      ['{"auths": "pl4nted"}', '"auths"'],
      ['{"credHelpers": ["pl4nted"]}', '"credHelpers"'],
      ['{"credsStore": {"pl4nted": 1}}', '"credsStore"'],
      [`{"auths": {"r.example": {"auth": "${base64('pl4nted')}"}}}`, 'r.example'],
    ] as const) {
      await home.write(config, content)
      await failure(home.keychain()('r.example'), 'unauthorized', {
        says: [join(home.path, config), says],
        secrets: ['pl4nted', base64('pl4nted')],
      })
      if (says === 'r.example') continue
      await failure(home.keychain({ DOCKER_AUTH_CONFIG: content })('r.example'), 'unauthorized', {
        says: ['DOCKER_AUTH_CONFIG', says],
        secrets: ['pl4nted'],
      })
    }
    await failure(
      home.keychain({ DOCKER_CONFIG: home.path, REGISTRY_AUTH_FILE: home.path })('r.example'),
      'unauthorized',
      {
        says: [home.path, 'EISDIR', 'permissions'],
      },
    )
  }))

test('what cannot be used is passed over, and told where no other place has anything', () =>
  withHome(async home => {
    await home.helper('broken', 'echo vault is locked >&2; exit 1')
    const podman = { auths: { 'r.example': entry('u', 'podman') } }
    for (const [content, says] of [
      ['<html>', 'not valid JSON'],
      [{ auths: [] }, '"auths"'],
      [{ credsStore: 'broken' }, 'locked'],
      [{ credsStore: 'that-nobody-has' }, 'no such program'],
      [{ credsStore: 'a b' }, 'name of a credential helper'],
      [{ auths: { 'r.example': { auth: base64('no colon') } } }, 'base64'],
      [{ auths: { 'r.example': { registrytoken: 'two\nlines' } } }, '"registrytoken" of r.example'],
    ] as const) {
      await home.write(config, content)
      await failure(home.keychain()('r.example'), 'unauthorized', { says: [says] })
      await home.write('.config/containers/auth.json', podman)
      assert.equal(await home.keychain()('r.example'), { username: 'u', password: 'podman' })
      await home.write('.config/containers/auth.json', {})
      // As GitLab sets a variable of the kind "File".
      const keychain = home.keychain({ DOCKER_AUTH_CONFIG: '/builds/team/app.tmp/DOCKER_AUTH_CONFIG' })
      await failure(keychain('s.example'), 'unauthorized', { says: ['DOCKER_AUTH_CONFIG', 'not its path'] })
    }
    await home.write(config, podman)
    const keychain = home.keychain({ DOCKER_AUTH_CONFIG: '/builds/team/app.tmp/DOCKER_AUTH_CONFIG' })
    assert.equal(await keychain('r.example'), { username: 'u', password: 'podman' })
  }))

test('null stands for nothing', () =>
  withHome(async home => {
    const auths = { 'r.example': entry('u', 'p') }
    await home.write(config, { credsStore: null, credHelpers: null, auths })
    assert.equal(await home.keychain()('r.example'), { username: 'u', password: 'p' })
    await home.write(config, { auths: null })
    assert.is(await home.keychain()('r.example'), undefined)
    // No helper for this registry, not the one for all either.
    for (const none of [null, '']) {
      await home.write(config, { credsStore: 'broken', credHelpers: { 'r.example': none }, auths })
      assert.equal(await home.keychain()('r.example'), { username: 'u', password: 'p' })
    }
  }))

test('helpers answer in any letter case, with or without a byte order mark', () =>
  withHome(async home => {
    const answers = [
      '{"username":"u","secret":"s"}',
      '{"USERNAME":"u","SECRET":"s"}',
      '\ufeff{"Username":"u","Secret":"s"}',
      '\ufeff{"serverurl":"https://r.example","userName":"u","secRet":"s"}\r\n',
    ]
    await home.write(config, { credsStore: 'any' })
    for (const answer of answers) {
      await home.helper('any', `printf '%s' '${answer}'`)
      assert.equal(await home.keychain()('r.example'), { username: 'u', password: 's' }, answer)
    }
  }))

test("Docker's own registries use the credentials of Docker Hub, unless they have their own", () =>
  withHome(async home => {
    const own = ['dhi.io', 'registry.scout.docker.com']
    const hub = { 'https://index.docker.io/v1/': entry('u', 'hub') }
    await home.write(config, { auths: hub })
    for (const registry of own) {
      assert.equal(await home.keychain()(registry, 'node'), { username: 'u', password: 'hub' })
      const podman = createKeychains(home.env, new AbortController().signal)({ rules: [] })
      assert.is(await podman(registry, 'node'), undefined)
    }
    for (const registry of ['x.dhi.io', 'dhi.io.example', 'scout.docker.com'])
      assert.is(await home.keychain()(registry), undefined)
    await home.write(config, { auths: { ...hub, 'dhi.io': entry('u', 'own') } })
    assert.equal(await home.keychain()('dhi.io', 'node'), { username: 'u', password: 'own' })
    await home.write(config, { auths: { 'docker.io': entry('u', 'familiar') } })
    for (const registry of own)
      assert.equal(await home.keychain()(registry, 'node'), { username: 'u', password: 'familiar' })
    await home.helper(
      'hub',
      `test "$asked" = https://index.docker.io/v1/ && echo '{"Username":"u","Secret":"h"}'`,
    )
    await home.write(config, { credHelpers: { 'https://index.docker.io/v1/': 'hub' } })
    for (const registry of own)
      assert.equal(await home.keychain()(registry, 'node'), { username: 'u', password: 'h' })
  }))

test('the config files of buildx: for a repository, for a registry, then the config of Docker', () =>
  withHome(async home => {
    const auths = (password: string, registry = 'r.example'): object => ({
      auths: { [registry]: entry('u', password) },
    })
    const read = async (repository?: string, env?: Record<string, string>): Promise<unknown> =>
      ((await home.keychain(env)('r.example', repository)) as { password: string }).password
    await home.write(config, auths('docker'))
    await home.write('.docker/buildx/config/other.example/config.json', auths('other'))
    assert.is(await read('team/app'), 'docker')
    await home.write('.docker/buildx/config/r.example/config.json', auths('registry'))
    assert.is(await read(), 'registry')
    assert.is(await read('team/app'), 'registry')
    await home.write('.docker/buildx/config/r.example/team/app/config.json', auths('repository'))
    assert.is(await read('team/app'), 'repository')
    assert.is(await read('team/other'), 'registry')
    await home.write('.docker/buildx/config/r.example/team/app@push/config.json', auths('push'))
    assert.is(await read('team/app'), 'repository')
    await home.write('.docker/buildx/config/r.example/team/app@pull/config.json', auths('pull'))
    assert.is(await read('team/app'), 'pull')
    await home.write('bx/config/r.example/config.json', auths('elsewhere'))
    assert.is(await read('team/app', { BUILDX_CONFIG: join(home.path, 'bx') }), 'elsewhere')
    assert.is(await read('team/app', { DOCKER_AUTH_CONFIG: JSON.stringify(auths('variable')) }), 'variable')

    const hub = auths('hub', 'https://index.docker.io/v1/')
    await home.write('.docker/buildx/config/registry-1.docker.io/team/app/config.json', hub)
    assert.equal(await home.keychain()('docker.io', 'team/app'), { username: 'u', password: 'hub' })
    assert.is(await home.keychain()('docker.io', 'team/other'), undefined)
  }))

test('Podman prefers the key docker.io, Docker its own key for Docker Hub', () =>
  withHome(async home => {
    await home.helper('docker', `echo '{"Username":"u","Secret":"'"$asked"'"}'`)
    await home.write(config, {
      auths: { 'https://index.docker.io/v1/': entry('u', 'index'), 'docker.io': entry('u', 'hub') },
    })
    const keychains = createKeychains(home.env, new AbortController().signal)
    assert.equal(await keychains()('docker.io'), { username: 'u', password: 'index' })
    assert.equal(await keychains({ rules: [] })('docker.io'), { username: 'u', password: 'hub' })
    await home.write(config, { credsStore: 'docker' })
    assert.equal(await createKeychains(home.env, new AbortController().signal)({ rules: [] })('docker.io'), {
      username: 'u',
      password: 'https://index.docker.io/v1/',
    })
  }))

test("Podman asks the helpers of registries.conf, in order; Docker's engine does not", () =>
  withHome(async home => {
    const podman = (env?: Record<string, string>): Keychain =>
      createKeychains({ ...home.env, ...env }, new AbortController().signal)({ rules: [] })
    await home.helper('first', `test "$asked" = a.example && echo '{"Username":"u","Secret":"first"}'`)
    await home.helper('last', `echo '{"Username":"u","Secret":"last for '"$asked"'"}'`)
    const stored = { 'a.example': entry('u', 'file'), 'b.example': entry('u', 'file') }
    await home.write('.config/containers/auth.json', { auths: stored })
    await home.write(
      '.config/containers/registries.conf',
      '# credential-helpers = ["none"]\ncredential-helpers = [\n  "first", # not "this"\n  \'containers-auth.json\', "last",\n]\n[[registry]]\nprefix = "x"\n',
    )
    assert.equal(await podman()('a.example'), { username: 'u', password: 'first' })
    assert.equal(await podman()('b.example'), { username: 'u', password: 'file' })
    assert.equal(await podman()('docker.io'), { username: 'u', password: 'last for docker.io' })
    assert.is(await home.keychain()('c.example'), undefined)

    await home.write('.config/containers/registries.conf.d/50.conf', 'credential-helpers = ["last"]\n')
    assert.equal(await podman()('a.example'), { username: 'u', password: 'last for a.example' })
    await home.write('.config/containers/registries.conf.d/60.conf', '[x]\ncredential-helpers = ["first"]\n')
    assert.equal(await podman()('a.example'), { username: 'u', password: 'last for a.example' })
    await home.write('.config/containers/registries.conf.d/70.conf', 'credential-helpers = ["../evil"]\n')
    assert.is(await podman()('a.example').catch(({ code }) => code), 'unauthorized')
  }))

test.run()
