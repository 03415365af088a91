import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Answer, ask, errorOf } from './ask.ts'
import type { AuthOptions } from './auth.ts'
import { type EmbeddedRegistry, startRegistry } from './server.ts'

const test = suite('embedded registry: auth')

const users = { me: 'pass:word' }
const me = basic('me', 'pass:word')
const alpine = 'repository:library/alpine:pull'

function basic(name: string, password: string): string {
  return `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`
}

async function withRegistry(
  auth: AuthOptions,
  run: (registry: EmbeddedRegistry) => Promise<void>,
  now?: () => number,
): Promise<void> {
  const registry = await startRegistry({ auth, ...(now ? { now } : {}) })
  registry.addImage('library/alpine', '3.23')
  registry.addImage('secret/thing', '1')
  try {
    await run(registry)
  } finally {
    await registry.close()
  }
}

function pull(
  registry: EmbeddedRegistry,
  authorization?: string,
  path = 'library/alpine/manifests/3.23',
): Promise<Answer> {
  return ask(`${registry.url}/v2/${path}`, authorization === undefined ? {} : { headers: { authorization } })
}

function getToken(registry: EmbeddedRegistry, scopes: string[], authorization?: string): Promise<Answer> {
  const query = new URLSearchParams({ service: registry.host })
  for (const scope of scopes) query.append('scope', scope)
  return ask(
    `${registry.tokenUrl}?${query}`,
    authorization === undefined ? {} : { headers: { authorization } },
  )
}

function postToken(registry: EmbeddedRegistry, fields: Record<string, string>): Promise<Answer> {
  const body = new URLSearchParams({ client_id: 'test', service: registry.host, scope: alpine, ...fields })
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  return ask(registry.tokenUrl, { method: 'POST', headers, body: body.toString() })
}

interface TokenBody {
  token?: string
  access_token: string
  refresh_token?: string
  expires_in: number
}

function tokenOf(answer: Answer): TokenBody {
  assert.is(answer.status, 200)
  return JSON.parse(answer.body.toString()) as TokenBody
}

test('basic: the right password and no other', () =>
  withRegistry({ kind: 'basic', users }, async registry => {
    for (const authorization of [
      undefined,
      basic('me', 'wrong'),
      basic('you', 'pass:word'),
      'Basic ',
      'Bearer x',
    ]) {
      const answer = await pull(registry, authorization)
      assert.is(answer.status, 401)
      assert.is(answer.headers['www-authenticate'], `Basic realm="${registry.host}"`)
      assert.is(errorOf(answer).code, 'UNAUTHORIZED')
    }
    assert.is((await pull(registry, me)).status, 200)
    assert.is((await pull(registry, me, '')).status, 200)
    assert.equal(
      registry.requests.map(({ authorized }) => authorized),
      [undefined, false, false, false, false, true, true],
    )
  }))

test('basic: anonymous pulls when allowed, 403 where the user has no access', () =>
  withRegistry(
    {
      kind: 'basic',
      users,
      anonymousPull: true,
      access: (user, name) => user !== 'me' || name !== 'secret/thing',
    },
    async registry => {
      assert.is((await pull(registry)).status, 200)
      assert.is((await pull(registry, basic('me', 'wrong'))).status, 401)
      const answer = await pull(registry, me, 'secret/thing/manifests/1')
      assert.is(answer.status, 403)
      assert.is(errorOf(answer).code, 'DENIED')
    },
  ))

test('bearer: the challenge leads to a token that pulls that repository and no other', () =>
  withRegistry({ kind: 'bearer', users, tokenTtl: 77 }, async registry => {
    const refused = await pull(registry)
    assert.is(refused.status, 401)
    assert.is(
      refused.headers['www-authenticate'],
      `Bearer realm="${registry.url}/token",service="${registry.host}",scope="${alpine}"`,
    )
    const body = tokenOf(await getToken(registry, [alpine], me))
    assert.is(body.token, body.access_token)
    assert.is(body.expires_in, 77)
    assert.is((await pull(registry, `Bearer ${body.token}`)).status, 200)
    assert.is((await pull(registry, `Bearer ${body.token}`, '')).status, 200)
    const other = await pull(registry, `Bearer ${body.token}`, 'secret/thing/manifests/1')
    assert.is(other.status, 401)
    assert.match(String(other.headers['www-authenticate']), 'error="insufficient_scope"')
    assert.match(String(other.headers['www-authenticate']), 'repository:secret/thing:pull')
  }))

test('bearer: one token may hold several scopes, given apart or together', () =>
  withRegistry({ kind: 'bearer', users }, async registry => {
    const both = [alpine, 'repository:secret/thing:pull,push']
    for (const scopes of [both, [both.join(' ')]]) {
      const { token } = tokenOf(await getToken(registry, scopes, me))
      assert.is((await pull(registry, `Bearer ${token}`)).status, 200)
      assert.is((await pull(registry, `Bearer ${token}`, 'secret/thing/manifests/1')).status, 200)
    }
  }))

test('bearer: tokens end when their time is over', async () => {
  let now = Date.UTC(2026, 0, 1)
  await withRegistry(
    { kind: 'bearer', tokenTtl: 60 },
    async registry => {
      const { token } = tokenOf(await getToken(registry, [alpine]))
      now += 59_000
      assert.is((await pull(registry, `Bearer ${token}`)).status, 200)
      now += 1_000
      const expired = await pull(registry, `Bearer ${token}`)
      assert.is(expired.status, 401)
      assert.match(String(expired.headers['www-authenticate']), 'error="invalid_token"')
    },
    () => now,
  )
})

test('bearer: forged, foreign, expired and identity tokens do not pull', () =>
  withRegistry({ kind: 'bearer', users }, async registry => {
    const good = registry.mintToken([alpine])
    assert.is((await pull(registry, `Bearer ${good}`)).status, 200)
    const [payload, signature] = good.split('.')
    const wider = Buffer.from(payload!, 'base64url').toString().replace('library/alpine', 'secret/thing')
    const bad = [
      `${Buffer.from(wider).toString('base64url')}.${signature}`,
      `${payload}.`,
      'nonsense',
      '',
      registry.mintToken([alpine], -1),
      registry.mintToken([]),
      registry.mintToken(['repository:library/alpine:push']),
      registry.mintToken(['repository:library:pull']),
      registry.identityToken('me'),
    ]
    for (const token of bad) assert.is((await pull(registry, `Bearer ${token}`)).status, 401, token)
    assert.is((await pull(registry, me)).status, 401)
  }))

test('bearer: a token without access is refused by the registry, wrong credentials by the token endpoint', () =>
  withRegistry(
    {
      kind: 'bearer',
      users,
      anonymousPull: true,
      access: (user, name) => user === 'me' || name !== 'secret/thing',
    },
    async registry => {
      const scope = 'repository:secret/thing:pull'
      const anonymous = tokenOf(await getToken(registry, [scope, alpine])).token
      assert.is((await pull(registry, `Bearer ${anonymous}`)).status, 200)
      assert.is((await pull(registry, `Bearer ${anonymous}`, 'secret/thing/manifests/1')).status, 401)
      const { token } = tokenOf(await getToken(registry, [scope], me))
      assert.is((await pull(registry, `Bearer ${token}`, 'secret/thing/manifests/1')).status, 200)
      assert.is((await getToken(registry, [scope], basic('me', 'wrong'))).status, 401)
    },
  ))

test('bearer: without anonymous pulls there are no anonymous tokens', () =>
  withRegistry({ kind: 'bearer', users }, async registry => {
    const answer = await getToken(registry, [alpine])
    assert.is(answer.status, 401)
    assert.is(errorOf(answer).code, 'UNAUTHORIZED')
  }))

test('bearer: POST gives tokens for a password and for the identity token it returned', () =>
  withRegistry({ kind: 'bearer', users }, async registry => {
    const password = { grant_type: 'password', username: 'me', password: 'pass:word' }
    const first = tokenOf(await postToken(registry, { ...password, access_type: 'offline' }))
    assert.is((await pull(registry, `Bearer ${first.access_token}`)).status, 200)
    const refresh_token = first.refresh_token!
    const second = tokenOf(await postToken(registry, { grant_type: 'refresh_token', refresh_token }))
    assert.is((await pull(registry, `Bearer ${second.access_token}`)).status, 200)
    const minted = { grant_type: 'refresh_token', refresh_token: registry.identityToken('me') }
    tokenOf(await postToken(registry, minted))
    assert.is(tokenOf(await postToken(registry, password)).refresh_token, undefined)

    assert.is((await postToken(registry, { ...password, password: 'wrong' })).status, 401)
    const access = { grant_type: 'refresh_token', refresh_token: first.access_token }
    assert.is((await postToken(registry, access)).status, 401)
    assert.is((await postToken(registry, { grant_type: 'magic' })).status, 400)
    assert.is((await postToken(registry, { ...password, client_id: '' })).status, 400)
  }))

test('bearer: recorded forms and headers hold no secret', () =>
  withRegistry({ kind: 'bearer', users }, async registry => {
    const identity = registry.identityToken('me')
    await postToken(registry, { grant_type: 'password', username: 'me', password: 'pass:word' })
    await postToken(registry, { grant_type: 'refresh_token', refresh_token: identity })
    const { token } = tokenOf(await getToken(registry, [alpine], me))
    await pull(registry, `Bearer ${token}`)
    assert.is(registry.requests[0]?.form?.get('grant_type'), 'password')
    assert.equal(
      registry.requests.map(({ headers, authorized }) => [headers.authorization, authorized]),
      [
        [undefined, true],
        [undefined, true],
        ['Basic', true],
        ['Bearer', true],
      ],
    )
    const text = registry.requests.map(request => `${JSON.stringify(request)} ${request.form}`).join('\n')
    for (const secret of ['pass:word', encodeURIComponent('pass:word'), identity, token!, me.slice(6)]) {
      assert.not.match(text, secret)
    }
  }))

test('bearer: the token endpoint may be another server, or somewhere else altogether', async () => {
  await withRegistry({ kind: 'bearer', separateTokenServer: true }, async registry => {
    assert.is.not(new URL(registry.tokenUrl).host, registry.host)
    assert.match(String((await pull(registry)).headers['www-authenticate']), `realm="${registry.tokenUrl}"`)
    const { token } = tokenOf(await getToken(registry, [alpine]))
    assert.is((await pull(registry, `Bearer ${token}`)).status, 200)
  })
  await withRegistry({ kind: 'bearer', realm: 'http://127.0.0.1:1/steal' }, async registry => {
    assert.match(
      String((await pull(registry)).headers['www-authenticate']),
      'realm="http://127.0.0.1:1/steal"',
    )
  })
})

test.run()
