/** What the errors of Node and undici are to people, and to whoever asks the same host next. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createEndpoints } from '../../../src/registry/endpoints/endpoints.ts'
import { HttpFailure, proxyError, toFailure } from '../../../src/registry/transport/failure.ts'
import type { Http } from '../../../src/registry/transport/request.ts'
import { createTransport } from '../../../src/registry/transport/transport.ts'

const test = suite('registry/failure')

const TIMES = { connectTimeout: 10_000, responseTimeout: 30_000, bodyTimeout: 30_000, conceal: String }
const withCode = (code: string): Error => Object.assign(new Error(`getaddrinfo ${code}`), { code })

/** By code: what is said of the host or proxy X, and how often it is tried before the host is down. */
const CODES = [
  ['ENOTFOUND', 'the name of X cannot be looked up (ENOTFOUND)', 3],
  ['EAI_AGAIN', 'the name of X cannot be looked up (EAI_AGAIN)', 3],
  ['ETIMEDOUT', 'X cannot be reached (ETIMEDOUT)', 1],
  ['EHOSTUNREACH', 'X cannot be reached (EHOSTUNREACH)', 1],
  ['ENETUNREACH', 'X cannot be reached (ENETUNREACH)', 1],
  ['ECONNREFUSED', 'X refused the connection', 3],
  ['UND_ERR_CONNECT_TIMEOUT', 'no connection to X within 10 s', 1],
] as const

for (const [code, words, attempts] of CODES) {
  const url = new URL('https://r.example/v2/')
  const failed = (proxy?: string, error: Error = withCode(code)): HttpFailure =>
    toFailure(error, url, { ...TIMES, proxy })

  test(`${code} is said of the host, or of the proxy that it befell`, () => {
    assert.is(failed().message, words.replace('X', 'r.example'))
    assert.is(failed().hint, undefined)
    const proxied = failed('http://me:pl4nted@proxy.example:3128', proxyError(withCode(code)))
    assert.is(proxied.message, words.replace('X', 'the proxy proxy.example:3128'))
    assert.match(proxied.hint ?? '', 'HTTPS_PROXY')
    assert.not.match(`${proxied.message} ${proxied.hint}`, 'pl4nted')
    // On the way to a SOCKS proxy nothing else is connected with.
    const socks = failed('socks5://proxy.example:1080')
    assert.is(socks.message, words.replace('X', 'the proxy proxy.example:1080'))
  })

  test(`${code} is met once for all who ask the host`, async () => {
    let sent = 0
    const http: Http = {
      requests: 0,
      close: async () => undefined,
      async send() {
        sent += 1
        throw failed()
      },
    }
    const exchange = createTransport(http, createEndpoints({}))
    const { signal } = new AbortController()
    const request = { method: 'GET', url, headers: {}, verifyTls: true, signal } as const
    for (let asker = 0; asker < 3; asker++) {
      const error = await exchange(request).catch((reason: unknown) => reason)
      assert.instance(error, HttpFailure)
      assert.is((error as HttpFailure).message, failed().message)
    }
    assert.is(sent, attempts)
  })
}

test('a connection that breaks may have broken for what is amiss with certificates', () => {
  const url = new URL('https://r.example')
  const broken = toFailure(
    withCode('ECONNRESET'),
    url,
    { ...TIMES, proxy: undefined },
    'client.key is missing',
  )
  assert.is(broken.kind, 'broken')
  assert.is(broken.hint, 'client.key is missing')
})

test('of several addresses the first that failed speaks', () => {
  const error = new AggregateError([withCode('ECONNREFUSED'), withCode('ENETUNREACH')])
  const failure = toFailure(error, new URL('https://r.example'), { ...TIMES, proxy: undefined })
  assert.is(failure.message, 'r.example refused the connection')
})

for (const [code, said] of [
  ['EPROTO', 'C0:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../deps/x.c:355:\n'],
  [
    'ERR_SSL_PACKET_LENGTH_TOO_LONG',
    'C0:error:0A0000C6:SSL routines:tls_get_more_records:packet length too long:x\n',
  ],
] as const)
  test(`a registry that answers without TLS is described in words, not those of OpenSSL: ${code}`, () => {
    const failure = toFailure(Object.assign(new Error(said), { code }), new URL('https://r.example:5000'), {
      ...TIMES,
      proxy: undefined,
    })
    assert.is(failure.kind, 'tls')
    assert.is(failure.message, 'no TLS connection to r.example:5000: it answers without TLS')
    assert.match(failure.hint ?? '', 'If r.example:5000 has no TLS, declare it insecure in ')
  })

test.run()
