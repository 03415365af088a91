/** The distribution registry where only a forward proxy leads to it. */
import { randomUUID } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Authority, makeAuthority } from './support/authority.ts'
import { tryCommand } from './support/command.ts'
import { exampleHost, hiddenHost } from './support/daemon.ts'
import { type ForwardProxy, startForwardProxy } from './support/proxy.ts'
import type { Registry } from './support/registry.ts'
import { type Seeded, startSeeded } from './support/seeded.ts'

const password = `pl4nted${randomUUID()}`
const wrong = `pl4ntedwrong${randomUUID()}`
const secrets = () => [
  password,
  wrong,
  ...[password, wrong].map(word => Buffer.from(`robot:${word}`).toString('base64')),
]

interface Places extends Seeded {
  authority: Authority
  plain: Registry
  tls: Registry
  proxy: ForwardProxy
  /** Lets nobody pass without a password. */
  closed: ForwardProxy
  digest: string
}

const proxies = suite<Places>('registry proxy')

proxies('registries and proxies start', async places => {
  const seeded = await startSeeded(['team/app:2'])
  Object.assign(places, seeded)
  places.digest = seeded.images['team/app:2'].digest
  places.authority = await makeAuthority(places.directory)
  places.plain = await places.serve()
  const certified = await places.authority.issue(`DNS:${exampleHost},DNS:${hiddenHost}`)
  places.tls = await places.serve({ tls: certified })
  places.proxy = await places.use(startForwardProxy())
  places.closed = await places.use(startForwardProxy({ username: 'robot', password }))
})

proxies.after(places => places.stop?.())

const insecure = (registry: string) => ({
  '.dock-lock.yaml': `registries:\n  ${registry}:\n    insecure: true\n`,
})

proxies('http: each request goes to the proxy', async ({ plain, proxy, digest }) => {
  const registry = `${hiddenHost}:${plain.port}`
  const { code, dockerfile, stderr } = await tryCommand({
    images: [`${registry}/team/app:2`],
    files: insecure(registry),
    env: { HTTP_PROXY: `http://${proxy.address}`, HTTPS_PROXY: `http://${proxy.address}` },
  })
  assert.is(code, 0, stderr)
  assert.is(dockerfile, `FROM ${registry}/team/app:2@${digest}\n`)
  assert.ok(
    proxy.requests().includes(`HEAD http://${registry}/v2/team/app/manifests/2`),
    proxy.requests().join('\n'),
  )
})

proxies(
  'https: a tunnel through the proxy, and a private authority at its end',
  async ({ tls, proxy, authority, digest }) => {
    const registry = `${hiddenHost}:${tls.port}`
    const images = [`${registry}/team/app:2`]
    const https_proxy = proxy.address
    const { code, dockerfile, stderr } = await tryCommand({
      images,
      env: { https_proxy, NODE_EXTRA_CA_CERTS: authority.certificate },
    })
    assert.is(code, 0, stderr)
    assert.is(dockerfile, `FROM ${images[0]}@${digest}\n`)
    assert.ok(proxy.requests().includes(`CONNECT ${registry}`), proxy.requests().join('\n'))

    const untrusted = await tryCommand({ images, env: { https_proxy } })
    assert.is(untrusted.code, 3, untrusted.stdout + untrusted.stderr)
    assert.match(untrusted.stdout, `no TLS connection to ${registry}`)
  },
)

proxies(
  'what NO_PROXY names, and loopback, is reached without',
  async ({ tls, plain, proxy, authority, digest }) => {
    const before = proxy.requests().length
    const images = [`${exampleHost}:${tls.port}/team/app:2`, `127.0.0.1:${plain.port}/team/app:2`]
    const { code, dockerfile, stderr } = await tryCommand({
      images,
      env: {
        HTTP_PROXY: `http://${proxy.address}`,
        HTTPS_PROXY: `http://${proxy.address}`,
        NO_PROXY: `other.example,.example`,
        NODE_EXTRA_CA_CERTS: authority.certificate,
      },
    })
    assert.is(code, 0, stderr)
    assert.is(dockerfile, images.map(image => `FROM ${image}@${digest}\n`).join(''))
    assert.equal(proxy.requests().slice(before), [])
  },
)

proxies(
  'a proxy with a password: for http and for tunnels',
  async ({ plain, tls, closed, authority, digest }) => {
    const proxy = `http://robot:${password}@${closed.address}`
    const images = [plain, tls].map(({ port }) => `${hiddenHost}:${port}/team/app:2`)
    const { code, dockerfile, stderr } = await tryCommand({
      images,
      files: insecure(`${hiddenHost}:${plain.port}`),
      env: { HTTP_PROXY: proxy, HTTPS_PROXY: proxy, NODE_EXTRA_CA_CERTS: authority.certificate },
      secrets,
    })
    assert.is(code, 0, stderr)
    assert.is(dockerfile, images.map(image => `FROM ${image}@${digest}\n`).join(''))
  },
)

for (const [whose, login, to] of [
  // To plain http tinyproxy answers a wrong password with 401, as if it were the registry.
  ['a wrong one', `robot:${wrong}@`, ['tls']],
  ['none', '', ['plain', 'tls']],
] as const)
  proxies(`a proxy with a password: ${whose} is refused in words`, async places => {
    const { plain, closed, authority } = places
    const proxy = `http://${login}${closed.address}`
    for (const name of to) {
      const { port } = places[name]
      const { code, stdout, stderr, dockerfile } = await tryCommand({
        images: [`${hiddenHost}:${port}/team/app:2`],
        files: insecure(`${hiddenHost}:${plain.port}`),
        env: { HTTP_PROXY: proxy, HTTPS_PROXY: proxy, NODE_EXTRA_CA_CERTS: authority.certificate },
        secrets,
      })
      assert.is(code, 3, stdout + stderr)
      assert.match(stdout, `the proxy ${closed.address} requires a valid user and password`)
      assert.match(stdout, /HTTPS?_PROXY/)
      assert.is(dockerfile, `FROM ${hiddenHost}:${port}/team/app:2\n`)
    }
  })

proxies('a proxy that is gone is named, and how to do without', async ({ tls }) => {
  const { code, stdout, stderr } = await tryCommand({
    images: [`${hiddenHost}:${tls.port}/team/app:2`],
    env: { HTTPS_PROXY: `http://robot:${password}@127.0.0.1:1` },
    secrets,
  })
  assert.is(code, 3, stdout + stderr)
  assert.match(stdout, 'the proxy 127.0.0.1:1 refused the connection')
  assert.match(stdout, 'HTTPS_PROXY')
  assert.match(stdout, 'NO_PROXY')
})

proxies.run()
