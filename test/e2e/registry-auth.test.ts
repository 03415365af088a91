/** The distribution registry with nobody at the door, with Basic, and with tokens. */
import { randomUUID } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseDigest } from '../../src/core/digest.ts'
import { serializeLockfile } from '../../src/core/lockfile.ts'
import { parsePlatform } from '../../src/core/platform.ts'
import { createResolver } from '../../src/registry/resolve.ts'
import { reference } from '../registry/support.ts'
import { makeAuthority } from './support/authority.ts'
import { tryCommand } from './support/command.ts'
import { type Engine, startEngine } from './support/engines.ts'
import { seedImages } from './support/images.ts'
import type { Registry } from './support/registry.ts'
import { type Seeded, startSeeded } from './support/seeded.ts'
import { startTokenServer, type TokenServer } from './support/token-server.ts'

const username = 'robot'
const password = `pl4nted:${randomUUID()}`
const identityToken = `pl4nted-identity-${randomUUID()}`
const wrong = `pl4nted-wrong-${randomUUID()}`
const base64 = (text: string) => Buffer.from(text).toString('base64')
const login = (host: string, word: string) => ({ auths: { [host]: { auth: base64(`${username}:${word}`) } } })

interface Places extends Seeded<Name> {
  open: Registry
  basic: Registry
  bearer: Registry
  tokens: TokenServer
  engine: Engine
  secrets: () => readonly string[]
}

type Name = 'public/one:1' | 'public/two:1' | 'team/app:2' | 'team/single:3'

const LINUX = parsePlatform('linux/amd64')!

const auth = suite<Places>('registry auth')

auth('registries start', async places => {
  const seeded = await startSeeded(['public/one:1', 'public/two:1', 'team/app:2'])
  const single = await seedImages(seeded.registry, ['team/single:3'], { single: true, mediaTypes: 'docker' })
  Object.assign(places, seeded, { images: { ...seeded.images, ...single } })
  const authority = await makeAuthority(places.directory)
  const isPublic = (repository: string) => repository.startsWith('public/')
  places.tokens = await places.use(
    startTokenServer({ authority, username, password, identityToken, isPublic }),
  )
  places.open = await places.serve()
  places.basic = await places.serve({ users: { [username]: password }, realm: 'the team, "and" friends' })
  places.bearer = await places.serve({ auth: places.tokens.auth })
  const known = [password, identityToken, wrong]
  const inBasic = [password, wrong].map(word => base64(`${username}:${word}`))
  places.secrets = () => [...known, ...inBasic, ...places.tokens.tokens]
})

auth.after(places => places.stop?.())

auth(
  'anonymous: digests as pushed, for an index, a manifest and a digest; HEAD and GET once each',
  async ({ open, images }) => {
    const host = `127.0.0.1:${open.port}`
    const byDigest = `${host}/team/app@${images['team/app:2'].digest}`
    const all = Object.keys(images).map(name => `${host}/${name}`)
    const { code, report, dockerfile, lockfile, stderr } = await tryCommand({ images: [...all, byDigest] })
    assert.is(code, 0, stderr)
    const lines = Object.entries(images).map(([name, { digest }]) => `FROM ${host}/${name}@${digest}\n`)
    assert.is(dockerfile, `${lines.join('')}FROM ${byDigest}\n`)
    for (const [digest] of images['public/one:1'].manifests) assert.ok(lockfile.includes(digest), lockfile)
    assert.is(report.registryRequests, 0)
    const path = (name: string) => `/v2/${name.replace(':', '/manifests/')}`
    const asked = open.requests()
    for (const name of Object.keys(images))
      assert.is(count(asked, `HEAD ${path(name)} 200`), 1, asked.join('\n'))
    assert.is(count(asked, 'GET /v2/team/single/blobs/'), 1, asked.join('\n'))
    assert.is(asked.length, 9, asked.join('\n'))
  },
)

auth(
  'tags: 5,000 of them, also with a token for pulling',
  async ({ registry, open, bearer, images, secrets }) => {
    const { digest } = images['team/app:2']
    const folder = join(registry.storage, 'docker/registry/v2/repositories/team/app/_manifests/tags')
    const tags = Array.from({ length: 5000 }, (_, number) => `3.${String(number).padStart(4, '0')}`)
    for (const tag of tags) {
      mkdirSync(join(folder, tag, 'current'), { recursive: true })
      writeFileSync(join(folder, tag, 'current/link'), digest)
    }
    const all = ['2', ...tags].sort()
    for (const { port } of [open, bearer]) {
      const address = `127.0.0.1:${port}`
      const auths = JSON.stringify(login(address, password))
      const { signal } = new AbortController()
      const resolver = createResolver({ env: { HOME: '/nonexistent', DOCKER_AUTH_CONFIG: auths }, signal })
      try {
        const listed = await resolver.tags(reference(`${address}/team/app:2`))
        assert.equal([...listed].sort(), all)
        const { configs } = await resolver.describe(reference(`${address}/team/app:3.4999`), [LINUX])
        assert.equal(Object.keys(configs), ['linux/amd64'])
      } finally {
        await resolver.close()
      }
    }
    const lists = open.requests().filter(line => line.includes('/tags/list'))
    console.log(`  this registry sent 5,001 tags in ${lists.length} pages`)
    assert.ok(lists.length >= 1)
    for (const secret of secrets()) assert.not.ok(open.logs().includes(secret))
  },
)

auth('check --registry: a digest that is gone, and one that is there', async ({ open, images }) => {
  const host = `127.0.0.1:${open.port}`
  const gone = parseDigest(`sha256:${'0'.repeat(64)}`)!
  const there = parseDigest(images['public/one:1'].digest)!
  const lockfile = serializeLockfile(
    new Map([
      [`${host}/public/one:1`, { digest: there }],
      [`${host}/public/two:1`, { digest: gone }],
    ]),
  )
  const { code, report, stdout } = await tryCommand({
    images: [`${host}/public/one:1@${there}`, `${host}/public/two:1@${gone}`],
    files: { 'docker-images.lock': lockfile },
    args: ['check', '--registry'],
  })
  assert.is(code, 1, stdout)
  assert.equal(
    report.findings?.map(one => one.code),
    ['gone'],
  )
  assert.match(stdout, /Dockerfile:2:6 {2}gone {2}.*public\/two:1 is locked to sha256:000000000000/)
  assert.match(stdout, /moved {2}.*public\/two:1/)
})

auth('anonymous: a tag that is not there', async ({ open }) => {
  const image = `127.0.0.1:${open.port}/team/app:none`
  const { code, report, stdout, dockerfile, lockfile } = await tryCommand({ images: [image] })
  assert.is(code, 1)
  assert.match(stdout, /has no such image/)
  assert.is(report.findings?.[0]?.cause, 'not-found')
  assert.is(dockerfile, `FROM ${image}\n`)
  assert.is(lockfile, '')
})

auth('Basic: the right password', async ({ basic, images, secrets }) => {
  const host = `127.0.0.1:${basic.port}`
  const { code, dockerfile, stderr } = await tryCommand({
    images: [`${host}/team/app:2`, `${host}/public/one:1`],
    config: login(host, password),
    secrets,
  })
  assert.is(code, 0, stderr)
  const [app, one] = [images['team/app:2'].digest, images['public/one:1'].digest]
  assert.is(dockerfile, `FROM ${host}/team/app:2@${app}\nFROM ${host}/public/one:1@${one}\n`)
})

for (const [whose, config] of [
  ['a wrong password', (host: string) => login(host, wrong)],
  ['none', () => ({})],
  ['those of another host', () => login('registry.example', password)],
] as const)
  auth(`Basic: ${whose} does not open it`, async ({ basic, secrets }) => {
    const host = `127.0.0.1:${basic.port}`
    const image = `${host}/team/app:2`
    const given = config(host)
    const { code, stdout, dockerfile, report } = await tryCommand({ images: [image], config: given, secrets })
    assert.is(code, 1)
    assert.is(report.findings?.[0]?.cause, 'unauthorized')
    assert.match(stdout, `docker login ${host}`)
    assert.is(dockerfile, `FROM ${image}\n`)
  })

auth('tokens: for everybody, one for each repository', async ({ bearer, tokens, images }) => {
  const host = `127.0.0.1:${bearer.port}`
  const before = tokens.requests.length
  const wanted = ['public/one:1', 'public/two:1'] as const
  const { code, dockerfile, stderr } = await tryCommand({ images: wanted.map(name => `${host}/${name}`) })
  assert.is(code, 0, stderr)
  assert.is(dockerfile, wanted.map(name => `FROM ${host}/${name}@${images[name].digest}\n`).join(''))
  assert.equal(tokens.requests.slice(before).sort(), [
    'GET repository:public/one:pull - 200',
    'GET repository:public/two:pull - 200',
  ])
})

for (const [how, entry, method] of [
  ['a password', { auth: base64(`${username}:${password}`) }, 'GET'],
  ['an identity token', { auth: base64('<token>:'), identitytoken: identityToken }, 'POST'],
] as const)
  auth(`tokens: ${how} opens what is private`, async ({ bearer, tokens, images, secrets }) => {
    const host = `127.0.0.1:${bearer.port}`
    const before = tokens.requests.length
    const { code, dockerfile, stderr } = await tryCommand({
      images: [`${host}/team/app:2`, `${host}/team/single:3`],
      config: { auths: { [host]: entry } },
      secrets,
    })
    assert.is(code, 0, stderr)
    assert.match(dockerfile, `${host}/team/app:2@${images['team/app:2'].digest}\n`)
    assert.match(dockerfile, `${host}/team/single:3@${images['team/single:3'].digest}\n`)
    assert.equal(tokens.requests.slice(before).sort(), [
      `${method} repository:team/app:pull ${username} 200`,
      `${method} repository:team/single:pull ${username} 200`,
    ])
  })

auth('tokens: credentials of a helper program', async ({ bearer, directory, images, secrets }) => {
  const host = `127.0.0.1:${bearer.port}`
  const answer = JSON.stringify({ ServerURL: host, Username: username, Secret: password })
  writeFileSync(join(directory, 'docker-credential-e2e'), `#!/bin/sh\ncat >/dev/null; echo '${answer}'\n`, {
    mode: 0o755,
  })
  const { code, dockerfile, stderr } = await tryCommand({
    images: [`${host}/team/app:2`],
    config: { credHelpers: { [host]: 'e2e' } },
    env: { PATH: `${directory}:${process.env.PATH}` },
    secrets,
  })
  assert.is(code, 0, stderr)
  assert.match(dockerfile, images['team/app:2'].digest)
})

for (const [whose, config, says] of [
  ['wrong ones', (host: string) => login(host, wrong), /refused the credentials that are stored/],
  ['none', () => ({}), /does not let us pull|denies access/],
] as const)
  auth(`tokens: ${whose} do not open what is private`, async ({ bearer, secrets }) => {
    const host = `127.0.0.1:${bearer.port}`
    const image = `${host}/team/app:2`
    const { code, stdout, dockerfile, report } = await tryCommand({
      images: [image],
      config: config(host),
      secrets,
    })
    assert.is(code, 1)
    assert.match(stdout, says)
    assert.match(stdout, `docker login ${host}`)
    assert.is(report.findings?.[0]?.cause, 'unauthorized')
    assert.is(dockerfile, `FROM ${image}\n`)
  })

auth('what opens a registry for us opens it for the engine that pulls', async places => {
  const { basic, bearer, images, secrets } = places
  places.engine = await places.use(startEngine('docker-28-containerd'))
  const hosts = [basic, bearer].map(({ port }) => `127.0.0.1:${port}`)
  const { code, stdout, stderr } = await tryCommand({
    images: hosts.map(host => `${host}/team/app:2`),
    args: [],
    config: { auths: Object.assign({}, ...hosts.map(host => login(host, password).auths)) as object },
    env: { DOCKER_HOST: places.engine.host },
    secrets,
  })
  assert.is(code, 0, stdout + stderr)
  for (const host of hosts) {
    const stored = await places.engine.api({ path: `/images/${host}/team/app:2/json` })
    assert.is((JSON.parse(stored.text) as { readonly Id: string }).Id, images['team/app:2'].digest)
  }
})

function count(lines: readonly string[], start: string): number {
  return lines.filter(line => line.startsWith(start)).length
}

auth.run()
