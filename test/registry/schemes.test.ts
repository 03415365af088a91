/** Registries that may be reached by http and by https, on one port. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type EmbeddedRegistry, selfSignedCertificate } from '../support/registry/index.ts'
import { base64, failure, reference, type resolverWith, withRegistries } from './support.ts'

const test = suite('registry/schemes')

type Traits = Parameters<typeof withRegistries>[0][number]

interface Port {
  /** On loopback, where http comes first. */
  readonly host: string
  /** The same by an address that is not taken for loopback. */
  readonly insecure: string
  readonly secure: EmbeddedRegistry
  readonly plain: EmbeddedRegistry
  /** From now on `meets` is told of each connection, which of its kind it is, and says whether it is reset. */
  meet(meets: Meets): void
}

type Meets = (isTls: boolean, count: number) => boolean | Promise<boolean>

const breakTls =
  (times: number): Meets =>
  (isTls, count) =>
    isTls && count <= times

/** Two registries behind one port: who begins with TLS gets to the one, who does not to the other. */
async function withPort(
  secureTraits: Traits,
  plainTraits: Traits,
  use: (port: Port, resolver: typeof resolverWith) => Promise<void>,
): Promise<void> {
  const tls = selfSignedCertificate()
  await withRegistries([{ ...secureTraits, tls }, plainTraits], async ([secure, plain], resolver) => {
    const open = new Set<Socket>()
    let meets: Meets = () => false
    const counts = { tls: 0, plain: 0 }
    const port = createServer(socket => {
      open.add(socket)
      socket.on('error', () => socket.destroy())
      socket.once('data', async data => {
        const isTls = data[0] === 0x16
        socket.pause()
        const count = isTls ? ++counts.tls : ++counts.plain
        if (await meets(isTls, count)) return socket.resetAndDestroy()
        const onward = connect(isTls ? secure!.port : plain!.port, '127.0.0.1')
        open.add(onward)
        onward.on('error', () => socket.destroy())
        onward.write(data)
        onward.pipe(socket).pipe(onward)
      })
    })
    await new Promise<void>(resolve => port.listen(0, '127.0.0.1', resolve))
    try {
      const { port: number } = port.address() as AddressInfo
      const meet = (next: Meets): void => {
        meets = next
        Object.assign(counts, { tls: 0, plain: 0 })
      }
      const hosts = { host: `127.0.0.1:${number}`, insecure: `0.0.0.0:${number}` }
      await use({ ...hosts, secure: secure!, plain: plain!, meet }, resolver)
    } finally {
      for (const each of open) each.destroy()
      await new Promise(resolve => port.close(resolve))
    }
  })
}

const none = (): boolean => false
const basic = { kind: 'basic', users: { user: 'pass' } } as const
const auths = (host: string) => ({ [host]: { auth: base64('user:pass') } })

test('what plain http refuses is not believed while https only broke for once', async () => {
  for (const status of [401, 404])
    await withPort({ answerAnything: true }, {}, async ({ insecure, plain, meet }, resolver) => {
      plain.fault({}, { kind: 'status', status })
      meet(breakTls(1))
      const shared = resolver({ insecureRegistries: [insecure] })
      await shared.resolve(reference(`${insecure}/o/i:1`), none)
    })
})

test('where https breaks for good, what plain http says is told', () =>
  withPort({}, {}, async ({ insecure, plain, meet }, resolver) => {
    plain.addImage('o/i', '1')
    meet(breakTls(Infinity))
    const shared = resolver({ insecureRegistries: [insecure] })
    await failure(shared.resolve(reference(`${insecure}/o/i:2`)), 'not-found')
    await shared.resolve(reference(`${insecure}/o/i:1`), none)
  }))

test('of two refusals that of https is told', () =>
  withPort({ auth: basic }, {}, async ({ insecure, meet }, resolver) => {
    meet(breakTls(1))
    const shared = resolver({ insecureRegistries: [insecure] })
    await failure(shared.resolve(reference(`${insecure}/o/i:1`)), 'unauthorized')
  }))

test('plain http that leads to https of the same host gives way to it, which is asked with credentials', () =>
  withPort({ answerAnything: true, auth: basic }, {}, async ({ host, insecure, plain, meet }, resolver) => {
    plain.fault({}, { kind: 'redirect', to: `https://${host}` })
    const loopback = resolver({ auths: auths(host) })
    await loopback.resolve(reference(`${host}/o/i:1`), none)
    const { length } = plain.requests
    await loopback.resolve(reference(`${host}/o/i:2`), none)
    assert.is(plain.requests.length, length)

    plain.clearFaults()
    plain.fault({}, { kind: 'redirect', to: `https://${insecure}` })
    meet(breakTls(1))
    const shared = resolver({ insecureRegistries: [insecure], auths: auths(insecure) })
    await shared.resolve(reference(`${insecure}/o/i:1`), none)
  }))

test('two images that find the one and the other scheme right leave a third something to ask', () =>
  withPort({ answerAnything: true }, { answerAnything: true }, async ({ insecure, meet }, resolver) => {
    const shared = resolver({ insecureRegistries: [insecure] })
    const one = shared.resolve(reference(`${insecure}/o/one:1`))
    // For the first https breaks and http will do; for the second both break, and https will do, which is asked before that.
    let again = (): void => undefined
    const askedAgain = new Promise<void>(resolve => {
      again = resolve
    })
    meet(async (isTls, count) => {
      if (isTls && count <= 2) return true
      if (isTls) again()
      else if (count === 2) return true
      await (isTls ? one : askedAgain)
      return false
    })
    await Promise.all([one, shared.resolve(reference(`${insecure}/o/two:1`))])
    await shared.resolve(reference(`${insecure}/o/three:1`))
  }))

test.run()
