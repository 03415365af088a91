/** The distribution registry as a mirror that pulls through, named by the project's config and by a real engine. */
import { randomUUID } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { tryCommand } from './support/command.ts'
import { type Engine, startEngine } from './support/engines.ts'
import { type Registry, type RegistryOptions, startRegistry } from './support/registry.ts'
import { type Seeded, startSeeded } from './support/seeded.ts'

const password = `pl4nted-${randomUUID()}`
const login = Buffer.from(`robot:${password}`).toString('base64')
const secrets = () => [password, login]

interface Places extends Seeded {
  mirror: Registry
  /** Opens only with a password. */
  closed: Registry
  /** Holds nothing. */
  empty: Registry
  engine: Engine
  digest: string
}

const mirrors = suite<Places>('registry mirror')

mirrors('registries start', async places => {
  const seeded = await startSeeded(['library/alpine:3.23'])
  Object.assign(places, seeded)
  places.digest = seeded.images['library/alpine:3.23'].digest
  const mirrorOf = `http://${seeded.registry.address}`
  const start = (options: RegistryOptions = {}) => places.use(startRegistry(options))
  places.mirror = await start({ mirrorOf })
  places.closed = await start({ mirrorOf, users: { robot: password } })
  places.empty = await start()
})

mirrors.after(places => places.stop?.())

/** The config that names these as mirrors, by their ports. */
const mirrorsOf = (registry: string, ...ports: readonly number[]) => ({
  '.dock-lock.yaml': `registries:\n  ${registry}:\n    mirrors:\n${ports.map(port => `      - http://127.0.0.1:${port}\n`).join('')}`,
})

mirrors('Docker Hub through the mirror of the config', async ({ mirror, registry, digest }) => {
  const { code, dockerfile, stderr } = await tryCommand({
    images: ['alpine:3.23'],
    files: mirrorsOf('docker.io', mirror.port),
  })
  assert.is(code, 0, stderr)
  assert.is(dockerfile, `FROM alpine:3.23@${digest}\n`)
  assert.ok(mirror.requests().includes('HEAD /v2/library/alpine/manifests/3.23?ns=docker.io 200'))
  assert.ok(registry.requests().includes('HEAD /v2/library/alpine/manifests/3.23 200'))
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

mirrors('what no mirror has, the registry itself does', async ({ empty, registry, digest }) => {
  const image = `127.0.0.1:${registry.port}/library/alpine:3.23`
  const { code, dockerfile, stderr } = await tryCommand({
    images: [image],
    files: mirrorsOf(`127.0.0.1:${registry.port}`, empty.port),
  })
  assert.is(code, 0, stderr)
  assert.is(dockerfile, `FROM ${image}@${digest}\n`)
  const asked = `HEAD /v2/library/alpine/manifests/3.23?ns=127.0.0.1%3A${registry.port} 404`
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
  places.engine = await places.use(
    startEngine('docker-28-containerd', {
      registryMirrors: [`http://127.0.0.1:${mirror.port}`],
    }),
  )
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

mirrors('a mirror says what it knows when what it mirrors is gone', async ({ mirror, registry, digest }) => {
  await registry.stop()
  const { code, dockerfile, stderr } = await tryCommand({
    images: ['alpine:3.23'],
    files: mirrorsOf('docker.io', mirror.port),
  })
  assert.is(code, 0, stderr)
  assert.is(dockerfile, `FROM alpine:3.23@${digest}\n`)
})

mirrors.run()
