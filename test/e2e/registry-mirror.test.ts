/** The distribution registry as a mirror that pulls through, named by the project's config and by a real engine. */
import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { tryCommand } from './support/command.ts'
import { type Distribution, startDistribution } from './support/distribution.ts'
import { type Engine, startEngine } from './support/engines.ts'
import { htpasswd } from './support/htpasswd.ts'
import { seedImages } from './support/images.ts'
import { type Registry, startRegistry } from './support/registry.ts'
import { makeScratch, removeScratch } from './support/scratch.ts'

const password = `pl4nted-${randomUUID()}`
const login = Buffer.from(`robot:${password}`).toString('base64')
const secrets = () => [password, login]

interface Places {
  directory: string
  source: Registry
  upstream: Distribution
  mirror: Distribution
  /** Opens only with a password. */
  closed: Distribution
  /** Holds nothing. */
  empty: Distribution
  engine: Engine
  digest: string
}

const mirrors = suite<Places>('registry mirror')

mirrors('registries start', async places => {
  places.directory = makeScratch('mirror')
  places.source = await startRegistry()
  const { 'library/alpine:3.23': alpine } = await seedImages(places.source, ['library/alpine:3.23'])
  places.digest = alpine.digest
  const path = join(places.directory, 'htpasswd')
  writeFileSync(path, htpasswd('robot', password))
  places.upstream = await startDistribution({ storage: places.source.storage })
  const mirrorOf = `http://127.0.0.1:${places.upstream.port}`
  places.mirror = await startDistribution({ mirrorOf })
  places.closed = await startDistribution({ mirrorOf, auth: { htpasswd: { realm: 'mirror', path } } })
  places.empty = await startDistribution()
})

mirrors.after(async ({ source, upstream, mirror, closed, empty, engine, directory }) => {
  await Promise.all([engine, source, upstream, mirror, closed, empty].map(each => each?.stop()))
  if (directory !== undefined) removeScratch(directory)
})

/** The config that names these as mirrors, by their ports. */
const mirrorsOf = (registry: string, ...ports: readonly number[]) => ({
  '.dock-lock.yaml': `registries:\n  ${registry}:\n    mirrors:\n${ports.map(port => `      - http://127.0.0.1:${port}\n`).join('')}`,
})

mirrors('Docker Hub through the mirror of the config', async ({ mirror, upstream, digest }) => {
  const { code, dockerfile, stderr } = await tryCommand({
    images: ['alpine:3.23'],
    files: mirrorsOf('docker.io', mirror.port),
  })
  assert.is(code, 0, stderr)
  assert.is(dockerfile, `FROM alpine:3.23@${digest}\n`)
  assert.ok(mirror.requests().includes('HEAD /v2/library/alpine/manifests/3.23?ns=docker.io 200'))
  assert.ok(upstream.requests().includes('HEAD /v2/library/alpine/manifests/3.23 200'))
})

mirrors('what the first mirror lacks or cannot say, the next one does', async ({ empty, mirror, digest }) => {
  const { code, dockerfile, stderr } = await tryCommand({
    images: ['alpine:3.23'],
    files: mirrorsOf('docker.io', 1, empty.port, mirror.port),
  })
  assert.is(code, 0, stderr)
  assert.is(dockerfile, `FROM alpine:3.23@${digest}\n`)
  assert.ok(empty.requests().includes('HEAD /v2/library/alpine/manifests/3.23?ns=docker.io 404'))
})

mirrors('what no mirror has, the registry itself does', async ({ empty, upstream, digest }) => {
  const image = `127.0.0.1:${upstream.port}/library/alpine:3.23`
  const { code, dockerfile, stderr } = await tryCommand({
    images: [image],
    files: mirrorsOf(`127.0.0.1:${upstream.port}`, empty.port),
  })
  assert.is(code, 0, stderr)
  assert.is(dockerfile, `FROM ${image}@${digest}\n`)
  const asked = `HEAD /v2/library/alpine/manifests/3.23?ns=127.0.0.1%3A${upstream.port} 404`
  assert.ok(empty.requests().includes(asked), empty.requests().join('\n'))
})

mirrors(
  'a mirror gets the credentials that are stored for it, and not those of what it mirrors',
  async ({ closed, digest }) => {
    const files = mirrorsOf('docker.io', closed.port)
    const config = { auths: { [`127.0.0.1:${closed.port}`]: { auth: login } } }
    const opened = await tryCommand({ images: ['alpine:3.23'], files, config, secrets })
    assert.is(opened.code, 0, opened.stderr)
    assert.is(opened.dockerfile, `FROM alpine:3.23@${digest}\n`)

    const ofHub = { auths: { 'https://index.docker.io/v1/': { auth: login } } }
    const refused = await tryCommand({ images: ['alpine:3.23'], files, config: ofHub, secrets })
    assert.is(refused.code, 3, refused.stdout + refused.stderr)
    assert.match(refused.stdout, `its mirror 127.0.0.1:${closed.port}: `)
    assert.match(refused.stdout, /registry-1\.docker\.io/)
    assert.is(refused.dockerfile, 'FROM alpine:3.23\n')
  },
)

mirrors('Docker Hub through the mirror of an engine, which pulls from there too', async places => {
  const { mirror, digest } = places
  places.engine = await startEngine('docker-28-containerd', {
    registryMirrors: [`http://127.0.0.1:${mirror.port}`],
  })
  const tried = await tryCommand({
    images: ['alpine:3.23'],
    args: [],
    env: { DOCKER_HOST: places.engine.host },
  })
  assert.is(tried.code, 0, tried.stdout + tried.stderr)
  assert.is(tried.dockerfile, `FROM alpine:3.23@${digest}\n`)
  const stored = await places.engine.api({ path: '/images/alpine:3.23/json' })
  assert.is((JSON.parse(stored.text) as { readonly Id: string }).Id, digest)
})

mirrors('a mirror says what it knows when what it mirrors is gone', async ({ mirror, upstream, digest }) => {
  await upstream.stop()
  const { code, dockerfile, stderr } = await tryCommand({
    images: ['alpine:3.23'],
    files: mirrorsOf('docker.io', mirror.port),
  })
  assert.is(code, 0, stderr)
  assert.is(dockerfile, `FROM alpine:3.23@${digest}\n`)
})

mirrors.run()
