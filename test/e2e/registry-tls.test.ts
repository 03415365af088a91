/** The distribution registry behind TLS that nobody else trusts, and that wants to know who comes. */
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Authority, type Certified, makeAuthority } from './support/authority.ts'
import { tryCommand } from './support/command.ts'
import { exampleHost } from './support/daemon.ts'
import type { Registry } from './support/registry.ts'
import { type Seeded, startSeeded } from './support/seeded.ts'

const password = `pl4nted-${randomUUID()}`
const login = Buffer.from(`robot:${password}`).toString('base64')
const secrets = () => [password, login]

interface Places extends Seeded {
  authority: Authority
  client: Certified
  stranger: Certified
  /** Shows a certificate for its name; the others one for another name, and one only to clients that have their own. */
  named: Registry
  misnamed: Registry
  mutual: Registry
  plain: Registry
  digest: string
}

const tls = suite<Places>('registry tls')

tls('registries start', async places => {
  const seeded = await startSeeded(['team/app:2'])
  Object.assign(places, seeded)
  places.digest = seeded.images['team/app:2'].digest
  places.authority = await makeAuthority(places.directory)
  places.client = await places.authority.issue()
  places.stranger = await (await makeAuthority(places.directory)).issue()
  const named = await places.authority.issue(`DNS:${exampleHost}`)
  const misnamed = await places.authority.issue('DNS:other.example')
  const clientcas = [places.authority.certificate]
  places.named = await places.serve({ tls: named })
  places.misnamed = await places.serve({ tls: misnamed })
  places.mutual = await places.serve({ tls: { ...named, clientcas } })
  places.plain = await places.serve()
})

tls.after(places => places.stop?.())

const imageOn = ({ port }: Registry) => `${exampleHost}:${port}/team/app:2`
const configFor = ({ port }: Registry) => ({ auths: { [`${exampleHost}:${port}`]: { auth: login } } })
const insecure = ({ port }: Registry) => ({
  '.dock-lock.yaml': `registries:\n  ${exampleHost}:${port}:\n    insecure: true\n`,
})

tls('an authority of NODE_EXTRA_CA_CERTS is trusted', async ({ named, authority, digest }) => {
  const env = { NODE_EXTRA_CA_CERTS: authority.certificate }
  const { code, dockerfile, stderr } = await tryCommand({ images: [imageOn(named)], env })
  assert.is(code, 0, stderr)
  assert.is(dockerfile, `FROM ${imageOn(named)}@${digest}\n`)
})

tls(
  'an authority in certs.d is trusted for the registry that it is stored for',
  async ({ named, authority, digest }) => {
    const ca = readFileSync(authority.certificate)
    const certificates = { [`${exampleHost}:${named.port}/ca.crt`]: ca }
    const { code, dockerfile, stderr } = await tryCommand({ images: [imageOn(named)], certificates })
    assert.is(code, 0, stderr)
    assert.is(dockerfile, `FROM ${imageOn(named)}@${digest}\n`)

    const elsewhere = { [`${exampleHost}:1/ca.crt`]: ca, 'other.example/ca.crt': ca }
    const other = await tryCommand({ images: [imageOn(named)], certificates: elsewhere })
    assert.is(other.code, 3, other.stdout + other.stderr)
  },
)

for (const [which, from] of [
  ['of an authority that nobody knows', 'named'],
  ['for another name', 'misnamed'],
] as const)
  tls(`a certificate ${which} is refused before a password is sent`, async places => {
    const registry = places[from]
    const { code, stdout, stderr, report, dockerfile } = await tryCommand({
      images: [imageOn(registry)],
      config: configFor(registry),
      env: from === 'misnamed' ? { NODE_EXTRA_CA_CERTS: places.authority.certificate } : {},
      secrets,
    })
    assert.is(code, 3, stdout + stderr)
    assert.match(stdout, `no TLS connection to ${exampleHost}:${registry.port}`)
    assert.match(stdout, from === 'named' ? 'NODE_EXTRA_CA_CERTS' : 'other.example')
    assert.is(report.findings?.[0]?.cause, 'unreachable')
    assert.is(dockerfile, `FROM ${imageOn(registry)}\n`)
    if (from === 'misnamed') assert.equal(registry.requests(), [])
  })

tls('a registry that is declared insecure needs no certificate that holds', async ({ misnamed, digest }) => {
  const { code, dockerfile, stderr } = await tryCommand({
    images: [imageOn(misnamed)],
    files: insecure(misnamed),
  })
  assert.is(code, 0, stderr)
  assert.is(dockerfile, `FROM ${imageOn(misnamed)}@${digest}\n`)
})

tls(
  'nothing is asked over plain http, unless the registry is declared insecure',
  async ({ plain, digest }) => {
    const images = [imageOn(plain)]
    const refused = await tryCommand({ images, config: configFor(plain), secrets })
    assert.is(refused.code, 3, refused.stdout + refused.stderr)
    assert.equal(plain.requests(), [])
    const { code, dockerfile, stderr } = await tryCommand({ images, files: insecure(plain) })
    assert.is(code, 0, stderr)
    assert.is(dockerfile, `FROM ${images[0]}@${digest}\n`)
  },
)

tls('a client certificate in certs.d is shown to the registry that it is stored for', async places => {
  const { mutual, authority, client, stranger, digest } = places
  const name = `${exampleHost}:${mutual.port}`
  const shown = ({ certificate, key }: Certified) => ({
    [`${name}/ca.crt`]: readFileSync(authority.certificate),
    [`${name}/client.cert`]: readFileSync(certificate),
    [`${name}/client.key`]: readFileSync(key),
  })
  const images = [imageOn(mutual)]
  const secrets = () =>
    [client, stranger].flatMap(({ key }) =>
      readFileSync(key, 'utf8')
        .split('\n')
        .filter(line => line.length > 20 && !line.startsWith('-')),
    )
  const { code, dockerfile, stderr } = await tryCommand({ images, certificates: shown(client), secrets })
  assert.is(code, 0, stderr)
  assert.is(dockerfile, `FROM ${images[0]}@${digest}\n`)

  for (const certificates of [shown(stranger), { [`${name}/ca.crt`]: readFileSync(authority.certificate) }]) {
    const refused = await tryCommand({ images, certificates, secrets })
    assert.is(refused.code, 3, refused.stdout + refused.stderr)
    assert.match(refused.stdout, name)
    assert.is(refused.dockerfile, `FROM ${images[0]}\n`)
  }
})

tls.run()
