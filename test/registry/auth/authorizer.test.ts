import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createAuthorizer } from '../../../src/registry/auth/authorizer.ts'
import { createEndpoints } from '../../../src/registry/endpoints/endpoints.ts'
import type { Transport } from '../../../src/registry/transport/transport.ts'
import { mediaTypes, selfSignedCertificate, startRegistry } from '../../support/registry/index.ts'
import { withScripted } from '../scripted.ts'
import { base64, failure, reference, seen, withRegistries, withRegistry } from '../support.ts'

const test = suite('registry/auth')

const none = (): boolean => false
const password = 'pl4nted-passw0rd'
const secrets = [password, base64(`user:${password}`)]
const users = { user: password }
const auth = base64(`user:${password}`)

test('an anonymous token: one for a repository, also for concurrent callers', () =>
  withRegistry({ auth: { kind: 'bearer' }, answerAnything: true }, async (registry, resolver) => {
    const shared = resolver()
    await Promise.all(
      ['1', '2', '3'].map(tag => shared.resolve(reference(registry.reference('o/i', tag)), none)),
    )
    const tokens = registry.requests.filter(({ path }) => path === '/token')
    assert.is(tokens.length, 1)
    assert.equal(Object.fromEntries(tokens[0]!.query), {
      service: registry.host,
      scope: 'repository:o/i:pull',
    })
    assert.is(tokens[0]!.headers.authorization, undefined)

    registry.clear()
    await shared.resolve(reference(registry.reference('o/i', '4')), none)
    assert.equal(
      registry.requests.map(({ method, status }) => `${method} ${status}`),
      ['HEAD 200', 'GET 200'],
    )
    registry.clear()
    await shared.resolve(reference(registry.reference('o/other', '1')))
    assert.equal(seen(registry), ['GET /token', 'HEAD /v2/o/other/manifests/1'])
  }))

test('a token service is asked for fifty tokens at one time, not for a hundred', () =>
  withRegistry(
    { auth: { kind: 'bearer' }, answerAnything: true, latencyMs: 20 },
    async (registry, resolver) => {
      const shared = resolver()
      await Promise.all(
        Array.from({ length: 120 }, (_, n) => shared.resolve(reference(registry.reference(`o/i${n}`, '1')))),
      )
      const tokens = registry.requests.filter(({ path }) => path === '/token')
      assert.is(tokens.length, 120)
      const most = Math.max(
        ...tokens.map(({ at }) => tokens.filter(other => other.at <= at && at < (other.endedAt ?? 0)).length),
      )
      assert.ok(most <= 50, `${most} at one time`)
    },
  ))

test('a token service that hangs keeps nobody from another', () =>
  withRegistries(
    [{ auth: { kind: 'bearer' } }, { auth: { kind: 'bearer' }, answerAnything: true }],
    async ([hanging, registry], resolver) => {
      hanging!.fault({ pathRegex: /token/ }, { kind: 'hang', at: 'headers' })
      const shared = resolver()
      const waiting = Array.from({ length: 60 }, (_, n) =>
        failure(shared.resolve(reference(hanging!.reference(`o/i${n}`, '1'))), 'interrupted'),
      )
      while (hanging!.requests.filter(({ path }) => path === '/token').length < 50)
        await new Promise(resolve => setTimeout(resolve, 10))
      await shared.resolve(reference(registry!.reference('o/i', '1')))
      await Promise.all([shared.close(), ...waiting])
    },
  ))

test('a token with a password: GET with Basic', () =>
  withRegistry({ auth: { kind: 'bearer', users } }, async (registry, resolver) => {
    registry.addImage('o/i', '1')
    await resolver({ auths: { [registry.host]: { auth } } }).resolve(
      reference(registry.reference('o/i', '1')),
      none,
    )
    const [token] = registry.requests.filter(({ path }) => path === '/token')
    assert.equal([token!.method, token!.headers.authorization, token!.authorized], ['GET', 'Basic', true])
  }))

test('a token for an identity token: POST, as a refresh token', () =>
  withRegistry({ auth: { kind: 'bearer', users } }, async (registry, resolver) => {
    registry.addImage('o/i', '1')
    const identitytoken = registry.identityToken('user')
    const options = { auths: { [registry.host]: { auth: base64('x:'), identitytoken } } }
    await resolver(options).resolve(reference(registry.reference('o/i', '1')), none)
    const [token] = registry.requests.filter(({ path }) => path === '/token')
    assert.is(token!.method, 'POST')
    assert.equal(Object.fromEntries(token!.form!), {
      grant_type: 'refresh_token',
      refresh_token: '***',
      client_id: 'dock-lock',
      service: registry.host,
      scope: 'repository:o/i:pull',
    })
  }))

test('a token service that knows no GET: POST, with the password in the form', () =>
  withRegistry({ auth: { kind: 'bearer', users } }, async (registry, resolver) => {
    registry.addImage('o/i', '1')
    for (const status of [404, 405]) {
      registry.clearFaults()
      registry.clear()
      registry.fault({ method: 'GET', pathRegex: /^\/token/ }, { kind: 'status', status })
      await resolver({ auths: { [registry.host]: { auth } } }).resolve(
        reference(registry.reference('o/i', '1')),
      )
      assert.equal(
        registry.requests.map(({ method, path, status }) => `${method} ${path} ${status}`),
        [
          'HEAD /v2/o/i/manifests/1 401',
          `GET /token ${status}`,
          'POST /token 200',
          'HEAD /v2/o/i/manifests/1 200',
        ],
      )
      assert.equal(Object.fromEntries(registry.requests[2]!.form!), {
        service: registry.host,
        grant_type: 'password',
        username: 'user',
        password: '***',
        client_id: 'dock-lock',
        scope: 'repository:o/i:pull',
      })
    }
    // Without credentials there is nothing to put into a form.
    registry.clear()
    await failure(resolver().resolve(reference(registry.reference('o/i', '1'))), 'unauthorized')
    assert.equal(seen(registry), ['HEAD /v2/o/i/manifests/1', 'GET /token'])
  }))

test('Basic', () =>
  withRegistry({ auth: { kind: 'basic', users } }, async (registry, resolver) => {
    registry.addImage('o/i', '1')
    await resolver({ auths: { [registry.host]: { auth } } }).resolve(
      reference(registry.reference('o/i', '1')),
      none,
    )
    assert.equal(
      registry.requests.map(({ method, headers, status }) => [method, headers.authorization, status]),
      [
        ['HEAD', undefined, 401],
        ['HEAD', 'Basic', 200],
        ['GET', 'Basic', 200],
      ],
    )
  }))

test('a wrong password is said of every image, and sent once in all: accounts are locked for less', async () => {
  for (const kind of ['basic', 'bearer'] as const)
    await withRegistry({ auth: { kind, users } }, async (registry, resolver) => {
      const shared = resolver({ auths: { [registry.host]: { auth: base64('user:pl4nted-wrong') } } })
      const ask = (name: string): Promise<unknown> =>
        failure(shared.resolve(reference(registry.reference(name, '1')), none), 'unauthorized', {
          says: [registry.host, `${name}:1`, 'refused the credentials', `docker login ${registry.host}`],
          secrets: ['pl4nted-wrong', base64('user:pl4nted-wrong')],
        })
      await Promise.all(Array.from({ length: 10 }, (_, n) => ask(`o/i${n}`)))
      await ask('o/later')
      assert.is(registry.requests.filter(({ authorized }) => authorized === false).length, 1, kind)
    })
})

test('nor is it sent more often where the first answers told nothing of it', async () => {
  // A registry that had asked for a password, and then says that it has no such image, was content with it.
  for (const kind of ['basic', 'bearer'] as const)
    for (const status of kind === 'basic' ? [403, 500] : [403, 404, 500])
      await withRegistry({ auth: { kind, users } }, async (registry, resolver) => {
        const shared = resolver({ auths: { [registry.host]: { auth: base64('user:pl4nted-wrong') } } })
        let answers = 0
        // At first the service does not even look at the password.
        registry.fault(
          ({ headers }) => headers.authorization?.startsWith('Basic') === true && answers++ < 10,
          {
            kind: 'status',
            status,
          },
        )
        await Promise.all(
          Array.from({ length: 20 }, (_, n) =>
            shared.resolve(reference(registry.reference(`o/i${n}`, '1'))).catch(() => undefined),
          ),
        )
        const sent = registry.requests.filter(
          request => request.authorized === false && request.status === 401,
        )
        assert.is(sent.length, 1, `${kind} ${status}`)
      })
})

test('a password is good that a registry answers with 404, as a mirror does that lacks an image: nobody queues behind another', () =>
  withRegistry({ auth: { kind: 'basic', users } }, async (registry, resolver) => {
    const shared = resolver({ auths: { [registry.host]: { auth } } })
    const missing = (name: string) =>
      failure(shared.resolve(reference(registry.reference(name, '1'))), 'not-found')
    await missing('o/first')
    registry.fault(({ path }) => path.includes('/o/slow/'), { kind: 'hang', at: 'headers' })
    const slow = shared.resolve(reference(registry.reference('o/slow', '1')))
    slow.catch(() => {})
    await missing('o/next')
  }))

test('a good password serves them all at one time', async () => {
  for (const kind of ['basic', 'bearer'] as const)
    await withRegistry({ auth: { kind, users }, answerAnything: true }, async (registry, resolver) => {
      const shared = resolver({ auths: { [registry.host]: { auth } } })
      await Promise.all(
        Array.from({ length: 10 }, (_, n) => shared.resolve(reference(registry.reference(`o/i${n}`, '1')))),
      )
      assert.is(registry.requests.filter(({ authorized }) => authorized === false).length, 0)
    })
})

test('a trial that ended without a verdict condemns nobody', () =>
  withRegistry({ auth: { kind: 'basic', users }, answerAnything: true }, async (registry, resolver) => {
    registry.fault(({ headers, path }) => headers.authorization !== undefined && path.includes('/o/a/'), {
      kind: 'status',
      status: 503,
    })
    const shared = resolver({ auths: { [registry.host]: { auth } } })
    await failure(shared.resolve(reference(registry.reference('o/a', '1'))), 'unreachable')
    await shared.resolve(reference(registry.reference('o/b', '1')))
  }))

test('no right to one repository (403 of the token service) says nothing against the password', () =>
  withRegistry({ auth: { kind: 'bearer', users }, answerAnything: true }, async (registry, resolver) => {
    registry.fault(
      ({ path, query }) => path === '/token' && String(query.get('scope')).includes('o/secret'),
      { kind: 'status', status: 403 },
    )
    const shared = resolver({ auths: { [registry.host]: { auth } } })
    await failure(shared.resolve(reference(registry.reference('o/secret', '1'))), 'denied', {
      says: ['o/secret:1', '403'],
    })
    await shared.resolve(reference(registry.reference('o/i', '1')))
  }))

test('a token service that refuses one repository otherwise (400, 404, 405) says nothing against the password either', async () => {
  for (const status of [400, 404, 405])
    await withRegistry(
      { auth: { kind: 'bearer', users }, answerAnything: true },
      async (registry, resolver) => {
        // As Quay answers for a namespace that is disabled, or a name that it cannot have.
        const body = JSON.stringify({
          errors: [{ code: 'DENIED', message: `Namespace disabled (${password})` }],
        })
        registry.fault(
          ({ method, path, query }) =>
            path === '/token' && (method === 'POST' || String(query.get('scope')).includes('o/disabled')),
          { kind: 'status', status, body },
        )
        const shared = resolver({ auths: { [registry.host]: { auth } } })
        for (const name of ['o/disabled', 'o/disabled2'])
          await failure(shared.resolve(reference(registry.reference(name, '1'))), 'denied', {
            says: [`${name}:1`, `gives no token to pull it`, `(${status})`, 'Namespace disabled (***)'],
            secrets,
          })
        await shared.resolve(reference(registry.reference('o/i', '1')))
        // One POST tells that the service knows none.
        const posts = registry.requests.filter(({ method }) => method === 'POST')
        assert.is(posts.length, status === 400 ? 0 : 1)
      },
    )
})

test('an identity token that is refused with 400, as OAuth has it, is not sent again', () =>
  withRegistry({ auth: { kind: 'bearer', users } }, async (registry, resolver) => {
    registry.fault({ method: 'POST' }, { kind: 'status', status: 400, body: '{"error":"invalid_grant"}' })
    const shared = resolver({ auths: { [registry.host]: { identitytoken: 'pl4nted' } } })
    for (const name of ['o/i', 'o/j'])
      await failure(shared.resolve(reference(registry.reference(name, '1'))), 'unauthorized', {
        says: ['refused the credentials', '400'],
        secrets: ['pl4nted'],
      })
    assert.is(registry.requests.filter(({ method }) => method === 'POST').length, 1)
  }))

test('what is public needs no credentials, whatever has been asked for before', async () => {
  const open = ({ path }: { readonly path: string }): boolean => path.includes('/o/public/')
  for (const [kind, entry] of [
    ['bearer', {}],
    ['bearer', { auth: base64('user:pl4nted-wrong') }],
    ['basic', { auth: base64('user:pl4nted-wrong') }],
  ] as const)
    for (const order of [
      ['o/public', 'o/private'],
      ['o/private', 'o/public', 'o/private2'],
    ])
      await withRegistry({ auth: { kind, users } }, async (registry, resolver) => {
        // Its challenges are for private repositories alone.
        registry.fault(request => open(request) && request.headers.authorization === undefined, {
          kind: 'status',
          status: 200,
          headers: {
            'docker-content-digest': `sha256:${'0'.repeat(64)}`,
            'content-type': mediaTypes.oci.index,
          },
        })
        const shared = resolver({ auths: { [registry.host]: entry } })
        for (const name of order) {
          const asked = shared.resolve(reference(registry.reference(name, '1')))
          if (name === 'o/public') await asked
          else await failure(asked, 'unauthorized', { says: ['docker login'], secrets: ['pl4nted'] })
        }
        const sent = registry.requests.filter(({ authorized }) => authorized === false)
        assert.is(sent.length, 'auth' in entry ? 1 : 0)
      })
})

test('where namespaces have credentials of their own, each gets its own token, also for a scope that they share', () =>
  withRegistry({ auth: { kind: 'bearer', users }, answerAnything: true }, async (registry, resolver) => {
    const tokenOf = (name: string): string => registry.mintToken([`repository:${name}:pull`])
    const tokens = new Map(['a/i', 'b/i'].map(name => [name, tokenOf(name)]))
    registry.fault(
      { pathRegex: /manifests/, times: 1 },
      {
        kind: 'status',
        status: 401,
        headers: { 'www-authenticate': `Bearer realm="${registry.tokenUrl}",service="s",scope="all"` },
      },
    )
    for (const token of tokens.values())
      registry.fault(
        { pathRegex: /token/, times: 1 },
        { kind: 'status', status: 200, body: JSON.stringify({ token }) },
      )
    const shared = resolver({
      auths: {
        [`${registry.host}/a`]: { auth: base64('user:a') },
        [`${registry.host}/b`]: { auth: base64('user:b') },
      },
    })
    for (const name of tokens.keys()) await shared.resolve(reference(registry.reference(name, '1')))
    assert.equal(
      registry.requests.map(({ method, path, status }) => `${method} ${path} ${status}`),
      [
        'HEAD /v2/a/i/manifests/1 401',
        'GET /token 200',
        'HEAD /v2/a/i/manifests/1 200',
        'GET /token 200',
        'HEAD /v2/b/i/manifests/1 200',
      ],
    )
  }))

test('a registry token is used as it is, and goes to no token service', () =>
  withRegistry({ auth: { kind: 'bearer' }, answerAnything: true }, async (registry, resolver) => {
    const registrytoken = registry.mintToken(['repository:o/i:pull', 'repository:o/j:pull'])
    const shared = resolver({ auths: { [registry.host]: { registrytoken, auth } } })
    for (const name of ['o/i', 'o/j']) await shared.resolve(reference(registry.reference(name, '1')), none)
    assert.equal(
      registry.requests.map(({ method, status }) => `${method} ${status}`),
      ['HEAD 401', 'HEAD 200', 'GET 200', 'HEAD 200', 'GET 200'],
    )
    registry.clear()
    await failure(shared.resolve(reference(registry.reference('o/secret', '1'))), 'unauthorized', {
      secrets: [registrytoken],
    })
    assert.is(registry.requests.length, 1)
  }))

test('a token service that refuses: with credentials, with an identity token, without', () =>
  withRegistry({ auth: { kind: 'bearer', users } }, async (registry, resolver) => {
    for (const [entry, says] of [
      [{ auth: base64('user:pl4nted-wrong') }, 'refused the credentials'],
      [{ identitytoken: 'pl4nted-wrong' }, 'refused the credentials'],
      [{}, 'without credentials'],
    ] as const) {
      registry.clear()
      const options = { auths: { [registry.host]: entry } }
      const asked = resolver(options).resolve(reference(registry.reference('o/i', '1')), none)
      await failure(asked, 'unauthorized', {
        says: [says, registry.host, 'o/i:1', 'docker login'],
        secrets: ['pl4nted-wrong', base64('user:pl4nted-wrong')],
      })
      assert.is(registry.requests.length, 2)
    }
  }))

test('a token that does not reach far enough: unauthorized, without a loop', () =>
  withRegistry(
    { auth: { kind: 'bearer', access: (_user, name) => name !== 'o/secret' } },
    async (registry, resolver) => {
      registry.addImage('o/i', '1')
      const shared = resolver()
      await failure(shared.resolve(reference(registry.reference('o/secret', '1'))), 'unauthorized')
      assert.equal(seen(registry), [
        'HEAD /v2/o/secret/manifests/1',
        'GET /token',
        'HEAD /v2/o/secret/manifests/1',
      ])
      registry.clear()
      await failure(shared.resolve(reference(registry.reference('o/secret', '2'))), 'unauthorized')
      // The token is there already, and another would reach no farther.
      assert.equal(seen(registry), ['HEAD /v2/o/secret/manifests/2'])
      await shared.resolve(reference(registry.reference('o/i', '1')))
    },
  ))

test('a registry that challenges for ever is asked twice', () =>
  withRegistry({ auth: { kind: 'bearer' }, answerAnything: true }, async (registry, resolver) => {
    registry.fault({ pathRegex: /manifests/ }, { kind: 'status', status: 401 })
    await failure(resolver().resolve(reference(registry.reference('o/i', '1'))), 'unauthorized')
    assert.is(registry.requests.length, 3)
  }))

test('a token that expires in mid-run is renewed, by its lifetime or by the 401', async () => {
  let skew = 0
  await withRegistry(
    { auth: { kind: 'bearer', tokenTtl: 100 }, answerAnything: true, now: () => Date.now() + skew },
    async (registry, resolver) => {
      const shared = resolver()
      await shared.resolve(reference(registry.reference('o/i', '1')))
      skew = 200_000
      registry.clear()
      await shared.resolve(reference(registry.reference('o/i', '2')))
      assert.equal(
        registry.requests.map(({ path, status }) => `${path.split('/').at(-1)} ${status}`),
        ['2 401', 'token 200', '2 200'],
      )
    },
  )
  const short = { kind: 'status', status: 200 } as const
  await withRegistry({ auth: { kind: 'bearer' }, answerAnything: true }, async (registry, resolver) => {
    const token = registry.mintToken(['repository:o/i:pull'])
    registry.fault(
      { pathRegex: /token/ },
      { ...short, body: JSON.stringify({ token, expires_in: 0.000001 }) },
    )
    const shared = resolver()
    await shared.resolve(reference(registry.reference('o/i', '1')))
    registry.clear()
    await shared.resolve(reference(registry.reference('o/i', '2')))
    assert.equal(seen(registry), ['GET /token', 'HEAD /v2/o/i/manifests/2'])
  })
})

test('`token` or `access_token`; anything else is an error that shows none of it', () =>
  withRegistry({ auth: { kind: 'bearer' }, answerAnything: true }, async (registry, resolver) => {
    const token = registry.mintToken(['repository:o/i:pull'])
    for (const body of [{ token }, { access_token: token }, { token, expires_in: null, issued_at: 'x' }]) {
      const clear = registry.fault(
        { pathRegex: /token/ },
        { kind: 'status', status: 200, body: JSON.stringify(body) },
      )
      await resolver().resolve(reference(registry.reference('o/i', '1')))
      clear()
    }
    for (const body of [
      '',
      'null',
      '[]',
      '{"token":5}',
      '{"token":"a\\r\\nb: pl4nted"}',
      '{"refresh_token":"pl4nted"}',
    ]) {
      const clear = registry.fault({ pathRegex: /token/ }, { kind: 'status', status: 200, body })
      const asked = resolver().resolve(reference(registry.reference('o/i', '1')))
      await failure(asked, 'unreachable', { says: ['without a token'], secrets: ['pl4nted'] })
      clear()
    }
  }))

test('a scope that is empty is none', () =>
  withRegistry({ auth: { kind: 'bearer' }, answerAnything: true }, async (registry, resolver) => {
    const challenge = `Bearer realm="${registry.tokenUrl}",service="s",scope=""`
    registry.fault(
      { pathRegex: /manifests/, times: 1 },
      { kind: 'status', status: 401, headers: { 'www-authenticate': challenge } },
    )
    await resolver().resolve(reference(registry.reference('o/i', '1')))
    assert.is(registry.requests[1]!.query.get('scope'), 'repository:o/i:pull')
  }))

test('several challenges: Bearer goes before Basic, what is unknown is passed over', () =>
  withRegistry({ auth: { kind: 'bearer' }, answerAnything: true }, async (registry, resolver) => {
    const challenge = `Negotiate, Basic realm="a,b", Bearer realm="${registry.tokenUrl}",service="s, t",scope="repository:o/i:pull"`
    registry.fault(
      { pathRegex: /manifests/, times: 1 },
      { kind: 'status', status: 401, headers: { 'www-authenticate': challenge } },
    )
    await resolver().resolve(reference(registry.reference('o/i', '1')))
    assert.is(registry.requests[1]!.query.get('service'), 's, t')
    registry.fault({}, { kind: 'status', status: 401, headers: { 'www-authenticate': 'Negotiate' } })
    await failure(resolver().resolve(reference(registry.reference('o/i', '1'))), 'unauthorized')
  }))

test('credentials go to the registry they are stored for and to the realm it names, nowhere else', () =>
  withRegistries(
    [{ auth: { kind: 'basic', users } }, { auth: { kind: 'basic', users } }],
    async ([registry, other], resolver) => {
      const options = { auths: { [registry!.host]: { auth } } }
      await failure(resolver(options).resolve(reference(other!.reference('o/i', '1'))), 'unauthorized')
      assert.ok(other!.requests.every(({ headers }) => headers.authorization === undefined))
    },
  ))

test('a redirect to another host carries no credentials, one on the same host does', () =>
  withRegistries([{ auth: { kind: 'basic', users } }, {}], async ([registry, other], resolver) => {
    for (const { addImage } of [registry!, other!]) addImage('o/i', '1', { single: true })
    const options = { auths: { [registry!.host]: { auth } } }
    const clear = registry!.fault(
      ({ path, headers }) => path.includes('/blobs/') && headers.authorization !== undefined,
      { kind: 'redirect', to: other!.url },
    )
    await resolver(options).resolve(reference(registry!.reference('o/i', '1')), none)
    assert.equal(
      other!.requests.map(({ method, headers }) => [method, headers.authorization]),
      [['GET', undefined]],
    )
    clear()
    registry!.addImage('o/i', '2', { single: true })
    registry!.fault({ pathRegex: /blobs/, times: 1 }, { kind: 'redirect', to: 'loop' })
    await resolver(options).resolve(reference(registry!.reference('o/i', '2')), none)
    assert.equal(
      registry!.requests.slice(-2).map(({ headers, status }) => [headers.authorization, status]),
      [
        ['Basic', 307],
        ['Basic', 200],
      ],
    )
  }))

test('the challenge of a host that a redirect leads to is not answered', () =>
  withRegistries([{}, { auth: { kind: 'basic', users } }], async ([registry, other], resolver) => {
    const options = { auths: { [registry!.host]: { auth }, [other!.host]: { auth } } }
    registry!.fault({}, { kind: 'redirect', to: other!.url })
    await failure(resolver(options).resolve(reference(registry!.reference('o/i', '1'))), 'unauthorized')
    assert.is(other!.requests.length, 1)
    assert.is(other!.requests[0]!.headers.authorization, undefined)
  }))

test('a Bearer token stays behind at a redirect to another host, and does not come back from there', () =>
  withRegistries(
    [{ auth: { kind: 'bearer' }, answerAnything: true }, {}],
    async ([registry, other], resolver) => {
      registry!.fault(({ headers }) => headers.authorization !== undefined, {
        kind: 'redirect',
        to: other!.url,
      })
      other!.fault({}, { kind: 'redirect', to: `${registry!.url}/back` })
      await failure(resolver().resolve(reference(registry!.reference('o/i', '1'))), 'not-found')
      const [back] = registry!.requests.filter(({ path }) => path === '/back')
      assert.is(back!.headers.authorization, undefined)
      assert.ok(other!.requests.every(({ headers }) => headers.authorization === undefined))
    },
  ))

test('two lines of challenges are as good as one', async () => {
  const authorizations: (string | undefined)[] = []
  const server = createServer((request, response) => {
    const { authorization, host } = request.headers
    authorizations.push(authorization)
    if (request.url?.startsWith('/token') === true) response.end('{"token":"t"}')
    else {
      const bearer = `Bearer realm="http://${host}/token",service="s"`
      response.writeHead(authorization === undefined ? 401 : 404, {
        'www-authenticate': ['Basic realm="x"', bearer],
      })
      response.end()
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  try {
    await withRegistry({}, (_, resolver) =>
      failure(resolver().resolve(reference(`127.0.0.1:${port}/o/i:1`)), 'not-found').then(() => undefined),
    )
    assert.equal(authorizations.slice(0, 3), [undefined, undefined, 'Bearer t'])
  } finally {
    server.closeAllConnections()
    server.close()
  }
})

test('a redirect of the token service: GET leaves the password behind, POST is refused', () =>
  withRegistries([{ auth: { kind: 'bearer', users } }, {}], async ([registry, other], resolver) => {
    registry!.fault({ pathRegex: /token/ }, { kind: 'redirect', to: other!.url })
    const asked = (entry: object): Promise<unknown> =>
      resolver({ auths: { [registry!.host]: entry } }).resolve(reference(registry!.reference('o/i', '1')))
    await failure(asked({ auth }), 'unauthorized', { secrets })
    assert.equal(
      other!.requests.map(({ method, headers }) => [method, headers.authorization]),
      [['GET', undefined]],
    )
    await failure(asked({ identitytoken: 'pl4nted' }), 'unreachable', {
      says: ['redirects'],
      secrets: ['pl4nted'],
    })
    assert.is(other!.requests.length, 1)
  }))

test('a POST is sent on within the token service, as it was', () =>
  withRegistry({ auth: { kind: 'bearer', users }, answerAnything: true }, async (registry, resolver) => {
    const identitytoken = registry.identityToken('user')
    const asked = (name: string): Promise<unknown> =>
      resolver({ auths: { [registry.host]: { identitytoken } } }).resolve(
        reference(registry.reference(name, '1')),
      )
    for (const status of [307, 308]) {
      registry.fault({ method: 'POST', times: 1 }, { kind: 'redirect', to: 'loop', status })
      await asked('o/i')
      const posts = registry.requests.filter(({ method }) => method === 'POST').slice(-2)
      assert.equal(
        posts.map(({ status: answered, form }) => [answered, form?.get('grant_type')]),
        [
          [status, 'refresh_token'],
          [200, 'refresh_token'],
        ],
      )
    }
    // By the others it would become a GET.
    for (const status of [301, 302, 303]) {
      registry.fault({ method: 'POST', times: 1 }, { kind: 'redirect', to: 'loop', status })
      await failure(asked('o/i'), 'unreachable', { says: ['redirects'], secrets: [identitytoken] })
    }
  }))

test('403 to a password that was sent as it is may mean that it is too old', () =>
  withRegistry({ auth: { kind: 'basic', users } }, async (registry, resolver) => {
    registry.fault(({ headers }) => headers.authorization !== undefined, { kind: 'status', status: 403 })
    const asked = resolver({ auths: { [registry.host]: { auth } } }).resolve(
      reference(registry.reference('o/i', '1')),
    )
    await failure(asked, 'denied', { says: ['Ask its owner', `run "docker login ${registry.host}" again`] })
  }))

test('no token is fetched over plain http, unless the registry is insecure anyway', async () => {
  await withRegistry(
    { auth: { kind: 'bearer', realm: 'http://127.0.0.1:9/token' } },
    async (registry, resolver) => {
      const asked = resolver().resolve(reference(registry.reference('o/i', '1')))
      await failure(asked, 'unreachable', { says: ['127.0.0.1:9'] })
    },
  )

  const asked: string[] = []
  const exchange: Transport = async ({ url }) => {
    asked.push(url.href)
    const headers = { 'www-authenticate': 'Bearer realm="http://auth.example/token"' }
    return { url, status: 401, headers, body: Buffer.alloc(0) }
  }
  const { signal } = new AbortController()
  const hosts = createEndpoints({})
  const authorizer = createAuthorizer(exchange, hosts, async () => ({ username: 'user', password }), signal)
  const url = new URL('https://registry.example/v2/o/i/manifests/1')
  const request = { method: 'HEAD', url, headers: {}, verifyTls: true, signal } as const
  const [endpoint] = hosts.endpoints({
    registry: 'registry.example',
    repository: 'team/app',
    tag: '1',
    original: '',
  })
  await failure(authorizer.send(request, endpoint!, 'o/i'), 'unauthorized', {
    says: ['plain http', 'auth.example'],
  })
  assert.equal(asked, [url.href])
})

test('a realm that is no http or https URL is refused', async () => {
  for (const realm of ['file:///etc/passwd', 'ftp://127.0.0.1/', 'token', 'http://user:pl4nted@127.0.0.1/']) {
    await withRegistry({ auth: { kind: 'bearer', realm } }, async (registry, resolver) => {
      const asked = resolver().resolve(reference(registry.reference('o/i', '1')))
      await failure(asked, 'unauthorized', { says: [registry.host, 'token service'], secrets: ['pl4nted'] })
    })
  }
})

test('what a registry repeats of the credentials is not shown, nor a piece of it', () =>
  withRegistry({ auth: { kind: 'basic', users } }, async (registry, resolver) => {
    registry.addImage('o/i', '1')
    const options = { auths: { [registry.host]: { auth } } }
    for (const [message, says] of [
      [`no, ${password} (${auth})`, 'no, *** (***)'],
      // Where the message is cut off.
      [`${'x'.repeat(192)}${password}`, `${'x'.repeat(192)}***`],
    ] as const) {
      const clear = registry.fault(
        ({ method, headers }) => method === 'GET' && headers.authorization !== undefined,
        { kind: 'status', status: 403, body: JSON.stringify({ errors: [{ code: 'DENIED', message }] }) },
      )
      const asked = resolver(options).resolve(reference(registry.reference('o/i', '1')), none)
      await failure(asked, 'denied', { says: [says], secrets: [...secrets, password.slice(0, 8)] })
      clear()
    }
  }))

test('nor is a secret shown that a registry puts into the name of a host', async () => {
  const registry = await startRegistry({ tls: selfSignedCertificate(), auth: { kind: 'basic', users } })
  await withRegistry({}, async (_, resolver) => {
    registry.fault(({ headers }) => headers.authorization !== undefined, {
      kind: 'redirect',
      to: `http://${password}.invalid/x`,
    })
    const shared = resolver({
      auths: { [registry.host]: { auth } },
      registries: { '127.0.0.1:9': { mirrors: [registry.url] } },
    })
    const asked = shared.resolve(reference('127.0.0.1:9/o/i:1'))
    await failure(asked, 'unreachable', { says: ['plain http (***.invalid)'], secrets })
  }).finally(() => registry.close())
})

test('nor where the host is in lower case, nor in the hint about it', () => {
  const mixed = 'Pl4nted-Passw0rd'
  const login = base64(`user:${mixed}`)
  const request = 'HEAD https://r.example/v2/o/i/manifests/1'
  return withScripted(
    [
      { request, status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } },
      {
        request,
        authorization: `Basic ${login}`,
        status: 307,
        headers: { location: `https://${mixed}.evil.example/x` },
      },
    ],
    { auths: { 'r.example': { auth: login } }, insecureRegistries: ['r.example'] },
    async resolver => {
      await failure(resolver.resolve(reference('r.example/o/i:1')), 'unreachable', {
        says: ['***.evil.example', 'NODE_EXTRA_CA_CERTS'],
        secrets: [mixed, mixed.toLowerCase()],
      })
    },
  )
})

test('our own words stay as they are, also where a password is one of them', () =>
  withRegistry({ auth: { kind: 'basic', users: { user: 'denies' } } }, async (registry, resolver) => {
    registry.fault(({ headers }) => headers.authorization !== undefined, { kind: 'status', status: 403 })
    const options = { auths: { [registry.host]: { auth: base64('user:denies') } } }
    const asked = resolver(options).resolve(reference(registry.reference('o/denies', '1')))
    await failure(asked, 'denied', { says: ['o/denies:1', 'denies access (403)'] })
  }))

test('a helper that fails, and a file that cannot be used, matter only where access is refused without them', async () => {
  const home = await mkdtemp(join(tmpdir(), 'dock-lock-auth-'))
  const path = join(home, 'config.json')
  const env = { DOCKER_CONFIG: home, PATH: home }
  try {
    for (const [content, says] of [
      ['{"credsStore": "that-nobody-has"}', 'docker-credential-that-nobody-has'],
      ['{', path],
    ] as const) {
      await writeFile(path, content)
      for (const kind of ['bearer', 'basic'] as const)
        for (const anonymousPull of [true, false])
          await withRegistry(
            { auth: { kind, users, anonymousPull }, answerAnything: true },
            async (registry, resolver) => {
              const asked = resolver({ env }).resolve(reference(registry.reference('o/i', '1')))
              if (anonymousPull) await asked
              else await failure(asked, 'unauthorized', { says: [says, 'o/i:1'] })
            },
          )
    }
  } finally {
    await rm(home, { recursive: true, force: true })
  }
})

test('a mirror that wants credentials is passed over, whatever is wrong with them', () =>
  withRegistries(
    [{ auth: { kind: 'bearer', users } }, { answerAnything: true }],
    async ([mirror, registry], resolver) => {
      const shared = resolver({
        env: { DOCKER_AUTH_CONFIG: 'no JSON' },
        registries: { [registry!.host]: { mirrors: [mirror!.url] } },
      })
      await shared.resolve(reference(registry!.reference('o/i', '1')))
      assert.ok(mirror!.requests.length > 0)
    },
  ))

test('over TLS one reference goes first, and the others need no refusal of their own', async () => {
  const registry = await startRegistry({
    tls: selfSignedCertificate(),
    auth: { kind: 'bearer' },
    answerAnything: true,
  })
  await withRegistry({}, async (_, resolver) => {
    const shared = resolver({ mirrors: [registry.url] })
    await Promise.all(Array.from({ length: 10 }, (_, n) => shared.resolve(reference(`o/i${n}:1`), none)))
    const count = (wanted: (text: string) => boolean): number =>
      registry.requests.map(({ method, path, status }) => `${method} ${path} ${status}`).filter(wanted).length
    assert.is(
      count(text => text.endsWith('401')),
      1,
    )
    assert.is(
      count(text => text.startsWith('GET /token')),
      10,
    )
    assert.is(registry.requests.length, 31)
  }).finally(() => registry.close())
})

const hubHosts = ['a.example', 'b.example', 'auth.b.example']
const challengeOf = (realm: string, scope: string, error?: string): Record<string, string> => ({
  'www-authenticate': `Bearer realm="${realm}",service="s",scope="${scope}"${error === undefined ? '' : `,error="${error}"`}`,
})
const found = {
  'docker-content-digest': `sha256:${'a'.repeat(64)}`,
  'content-type': mediaTypes.oci.index,
  'content-length': '2',
}
const manifest = 'HEAD https://a.example/v2/o/i/manifests/1'

test('a host that a redirect leads to gets an anonymous token, and nothing of the credentials', async () => {
  const elsewhere = 'HEAD https://b.example/v2/o/i/manifests/1?sig=x'
  const location = 'https://b.example/v2/o/i/manifests/1?sig=x'
  const token = 'GET https://auth.b.example/token?scope=repository:o/i:pull&service=s'
  const basicAuth = `Basic ${auth}`
  await withScripted(
    [
      { request: manifest, status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } },
      { request: manifest, authorization: basicAuth, status: 307, headers: { location } },
      {
        request: elsewhere,
        status: 401,
        headers: challengeOf('https://auth.b.example/token', 'repository:o/i:pull'),
      },
      { request: token, body: '{"token":"anonymous"}' },
      { request: elsewhere, authorization: 'Bearer anonymous', headers: found },
    ],
    // Credentials for the second host are not used either: a redirect is no reason to send them.
    { insecureRegistries: hubHosts, auths: { 'a.example': { auth }, 'b.example': { auth } } },
    async resolver => {
      const { descriptor } = await resolver.resolve(reference('a.example/o/i:1'))
      assert.is(descriptor.digest, found['docker-content-digest'])
    },
  )
})

test('so does a host that a registry with tokens, or an open one, redirects to', async () => {
  const elsewhere = 'HEAD https://b.example/blob/1'
  const realm = 'https://a.example/token'
  const scope = 'repository:o/i:pull'
  const redirect = { status: 308, headers: { location: 'https://b.example/blob/1' } }
  const ofTokens = [
    { request: manifest, status: 401, headers: challengeOf(realm, scope) },
    {
      request: `GET ${realm}?scope=${scope}&service=s`,
      authorization: `Basic ${auth}`,
      body: '{"token":"mine"}',
    },
    { request: manifest, authorization: 'Bearer mine', ...redirect },
  ]
  for (const [asked, first] of [
    ['repository:mirror/i:pull', ofTokens],
    ['', ofTokens],
    ['repository:o/i:pull', [{ request: manifest, ...redirect }]],
  ] as const)
    await withScripted(
      [
        ...first,
        { request: elsewhere, status: 401, headers: challengeOf('https://auth.b.example/token', asked) },
        {
          request: `GET https://auth.b.example/token?scope=${asked || scope}&service=s`,
          body: '{"access_token":"anonymous"}',
        },
        { request: elsewhere, authorization: 'Bearer anonymous', headers: found },
      ],
      {
        insecureRegistries: hubHosts,
        auths: { 'a.example': { auth }, 'b.example': { auth }, 'auth.b.example': { auth } },
      },
      async resolver => {
        await resolver.resolve(reference('a.example/o/i:1'))
      },
    )
})

test('if that host gives no anonymous token, its 401 stands, and is not asked about again', async () => {
  const elsewhere = 'HEAD https://b.example/x'
  const challenged = {
    request: elsewhere,
    status: 401,
    headers: challengeOf('https://auth.b.example/token', 'x'),
  }
  await withScripted(
    [
      { request: manifest, status: 307, headers: { location: 'https://b.example/x' } },
      challenged,
      { request: 'GET https://auth.b.example/token?scope=x&service=s', status: 401 },
    ],
    { insecureRegistries: hubHosts, auths: { 'b.example': { auth } } },
    async resolver => {
      await failure(resolver.resolve(reference('a.example/o/i:1')), 'unauthorized', { says: ['a.example'] })
    },
  )
})

test('a second challenge with another scope is answered', async () => {
  const realm = 'https://a.example/token'
  for (const error of ['insufficient_scope', undefined])
    await withScripted(
      [
        { request: manifest, status: 401, headers: challengeOf(realm, 'x') },
        { request: `GET ${realm}?scope=x&service=s`, body: '{"token":"for-x"}' },
        {
          request: manifest,
          authorization: 'Bearer for-x',
          status: 401,
          headers: challengeOf(realm, 'y', error),
        },
        { request: `GET ${realm}?scope=y&service=s`, body: '{"token":"for-y"}' },
        { request: manifest, authorization: 'Bearer for-y', headers: found },
      ],
      { insecureRegistries: hubHosts },
      async resolver => {
        await resolver.resolve(reference('a.example/o/i:1'))
      },
    )
})

test('a second challenge is answered with the credentials of the first one', async () => {
  const realm = 'https://a.example/token'
  const authorization = `Basic ${auth}`
  await withScripted(
    [
      { request: manifest, status: 401, headers: challengeOf(realm, 'x') },
      { request: `GET ${realm}?scope=x&service=s`, authorization, body: '{"token":"for-x"}' },
      {
        request: manifest,
        authorization: 'Bearer for-x',
        status: 401,
        headers: challengeOf(realm, 'x y', 'insufficient_scope'),
      },
      { request: `GET ${realm}?scope=x&scope=y&service=s`, authorization, body: '{"token":"for-both"}' },
      { request: manifest, authorization: 'Bearer for-both', headers: found },
    ],
    { insecureRegistries: hubHosts, auths: { 'a.example': { auth } } },
    async resolver => {
      await resolver.resolve(reference('a.example/o/i:1'))
    },
  )
})

test('a registry that wants another scope each time is asked four times', async () => {
  const realm = 'https://a.example/token'
  const steps = ['1', '2', '3'].flatMap((scope, index) => [
    {
      request: manifest,
      ...(index > 0 && { authorization: `Bearer for-${index}` }),
      status: 401,
      headers: challengeOf(realm, scope, 'insufficient_scope'),
    },
    { request: `GET ${realm}?scope=${scope}&service=s`, body: `{"token":"for-${scope}"}` },
  ])
  const last = {
    request: manifest,
    authorization: 'Bearer for-3',
    status: 401,
    headers: challengeOf(realm, '4'),
  }
  await withScripted([...steps, last], { insecureRegistries: hubHosts }, async resolver => {
    await failure(resolver.resolve(reference('a.example/o/i:1')), 'unauthorized')
  })
})

test.run()
