import type { ServerResponse } from 'node:http'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Credentials } from '../../../src/core/credentials.ts'
import type { PullOutcome, PullProgress } from '../../../src/stores/store.ts'
import { asPlatform } from '../../support/platform.ts'
import {
  type Answer,
  digestOf,
  ENGINES,
  type FakeEngine,
  fakeEngine,
  recording,
  type State,
  want,
  withEngine,
} from '../fake-engine.ts'

const test = suite('docker pull')
const { signal } = new AbortController()
const pulledFrom = (...repositories: readonly string[]) => ({
  Pull: repositories.map(Repository => ({ Repository })),
})
/** Without further tries. */
const once = { signal, pauses: [] }

for (const name of ENGINES) {
  const containerd = name === 'docker-28-containerd'
  const digest = digestOf(name)
  const alpine = want('alpine:3.23', digest)
  const version = `/v${recording(name).ping.api}`
  const image = containerd ? digest : `docker.io/library/alpine@${digest}`
  const create = `POST ${version}/images/create?fromImage=docker.io%2Flibrary%2Falpine&tag=${digest.replace(':', '%3A')}`
  const tag = `POST ${version}/images/${image}/tag?repo=docker.io%2Flibrary%2Falpine&tag=3.23`
  const look = `GET ${version}/images/docker.io/library/alpine:3.23/json`

  test(`${name}: what is absent is pulled by digest and tagged, and is present then`, () =>
    withEngine(name, {}, async (engine, store) => {
      const progress: PullProgress[] = []
      const outcomes = await store.pull([alpine], { signal, onProgress: one => progress.push(one) })
      assert.equal(outcomes, [{ wanted: alpine, ok: true }])
      assert.equal(changes(engine), [create, tag])
      assert.is((await store.availability([alpine], signal))[0]?.state, 'present')

      assert.ok(progress.every(({ key, layer }) => key === alpine.key && layer === '728e94d20366'))
      assert.equal(progress.at(-1)?.status, 'Pull complete')
      if (!containerd) {
        assert.ok(progress.some(({ status, current, total }) => status === 'Extracting' && current === total))
      }
    }))

  test(`${name}: what is there without its tag is only tagged: no registry is asked`, () =>
    withEngine(name, { state: 'untagged', pull: 'refused' }, async (engine, store) => {
      assert.equal(await store.pull([alpine], { signal }), [{ wanted: alpine, ok: true }])
      assert.equal(changes(engine), [tag])
      assert.is((await store.availability([alpine], signal))[0]?.state, 'present')
    }))

  test(`${name}: what is present is left alone`, () =>
    withEngine(name, { state: 'present', pull: 'refused' }, async (engine, store) => {
      assert.equal(await store.pull([alpine], { signal }), [{ wanted: alpine, ok: true }])
      assert.equal(changes(engine), [])
    }))

  const holder = recording(name).scenarios.elsewhere.images.find(({ RepoTags }) =>
    RepoTags?.includes('alpine:3.23'),
  )!
  const contentFrom = (repository: string) => {
    const labels = { 'containerd.io/distribution.source.docker.io': repository }
    return { blobs: new Map([[holder.Id, { bytes: Buffer.from('{}'), labels }]]) }
  }

  test(`${name}: a tag that came from the same repository moves, as docker pull moves it`, () =>
    withEngine(
      name,
      { state: 'elsewhere', ...(containerd && contentFrom('other/alpine,library/alpine')) },
      async (engine, store) => {
        const [before] = await store.availability([alpine], signal)
        const digest = holder.RepoDigests?.[0]?.replace('alpine@', '')
        assert.equal(before?.tagHolder, { id: holder.Id, digest, pulled: true })
        assert.equal(await store.pull([alpine], { signal }), [{ wanted: alpine, ok: true }])
        assert.is(changes(engine).at(-1), tag)
        const [after] = await store.availability([alpine], signal)
        assert.equal([after?.state, after?.tagHolder], ['present', undefined])
      },
    ))

  if (containerd)
    for (const { what, api, identity, moves } of [
      { what: 'pulled', api: '1.53', identity: pulledFrom('docker.io/library/alpine'), moves: true },
      { what: 'pulled, in the short form', api: '1.54', identity: pulledFrom('alpine'), moves: true },
      {
        what: 'pulled from two repositories',
        api: '1.53',
        identity: pulledFrom('other.test/alpine', 'docker.io/library/alpine'),
        moves: true,
      },
      {
        what: 'pulled from another',
        api: '1.53',
        identity: pulledFrom('docker.io/other/alpine'),
        moves: false,
      },
      { what: 'built', api: '1.53', identity: { Build: [{ Ref: 'abc' }] }, moves: false },
      { what: 'not told', api: '1.53', identity: undefined, moves: false },
      { what: 'told in another shape', api: '1.53', identity: { Pull: 'alpine' }, moves: false },
      {
        what: 'pulled, by an older engine',
        api: '1.52',
        identity: pulledFrom('docker.io/library/alpine'),
        moves: false,
      },
    ])
      test(`${name}: without /grpc, Identity decides: ${what}`, () =>
        withEngine(name, { state: 'elsewhere', api, identity }, async (engine, store) => {
          const [before] = await store.availability([alpine], signal)
          assert.is(before?.tagHolder?.pulled, moves)
          await store.pull([alpine], { signal })
          assert.is(
            changes(engine).some(one => one.includes('/tag?')),
            moves,
          )
          const [after] = await store.availability([alpine], signal)
          assert.is(after?.state, moves ? 'present' : 'tag-elsewhere')
        }))

  if (containerd)
    test(`${name}: a tag on content of another repository stays there`, () =>
      withEngine(name, { state: 'elsewhere', ...contentFrom('other/alpine') }, async (engine, store) => {
        await store.pull([alpine], { signal })
        assert.not.ok(changes(engine).includes(tag))
      }))

  test(`${name}: a tag that is on an image of this machine stays there`, () =>
    withEngine(name, { state: 'elsewhere', built: true }, async (engine, store) => {
      assert.equal(await store.pull([alpine], { signal }), [{ wanted: alpine, ok: true }])
      assert.equal(changes(engine), [])
      assert.is((await store.availability([alpine], signal))[0]?.state, 'tag-elsewhere')
    }))

  test(`${name}: unless it may be moved`, () =>
    withEngine(name, { state: 'elsewhere', built: true }, async (engine, store) => {
      assert.equal(await store.pull([alpine], { signal, moveTags: true }), [{ wanted: alpine, ok: true }])
      assert.equal(changes(engine), [tag])
      assert.is((await store.availability([alpine], signal))[0]?.state, 'present')
    }))

  test(`${name}: a tag that somebody sets during the pull stays where it is`, () => {
    const late: State = 'elsewhere'
    const pull: Answer = (_request, response) => {
      engineNow?.setState(late)
      response.end('{"status":"done"}\n')
    }
    let engineNow: FakeEngine | undefined
    return withEngine(name, { pull }, async (engine, store) => {
      engineNow = engine
      await store.pull([alpine], { signal })
      assert.equal(changes(engine), [create])
      assert.is(engine.requests.at(-1), look)
    })
  })

  test(`${name}: two tags of one digest are one pull`, () =>
    withEngine(name, {}, async (engine, store) => {
      const other = want('alpine:3', digest)
      const outcomes = await store.pull([alpine, other], { signal })
      assert.ok(outcomes.every(({ ok }) => ok))
      assert.equal(changes(engine).sort(), [create, tag, tag.replace('3.23', '3')].sort())
    }))

  test(`${name}: a reference without a tag gets none`, () =>
    withEngine(name, {}, async (engine, store) => {
      const bare = want(`alpine@${digest}`, digest)
      assert.equal(await store.pull([bare], { signal }), [{ wanted: bare, ok: true }])
      assert.equal(changes(engine), [create])
    }))

  test(`${name}: another platform than its own is named`, () =>
    withEngine(name, {}, async (engine, store) => {
      await store.pull([want('alpine:3.23', digest, { platform: asPlatform('linux/arm64/v8') })], { signal })
      assert.is(changes(engine)[0], `${create}&platform=linux%2Farm64`)
    }))

  test(`${name}: a proxy before the engine that refuses is reported as that`, async () => {
    for (const status of [403, 407, 502]) {
      const pull: Answer = (_request, response) => response.writeHead(status).end('<html>Forbidden</html>')
      await withEngine(name, { pull }, async (_engine, store) => {
        const [outcome] = await store.pull([alpine], once)
        assert.is(codeOf(outcome), 'engine')
        assert.match(
          messageOf(outcome),
          /refused by the engine at unix:\S+ or a proxy in front of it: \/images\/create gave status \d+/,
        )
      })
    }
  })

  test(`${name}: a registry that refuses`, () =>
    withEngine(name, { pull: 'refused' }, async (engine, store) => {
      const [outcome] = await store.pull([alpine], once)
      assert.is(codeOf(outcome), 'unreachable')
      assert.match(messageOf(outcome), /connection refused/)
      assert.equal(changes(engine), [create], 'nothing is tagged')
    }))

  test(`${name}: a digest that the registry does not have`, () =>
    withEngine(name, { pull: 'missing' }, async (_engine, store) => {
      assert.is(codeOf((await store.pull([alpine], { signal }))[0]), 'not-found')
    }))

  test(`${name}: a platform that the image does not have`, () =>
    withEngine(name, { pull: 'noPlatform' }, async (engine, store) => {
      const [outcome] = await store.pull(
        [want('alpine:3.23', digest, { platform: asPlatform('linux/s390x') })],
        once,
      )
      // The graphdriver engines say it with status 200, in the stream, and tell only of the registry that they asked next.
      assert.is(codeOf(outcome), containerd ? 'not-found' : 'engine')
      if (!containerd) assert.match(messageOf(outcome), /failed after it had started.*registry-1\.docker\.io/)
      assert.is(changes(engine).length, 1, 'nothing is tagged')
    }))

  test(`${name}: of several, one that fails does not keep the others`, () => {
    const pull: Answer = (request, response) => {
      const bad = request.url?.includes('busybox')
      if (!bad) engineNow?.setState('untagged')
      response.end(bad ? '{"error":"toomanyrequests: slow down"}\n' : '{"status":"done"}\n')
    }
    let engineNow: FakeEngine | undefined
    return withEngine(name, { pull }, async (engine, store) => {
      engineNow = engine
      const busybox = want('busybox:1', digestOf(name, 'latest'))
      const outcomes = await store.pull([busybox, alpine], once)
      assert.equal(
        outcomes.map(outcome => codeOf(outcome) ?? 'ok'),
        ['rate-limited', 'ok'],
      )
      assert.equal(
        outcomes.map(({ wanted }) => wanted.key),
        ['busybox:1', 'alpine:3.23'],
      )
    })
  })
}

test('a graphdriver store is not asked to keep two platforms of a digest', async () => {
  const name = 'docker-28-graphdriver'
  const [own, arm] = [undefined, 'linux/arm64'].map(platform =>
    want('alpine:3.23', digestOf(name), platform === undefined ? {} : { platform: asPlatform(platform) }),
  ) as [ReturnType<typeof want>, ReturnType<typeof want>]
  await withEngine(name, {}, async (engine, store) => {
    const outcomes = await store.pull([own, arm], { signal })
    assert.equal(
      outcomes.map(outcome => codeOf(outcome) ?? 'ok'),
      ['ok', 'unsupported'],
    )
    assert.is(changes(engine).filter(change => change.includes('/images/create')).length, 1)
  })
  await withEngine(name, { state: 'otherPlatform' }, async (engine, store) => {
    const [outcome] = await store.pull([own], { signal })
    assert.is(codeOf(outcome), 'unsupported')
    assert.match(messageOf(outcome), /here linux\/arm64/)
    assert.equal(changes(engine), [])
  })
})

for (const state of ['empty', 'present'] as const) {
  test(`a containerd store before Docker 28.4, ${state}: pulled under the name that its BuildKit looks for`, () => {
    const name = 'docker-26-containerd'
    const digest = digestOf(name)
    const pull: Answer = (_request, response) => {
      engineNow?.setState('exact')
      response.end('{"status":"done"}\n')
    }
    let engineNow: FakeEngine | undefined
    return withEngine(name, { state, pull }, async (engine, store) => {
      engineNow = engine
      const wanted = want('alpine:3.23', digest)
      assert.is((await store.pull([wanted], { signal }))[0]?.ok, true)
      const fromImage = encodeURIComponent(`docker.io/library/alpine:3.23@${digest}`)
      assert.equal(changes(engine), [`POST /v1.45/images/create?fromImage=${fromImage}`])
      assert.is((await store.availability([wanted], signal))[0]?.state, 'present')
    })
  })
}

test('a containerd store keeps both', async () => {
  const name = 'docker-28-containerd'
  const pull: Answer = (_request, response) => {
    engineNow?.setState('bothPlatforms')
    response.end('{"status":"done"}\n')
  }
  let engineNow: FakeEngine | undefined
  await withEngine(name, { state: 'present', pull }, async (engine, store) => {
    engineNow = engine
    const arm = want('alpine:3.23', digestOf(name), { platform: asPlatform('linux/arm64') })
    assert.is((await store.pull([arm], { signal }))[0]?.ok, true)
    assert.is((await store.availability([arm], signal))[0]?.state, 'present')
  })
})

test('an engine that cannot choose a platform is not asked to', () =>
  withEngine('docker-20.10', { api: '1.24' }, async (engine, store) => {
    const arm = want('alpine:3.23', digestOf('docker-20.10'), { platform: asPlatform('linux/arm64') })
    assert.is(codeOf((await store.pull([arm], { signal }))[0]), 'unsupported')
    assert.equal(changes(engine), [])
    assert.is((await store.pull([want('alpine:3.23', digestOf('docker-20.10'))], { signal }))[0]?.ok, true)
  }))

test('credentials go with the pull, in the form that Go reads, and only when there are any', async () => {
  const name = 'docker-20.10'
  const asked: string[] = []
  const sent = async (credentials: Credentials | undefined) => {
    let header: unknown
    await withEngine(name, {}, async (engine, store) => {
      await store.pull([want('ghcr.io/o/i:1', digestOf(name)), want('alpine:3.23', digestOf(name))], {
        signal,
        credentials: async registry => {
          asked.push(registry)
          return registry === 'docker.io' ? credentials : undefined
        },
      })
      const of = (text: string) => {
        const index = engine.requests.findIndex(request => request.includes(text))
        return engine.headers[index]?.['x-registry-auth']
      }
      assert.is(of('fromImage=ghcr.io'), undefined)
      header = of('fromImage=docker.io')
    })
    return header
  }
  const padded = /^(?:[\w-]{4})*(?:[\w-]{2}==|[\w-]{3}=)?$/
  for (const username of ['a', 'ab', 'abc', '>>>???']) {
    const header = String(await sent({ username, password: 'p\u{1f511}' }))
    assert.match(header, padded)
    assert.equal(JSON.parse(Buffer.from(header, 'base64url').toString()), {
      username,
      password: 'p\u{1f511}',
      serveraddress: 'https://index.docker.io/v1/',
    })
  }
  assert.equal(JSON.parse(Buffer.from(String(await sent({ identityToken: 't' })), 'base64url').toString()), {
    identitytoken: 't',
    serveraddress: 'https://index.docker.io/v1/',
  })
  assert.equal(JSON.parse(Buffer.from(String(await sent({ registryToken: 't' })), 'base64url').toString()), {
    registrytoken: 't',
    serveraddress: 'https://index.docker.io/v1/',
  })
  assert.is(await sent(undefined), undefined)
  assert.ok(asked.includes('ghcr.io'))
})

test('what an engine says is never printed raw', async () => {
  const pull: Answer = (_request, response) => {
    response.write('{"status":"Pull\\u001b[2Jing","id":"0123456789ab"}\n')
    response.end('{"error":"bad \\u001b[31mred\\nline https://u:secret@r.test/ x"}\n')
  }
  await withEngine('docker-20.10', { pull }, async (_engine, store) => {
    const seen: PullProgress[] = []
    const wanted = [want('alpine:3.23', digestOf('docker-20.10'))]
    const [outcome] = await store.pull(wanted, { signal, onProgress: one => seen.push(one) })
    assert.is(seen[0]?.status, 'Pull\\x1b[2Jing')
    assert.is(messageOf(outcome), 'bad \\x1b[31mred\\x0aline https://***@r.test/ x')
  })
})

test('odd numbers in the progress are no numbers', async () => {
  const details = ['null', '{"current":-1,"total":0}', '{"current":"7","total":1e999}', '[]', '3']
  const pull: Answer = (_request, response) => {
    for (const detail of details)
      response.write(`{"status":"x","id":"0123456789ab","progressDetail":${detail}}\n`)
    response.end('null\n[]\n7\n')
  }
  await withEngine('docker-20.10', { pull }, async (_engine, store) => {
    const seen: PullProgress[] = []
    const wanted = want('alpine:3.23', digestOf('docker-20.10'))
    await store.pull([wanted], { signal, onProgress: one => seen.push(one) })
    assert.equal(
      seen,
      details.map(() => ({ key: wanted.key, layer: '0123456789ab', status: 'x' })),
    )
  })
})

const CAUSES: readonly (readonly [said: string, code: string])[] = [
  [
    "pull access denied for x, repository does not exist or may require 'docker login': denied: requested access",
    'denied',
  ],
  ['unauthorized: authentication required', 'unauthorized'],
  ['Head "https://r.test/v2/": no basic auth credentials', 'unauthorized'],
  ['toomanyrequests: You have reached your unauthenticated pull rate limit', 'rate-limited'],
  ['manifest for x@sha256:0 not found: manifest unknown: manifest unknown', 'not-found'],
  ['no matching manifest for linux/s390x in the manifest list entries', 'not-found'],
  ['Get "https://r.test/v2/": dial tcp: lookup r.test: no such host', 'unreachable'],
  ['Get "https://r.test/v2/": net/http: TLS handshake timeout', 'unreachable'],
  ['Get "https://r.test/v2/": http: server gave HTTP response to HTTPS client', 'unreachable'],
  [
    'Get "https://r.test/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority',
    'unreachable',
  ],
  ['failed to register layer: write /x: no space left on device', 'engine'],
  ['manifest verification failed for digest sha256:0', 'untrusted'],
  ['unexpected commit digest sha256:0, expected sha256:1: failed precondition', 'untrusted'],
  ['something that nobody has seen', 'engine'],
]
for (const [said, code] of CAUSES) {
  test(`${code}: ${said}`, () =>
    withEngine(
      'docker-20.10',
      {
        pull: (_request, response) => response.end(`${JSON.stringify({ errorDetail: { message: said } })}\n`),
      },
      async (_engine, store) => {
        const [outcome] = await store.pull([want('alpine:3.23', digestOf('docker-20.10'))], once)
        assert.is(codeOf(outcome), code)
        assert.is(messageOf(outcome), said)
      },
    ))
}

test('an engine that is killed in mid-pull fails that pull', async () => {
  let engineNow: FakeEngine | undefined
  const pull: Answer = (_request, response) => {
    response.write('{"status":"Downloading","id":"0123456789ab"}\n', () => engineNow?.kill())
  }
  await withEngine('docker-20.10', { pull }, async (engine, store) => {
    engineNow = engine
    const [outcome] = await store.pull([want('alpine:3.23', digestOf('docker-20.10'))], once)
    assert.is(codeOf(outcome), 'unreachable')
    assert.match(messageOf(outcome), /broke off/)
  })
})

test('what may pass is tried again: a registry that recovers, and an engine that breaks off', async () => {
  let tries = 0
  let engineNow: FakeEngine | undefined
  const pull: Answer = (request, response) => {
    tries += 1
    if (tries === 1)
      return response.end('{"error":"received unexpected HTTP status: 503 Service Unavailable"}\n')
    if (tries === 2) return request.socket.destroy()
    engineNow?.setState('untagged')
    response.end('{"status":"done"}\n')
  }
  await withEngine('docker-20.10', { pull }, async (engine, store) => {
    engineNow = engine
    const wanted = want('alpine:3.23', digestOf('docker-20.10'))
    const outcomes = await store.pull([wanted], { signal, pauses: [0, 0] })
    assert.equal(outcomes, [{ wanted, ok: true }])
    assert.is(tries, 3)
  })
})

test('a pull that ends well and brings nothing is a failure', async () => {
  const pull: Answer = (_request, response) => response.end('{"status":"done"}\n')
  for (const text of ['alpine:3.23', `alpine@${digestOf('docker-20.10')}`]) {
    await withEngine('docker-20.10', { pull }, async (_engine, store) => {
      assert.is(codeOf((await store.pull([want(text, digestOf('docker-20.10'))], { signal }))[0]), 'engine')
    })
  }
})

test('a tag that cannot be looked at is not taken for free', async () => {
  const looks = {
    '/images/docker.io/library/alpine:3.23/json': (_request: unknown, response: ServerResponse) => {
      response.writeHead(404)
      response.end('{"message":"content digest sha256:0: not found"}')
    },
  }
  await withEngine('docker-28-containerd', { state: 'untagged', answers: looks }, async (engine, store) => {
    const wanted = want('alpine:3.23', digestOf('docker-28-containerd'))
    assert.is(codeOf((await store.pull([wanted], { signal, moveTags: true }))[0]), 'engine')
    assert.equal(changes(engine), [])
  })
})

test('an abort ends the pull at once, and is thrown', async () => {
  const controller = new AbortController()
  let closed: Promise<unknown> | undefined
  const pull: Answer = (_request, response) => {
    closed = new Promise(resolve => response.once('close', resolve))
    response.write('{"status":"Downloading","id":"0123456789ab"}\n')
  }
  await withEngine('docker-20.10', { pull }, async (engine, store) => {
    const wanted = [
      want('alpine:3.23', digestOf('docker-20.10')),
      want('busybox:1', digestOf('docker-20.10', 'latest')),
    ]
    const error = await store
      .pull(wanted, { signal: controller.signal, onProgress: () => controller.abort() })
      .catch((reason: unknown) => reason)
    assert.is((error as { code?: string }).code, 'interrupted')
    // The engine sees it: that is what makes it stop pulling.
    await closed
    assert.ok(changes(engine).every(change => change.includes('/images/create')))
  })
})

test('an engine that is not there fails every image, and throws nothing', async () => {
  const engine = await fakeEngine('docker-20.10')
  const store = await engine.store()
  await engine.stop()
  const wanted = ['alpine:3.23', 'busybox:1'].map(text => want(text, digestOf('docker-20.10')))
  const outcomes = await store.pull(wanted, { signal })
  assert.equal(outcomes.map(codeOf), ['unreachable', 'unreachable'])
})

test('nothing wanted, nothing asked', () =>
  withEngine('docker-20.10', {}, async (engine, store) => {
    assert.equal(await store.pull([], { signal }), [])
    assert.equal(engine.requests, [])
  }))

test('a mistake in the caller is not taken for a failure of the engine', () =>
  withEngine('docker-20.10', {}, async (_engine, store) => {
    const bug = new TypeError('bug')
    const error = await store
      .pull([want('alpine:3.23', digestOf('docker-20.10'))], {
        signal,
        onProgress: () => {
          throw bug
        },
      })
      .catch((reason: unknown) => reason)
    assert.is(error, bug)
  }))

function changes(engine: FakeEngine): string[] {
  // Over /grpc nothing is asked that changes anything.
  return engine.requests.filter(request => !request.startsWith('GET ') && request !== 'POST /grpc')
}

function codeOf(outcome: PullOutcome | undefined): string | undefined {
  return outcome?.ok === false ? outcome.code : undefined
}

function messageOf(outcome: PullOutcome | undefined): string {
  return outcome?.ok === false ? outcome.message : ''
}

test.run()
