import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createEndpoints } from '../../../src/registry/endpoints/endpoints.ts'
import { HttpFailure } from '../../../src/registry/transport/failure.ts'
import { createHttp, type Http, type HttpRequest } from '../../../src/registry/transport/request.ts'
import { createTransport } from '../../../src/registry/transport/transport.ts'
import { selfSignedCertificate } from '../../support/registry/index.ts'

const test = suite('registry/certificates')

const server = selfSignedCertificate()
const client = selfSignedCertificate()

interface Place {
  readonly directory: string
  readonly host: string
  /** For each request that was answered, whether the client showed a certificate that the server knows. */
  readonly known: boolean[]
  write(name: string, text: string): Promise<void>
  http(env?: Record<string, string>): Http
  request(more?: Partial<HttpRequest>): HttpRequest
}

/** An https server that asks for a client certificate without insisting, and an empty directory of certificates. */
async function withPlace(test: (place: Place) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'dock-lock-certificates-'))
  const known: boolean[] = []
  const options = { ...server, requestCert: true, rejectUnauthorized: false, ca: client.cert }
  const listener = createServer(options, (request, response) => {
    known.push((request.socket as TLSSocket).authorized)
    const { searchParams } = new URL(request.url ?? '/', 'https://x')
    const location = searchParams.get('to')
    if (location !== null) response.writeHead(307, { location })
    response.end()
  })
  const host = `127.0.0.1:${await listen(listener)}`
  const https: Http[] = []
  const { signal } = new AbortController()
  try {
    await test({
      directory,
      host,
      known,
      async write(name, text) {
        await mkdir(join(directory, host), { recursive: true })
        await writeFile(join(directory, host, name), text)
      },
      http(env = {}) {
        const all = { SSL_CERT_FILE: join(directory, 'none'), ...env }
        const http = createHttp({ env: all, signal, certificateDirectories: [directory] })
        https.push(http)
        return http
      },
      request: more => ({
        method: 'GET',
        url: new URL(`https://${host}/v2/`),
        headers: {},
        verifyTls: true,
        signal,
        ...more,
      }),
    })
  } finally {
    await Promise.all(https.map(http => http.close()))
    listener.closeAllConnections()
    listener.close()
    await rm(directory, { recursive: true, force: true })
  }
}

async function listen(listener: Server): Promise<number> {
  await new Promise<void>(resolve => listener.listen(0, '127.0.0.1', resolve))
  return (listener.address() as AddressInfo).port
}

async function refused(asked: Promise<unknown>): Promise<HttpFailure> {
  const error = await asked.then(
    () => assert.unreachable('the connection stands'),
    (reason: unknown) => reason,
  )
  assert.instance(error, HttpFailure)
  assert.is((error as HttpFailure).kind, 'tls')
  return error as HttpFailure
}

test('an authority that is stored for the host is trusted for it, not for another', () =>
  withPlace(async ({ write, http, request, host }) => {
    const error = await refused(http().send(request()))
    assert.match(error.hint ?? '', `/etc/docker/certs.d/${host}/ca.crt`)
    await write('any-name.crt', server.cert)
    assert.is((await http().send(request())).status, 200)
    await refused(http().send(request({ certificatesOf: ['other.example'] })))
    assert.is((await http().send(request({ certificatesOf: ['x.example', host] }))).status, 200)
  }))

test('the authorities of the system and of NODE_EXTRA_CA_CERTS stay trusted beside those of the host', () =>
  withPlace(async ({ directory, write, http, request }) => {
    const file = join(directory, 'bundle.pem')
    await writeFile(file, server.cert)
    const plain = http({ SSL_CERT_FILE: file })
    assert.is((await plain.send(request())).status, 200)
    // Once without them, and from then on with them.
    assert.is((await plain.send(request())).status, 200)
    assert.is(plain.requests, 3)
    await write('ca.crt', client.cert)
    assert.is((await http({ SSL_CERT_FILE: file }).send(request())).status, 200)
    assert.is((await http({ NODE_EXTRA_CA_CERTS: file }).send(request())).status, 200)
    await refused(http().send(request()))
  }))

test('a client certificate is shown to the registry, and not where it redirects to', () =>
  withPlace(async ({ write, http, request, host, known }) => {
    await write('ca.crt', server.cert)
    await write('client.cert', client.cert)
    await write('client.key', client.key)
    await http().send(request())
    await http().send(request({ verifyTls: false }))
    assert.equal(known.splice(0), [true, true])

    // The same server by another name: another host, as far as a client can tell.
    const other = host.replace('127.0.0.1', 'localhost')
    const url = new URL(`https://${host}/v2/?to=${encodeURIComponent(`https://${other}/blob`)}`)
    await createTransport(http(), createEndpoints({}))(request({ url, certificatesOf: [host] }))
    assert.equal(known, [true, false])
  }))

test('what cannot be used is told when the connection fails, and only then', () =>
  withPlace(async ({ directory, write, http, request, host }) => {
    await mkdir(join(directory, host, 'ca.crt'), { recursive: true })
    const unreadable = await refused(http().send(request()))
    assert.match(unreadable.hint ?? '', `${join(directory, host, 'ca.crt')} cannot be read (EISDIR)`)
    await write('good.crt', server.cert)
    assert.is((await http().send(request())).status, 200)
    await rm(join(directory, host), { recursive: true })

    await write('client.cert', client.cert)
    const missing = await refused(http().send(request()))
    assert.match(missing.hint ?? '', `${join(directory, host, 'client.key')} is missing`)
    await write('client.key', 'pl4nted')
    const broken = await refused(http().send(request()))
    assert.match(broken.hint ?? '', `${host} cannot be used`)
    assert.not.match(String(broken.hint), 'pl4nted')
  }))

test('of two client certificates the first is shown, which is told when the connection fails', () =>
  withPlace(async ({ write, http, request, host }) => {
    await write('ca.crt', server.cert)
    for (const name of ['a', 'b']) {
      await write(`${name}.cert`, client.cert)
      await write(`${name}.key`, client.key)
    }
    assert.is((await http().send(request())).status, 200)
    await write('ca.crt', client.cert)
    const failed = await refused(http().send(request()))
    assert.match(
      failed.hint ?? '',
      `there are several client certificates for ${host}, and only the first is used`,
    )
  }))

test.run()
