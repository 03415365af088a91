import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { AuthResult } from '../../../src/registry/auth/credential-gate.ts'
import { createTokenRequests, type Token } from '../../../src/registry/auth/token.ts'
import type { TransportRequest } from '../../../src/registry/transport/transport.ts'
import { base64, failure } from '../support.ts'

const test = suite('registry/auth/token')

interface Answer {
  readonly status: number
  readonly body?: string
}

/** Requests one token from a service that gives these answers, in this order. Returns what was sent, too. */
async function request(
  answers: readonly Answer[],
  credentials?: { readonly identityToken: string },
): Promise<{ readonly result: Promise<AuthResult<Token>>; readonly sent: readonly TransportRequest[] }> {
  const sent: TransportRequest[] = []
  const requestToken = createTokenRequests(
    async each => {
      sent.push(each)
      const { status, body = '{"token":"t"}' } = answers[sent.length - 1] ?? { status: 418 }
      return { status, headers: {}, body: Buffer.from(body), url: each.url }
    },
    text => text,
  )
  const result = requestToken(
    {
      realm: new URL('https://auth.example/token'),
      service: 's',
      scope: 'repository:o/i:pull',
      credentials,
      registry: 'r.example',
      serviceName: 'auth.example',
    },
    { verifyTls: true, signal: new AbortController().signal },
  )
  await result.catch(() => undefined)
  return { result, sent }
}

test('the token is found in any letter case, with or without a byte order mark', async () => {
  for (const body of [
    '{"Token":"t"}',
    '{"ACCESS_TOKEN":"t"}',
    '{"Access_Token":"t","Expires_In":300}',
    '\ufeff{"token":"t"}',
  ]) {
    const { result } = await request([{ status: 200, body }])
    const token = await result
    assert.ok('value' in token, body)
    assert.is(token.value.text, 't')
    assert.is(token.value.lifetime, body.includes('300') ? 290 : 54)
  }
})

test('an identity token is sent by GET with Basic if the service answers POST with 404', async () => {
  const { result, sent } = await request([{ status: 404 }, { status: 200 }], { identityToken: 'pl4nted' })
  assert.ok('value' in (await result))
  assert.equal(
    sent.map(({ method, url, authorization }) => [method, url.href, authorization]),
    [
      ['POST', 'https://auth.example/token', undefined],
      [
        'GET',
        'https://auth.example/token?service=s&scope=repository%3Ao%2Fi%3Apull',
        `Basic ${base64(':pl4nted')}`,
      ],
    ],
  )
})

test('any other answer to POST is final, and so is what GET answers then', async () => {
  for (const status of [400, 401]) {
    const { result, sent } = await request([{ status }], { identityToken: 'pl4nted' })
    assert.ok('rejection' in (await result))
    assert.is(sent.length, 1)
  }
  const refused = await request([{ status: 404 }, { status: 401 }], { identityToken: 'pl4nted' })
  assert.ok('rejection' in (await refused.result))
  assert.is(refused.sent.length, 2)
  const unknown = await request([{ status: 404 }, { status: 404 }], { identityToken: 'pl4nted' })
  await failure(unknown.result, 'denied', { says: ['404'], secrets: ['pl4nted'] })
  assert.is(unknown.sent.length, 2)
})

test.run()
