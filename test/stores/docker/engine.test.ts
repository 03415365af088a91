import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { shortDigest } from '../../../src/core/digest.ts'
import { formatPlatform } from '../../../src/core/platform.ts'
import { detectStore } from '../../../src/stores/index.ts'
import type { Availability } from '../../../src/stores/store.ts'
import { failureOf } from '../../support/failure.ts'
import { withFolder } from '../../support/folder.ts'
import { asPlatform } from '../../support/platform.ts'
import { detailText } from '../detail.ts'
import {
  type Answer,
  digestOf,
  ENGINES,
  type EngineName,
  type FakeOptions,
  fakeEngine,
  recording,
  type State,
  want,
  withEngine,
} from '../fake-engine.ts'

const test = suite('docker engine')
const { signal } = new AbortController()

const KEEPS_BOTH: EngineName = 'docker-28-containerd'
const versions: Record<(typeof ENGINES)[number], string> = {
  'docker-20.10': 'Docker 20.10.24+dfsg1',
  'docker-28-graphdriver': 'Docker 28.5.2+dfsg4',
  'docker-28-containerd': 'Docker 28.5.2+dfsg4',
}

for (const name of ENGINES) {
  const graphdriver = name !== 'docker-28-containerd'
  const digest = digestOf(name)
  const alpine = want('alpine:3.23', digest)
  const forArm = want('alpine:3.23', digest, { platform: asPlatform('linux/arm64/v8') })

  test(`${name}: says what it is and how it reaches registries`, () =>
    withEngine(name, {}, async (engine, store) => {
      assert.equal(await store.info(signal), {
        kind: 'docker',
        version: versions[name]?.replace(/^Docker /, ''),
        name: versions[name],
        host: engine.host,
        imageStore: graphdriver ? 'graphdriver' : 'containerd',
        maxState: 'present',
        platform: asPlatform('linux/amd64'),
        mirrors: ['http://127.0.0.1:5999/'],
        insecureRegistries: ['registry.test:5000'],
        insecureCidrs: name === 'docker-20.10' ? ['127.0.0.0/8'] : ['127.0.0.0/8', '::1/128'],
      })
    }))

  const other = shortDigest(digestOf(name, 'latest'))
  const oneStays = graphdriver ? 'wrong-platform linux/arm64' : 'present'
  const expected: Record<Exclude<State, 'exact'>, readonly [amd64: string, arm64: string]> = {
    empty: ['absent', 'absent'],
    untagged: ['untagged', 'wrong-platform linux/amd64'],
    present: ['present', 'wrong-platform linux/amd64'],
    retagged: ['present', 'wrong-platform linux/amd64'],
    elsewhere: [`tag-elsewhere ${other}`, 'wrong-platform linux/amd64'],
    otherPlatform: ['wrong-platform linux/arm64', 'present'],
    bothPlatforms: [oneStays, 'present'],
  }
  for (const [state, [amd64, arm64]] of Object.entries(expected)) {
    test(`${name}, ${state}: ${amd64} for its own platform, ${arm64} for arm64`, () =>
      withEngine(name, { state: state as State }, async (_engine, store) => {
        const answers = await store.availability([alpine, forArm], signal)
        assert.equal(answers.map(inWords), [`linux/amd64 ${amd64}`, `linux/arm64 ${arm64}`])
        assert.is(answers[0]?.wanted, alpine)
      }))
  }

  test(`${name}: the platform's own digest, where it is known, decides`, () =>
    withEngine(name, { state: 'present' }, async (_engine, store) => {
      const platforms = recording(name).images['3.23'].platforms as Record<string, typeof digest>
      const states = async (platform: string) =>
        (
          await store.availability(
            [{ ...alpine, platform: asPlatform(platform), platformDigest: platforms[platform]! }],
            signal,
          )
        )[0]?.state
      assert.is(await states('linux/amd64'), 'present')
      assert.is(await states('linux/arm64/v8'), 'wrong-platform')
    }))

  test(`${name}: a digest that the lockfile has under the wrong platform decides nothing`, () =>
    withEngine(name, { state: 'present' }, async (_engine, store) => {
      const platforms = recording(name).images['3.23'].platforms as Record<string, typeof digest>
      const wanted = {
        ...alpine,
        platform: asPlatform('linux/arm64'),
        platformDigest: platforms['linux/amd64']!,
      }
      assert.is((await store.availability([wanted], signal))[0]?.state, 'wrong-platform')
    }))

  test(`${name}: the frontend of # syntax= that is there is ${graphdriver ? 'found' : 'asked for all the same'}`, () =>
    withEngine(name, { state: 'present' }, async (engine, store) => {
      const [answer] = await store.availability([{ ...alpine, frontend: true }], signal)
      assert.equal([answer?.state, answer?.registryUse], ['present', graphdriver ? 'none' : 'optional'])
      assert.not.ok(
        engine.requests.some(request => request.startsWith('POST')),
        'nothing is left to ask',
      )
    }))

  test(`${name}: an image that a build has as a context is ${graphdriver ? 'found' : 'asked for'}`, () =>
    withEngine(name, { state: 'present' }, async (_engine, store) => {
      const [answer] = await store.availability([{ ...alpine, context: true }], signal)
      assert.equal(
        [answer?.state, answer?.registryUse, answer?.detail],
        graphdriver ? ['present', 'none', undefined] : ['present', 'optional', { code: 'named-context' }],
      )
    }))

  test(`${name}: the same digest in another repository`, () =>
    withEngine(name, { state: 'retagged' }, async (_engine, store) => {
      // A graphdriver store finds a digest by the repository that it came from, a containerd store by any tag on it.
      const [answer] = await store.availability([want('foo/bar:1', digest)], signal)
      assert.is(answer?.state, graphdriver ? 'absent' : 'present')
    }))

  test(`${name}: a reference without a tag`, () =>
    withEngine(name, { state: 'untagged' }, async (_engine, store) => {
      const [answer] = await store.availability([want(`alpine@${digest}`, digest)], signal)
      assert.is(answer?.state, graphdriver ? 'present' : 'untagged')
    }))

  test(`${name}: another digest of a tag that is there is absent, and it is said what the tag is on`, () =>
    withEngine(name, { state: 'present' }, async (_engine, store) => {
      const [answer] = await store.availability([want('alpine:3.23', digestOf(name, 'latest'))], signal)
      assert.is(inWords(answer), `linux/amd64 absent the tag is on ${shortDigest(digest)}`)
    }))

  test(`${name}: many images cost a list, not a request each`, () =>
    withEngine(name, { state: 'present' }, async (engine, store) => {
      const many = Array.from({ length: 100 }, (_, index) => want(`alpine:3.23`, digest, { key: `${index}` }))
      const answers = await store.availability([...many, want('busybox:1', digest)], signal)
      assert.is(answers.filter(({ state }) => state === 'present').length, 100)
      const version = `/v${recording(name).ping.api}`
      // Where an image in the list costs the engine something, only what is wanted is listed.
      const filters =
        name === 'docker-20.10'
          ? ''
          : `&filters=${encodeURIComponent(JSON.stringify({ reference: ['alpine', 'busybox', 'moby-dangling'] }))}`
      const asked = ['GET /_ping', `GET ${version}/info`, `GET ${version}/images/json?manifests=1${filters}`]
      const id = recording(name).scenarios.present.images[0]?.Id
      // One list entry of a graphdriver store does not tell the platform of its image.
      const platform = `GET ${version}/images/${id}/json`
      // What is not there may be in the build cache, or be content without a name.
      const behind = graphdriver ? `GET ${version}/system/df?type=build-cache` : 'POST /grpc'
      assert.equal([...engine.requests].sort(), [...asked, ...(graphdriver ? [platform] : []), behind].sort())
      const before = engine.requests.length
      await store.availability(many, signal)
      assert.equal(engine.requests.slice(before).length, graphdriver ? 2 : 1, 'all present')
    }))
}

test('what only the build cache of a graphdriver store has', () => {
  const digest = digestOf('docker-20.10')
  const pulled = (name: string) => ({ Description: `pulled from docker.io/library/${name}@${digest}` })
  const answer = async (...buildCache: { readonly Description: string }[]) => {
    let found: { readonly state: string; readonly registryUse: string } | undefined
    await withEngine('docker-20.10', { buildCache }, async (_engine, store) => {
      ;[found] = await store.availability([want('alpine:3.23', digest)], signal)
    })
    return `${found?.state} ${found?.registryUse}`
  }
  return Promise.all([
    answer(pulled('alpine:3.23')),
    answer(pulled('alpine')),
    answer(pulled('alpine-other:3.23'), { Description: `mount / from exec ${digest}` }),
    answer(),
  ]).then(found =>
    assert.equal(found, ['cache-only optional', 'cache-only optional', 'absent required', 'absent required']),
  )
})

test('whether a build passes cannot be told without the content that BuildKit has', () =>
  withEngine(KEEPS_BOTH, { state: 'untagged' }, async (_engine, store) => {
    const [found] = await store.availability([want('alpine:3.23', digestOf(KEEPS_BOTH))], signal)
    assert.equal([found?.state, found?.registryUse], ['untagged', 'unknown'])
  }))

test('without /grpc the build cache tells what it pulled, and nothing else is claimed', async () => {
  const digest = digestOf(KEEPS_BOTH)
  const alpine = want('alpine:3.23', digest)
  // As Docker 29: a newer API than is known here.
  const buildCache = [{ Description: `pulled from docker.io/library/alpine:3.23@${digest}` }]
  const states = async (options: FakeOptions) => {
    let found: Availability | undefined
    await withEngine(KEEPS_BOTH, { api: '1.54', ...options }, async (engine, store) => {
      ;[found] = await store.availability([alpine], signal)
      // Docker 29 refuses versions below 1.44.
      for (const path of engine.requests.filter(request => request.includes(' /v')))
        assert.ok(Number(/v1\.(\d+)/.exec(path)?.[1]) >= 44, path)
    })
    return `${found?.state} ${found?.registryUse}`
  }
  assert.is(await states({ buildCache }), 'cache-only optional')
  assert.is(await states({}), 'absent unknown')
  assert.is(await states({ state: 'untagged', buildCache }), 'untagged unknown')
  assert.is(await states({ state: 'present' }), 'present none')
})

test('without /grpc, where the image under a tag came from is told by Identity, or not at all', async () => {
  const origin = async (options: FakeOptions, text = 'alpine:3.23') => {
    let found: unknown
    await withEngine(KEEPS_BOTH, { state: 'retagged', ...options }, async (_engine, store) => {
      const { reference } = want(text, digestOf(KEEPS_BOTH))
      found = [...((await store.origins?.([reference], signal)) ?? [])].map(([, value]) => value)[0]
    })
    return found
  }
  const pulled = { Pull: [{ Repository: 'docker.io/library/alpine' }] }
  assert.is(await origin({ api: '1.51' }), 'unknown')
  assert.is(await origin({ api: '1.53' }), 'unknown')
  assert.is(await origin({ api: '1.53', identity: pulled }), undefined, 'from its registry')
  assert.is(await origin({ api: '1.53', identity: pulled }, 'foo/bar:1'), 'local')
  assert.is(await origin({ api: '1.53', identity: { Build: [{}] } }), 'local')
  assert.is(await origin({ api: '1.53', identity: pulled }, 'busybox:1'), undefined, 'not there')
  const refused: Answer = (_request, response) => {
    response.writeHead(403, { 'content-type': 'text/html' }).end('<h1>no</h1>')
  }
  const path = `/images/${digestOf(KEEPS_BOTH)}/json`
  assert.is(await origin({ api: '1.53', identity: pulled, answers: { [path]: refused } }), 'unknown')
})

test('an engine that breaks off that question leaves it open; one that has gone is told', async () => {
  const digest = digestOf('docker-20.10')
  const breakOff: Answer = (_request, response) => response.socket?.destroy()
  await withEngine('docker-20.10', { answers: { '/system/df': breakOff } }, async (_engine, store) => {
    const [found] = await store.availability([want('alpine:3.23', digest)], signal)
    assert.equal([found?.state, found?.registryUse], ['absent', 'unknown'])
  })
  const engine = await fakeEngine('docker-20.10', {
    answers: { '/system/df': () => void engine.stop() },
  })
  const store = await engine.store()
  const { code } = await failureOf(store.availability([want('alpine:3.23', digest)], signal))
  assert.is(code, 'unreachable')
})

test('Docker 20.10 tells one caller at a time what its build cache has: the next one waits', async () => {
  const digest = digestOf('docker-20.10')
  const BuildCache = [{ Description: `pulled from docker.io/library/alpine:3.23@${digest}` }]
  let asked = 0
  const busyTwice: Answer = (_request, response) => {
    asked += 1
    const isBusy = asked <= 2
    response.writeHead(isBusy ? 500 : 200, { 'content-type': 'application/json' })
    response.end(
      JSON.stringify(isBusy ? { message: 'a disk usage operation is already running' } : { BuildCache }),
    )
  }
  await withEngine('docker-20.10', { answers: { '/system/df': busyTwice } }, async (_engine, store) => {
    const [found] = await store.availability([want('alpine:3.23', digest)], signal)
    assert.equal([found?.state, found?.registryUse], ['cache-only', 'optional'])
  })
})

test('the brackets of an address are no pattern', () =>
  withEngine(KEEPS_BOTH, {}, async (engine, store) => {
    await store.availability([want('[::1]:5000/x/y:1', digestOf(KEEPS_BOTH))], signal)
    const list = engine.requests.find(request => request.includes('/images/json')) ?? ''
    assert.match(
      decodeURIComponent(list),
      JSON.stringify({ reference: ['\\[::1\\]:5000/x/y', 'moby-dangling'] }),
    )
  }))

test('of many repositories, only a containerd store is asked for these alone', async () => {
  for (const name of ENGINES) {
    const filtersFor = async (count: number) => {
      let list = ''
      await withEngine(name, { state: 'present' }, async (engine, store) => {
        const wanted = Array.from({ length: count }, (_, number) =>
          want(`many/of-${number}:1`, digestOf(name)),
        )
        const alpine = want('alpine:3.23', digestOf(name))
        const answers = await store.availability([...wanted, alpine], signal)
        assert.is(answers.at(-1)?.state, 'present')
        list = engine.requests.find(request => request.includes('/images/json?')) ?? ''
      })
      return list.includes('filters')
    }
    assert.is(await filtersFor(1), name !== 'docker-20.10', name)
    assert.is(await filtersFor(100), name === KEEPS_BOTH, name)
  }
})

test('what is expected is listed early, and once: the second question lists anew', () =>
  withEngine(KEEPS_BOTH, { state: 'present' }, async (engine, store) => {
    const lists = () => engine.requests.filter(request => request.includes('/images/json')).length
    const alpine = want('alpine:3.23', digestOf(KEEPS_BOTH))
    store.prefetch?.([alpine.reference, want('busybox:1', alpine.digest).reference], signal)
    while (lists() === 0) await new Promise(resolve => setImmediate(resolve))
    const [answer] = await store.availability([alpine], signal)
    assert.is(answer?.state, 'present')
    assert.is(lists(), 1)
    await store.availability([alpine], signal)
    assert.is(lists(), 2)
  }))

test('what was not expected is listed all the same', () =>
  withEngine(KEEPS_BOTH, { state: 'present' }, async (engine, store) => {
    const alpine = want('alpine:3.23', digestOf(KEEPS_BOTH))
    store.prefetch?.([want('busybox:1', alpine.digest).reference], signal)
    const [answer] = await store.availability([alpine], signal)
    assert.is(answer?.state, 'present')
    assert.is(engine.requests.filter(request => decodeURIComponent(request).includes('["alpine",')).length, 1)
  }))

test('nothing wanted, nothing asked', () =>
  withEngine(KEEPS_BOTH, {}, async (engine, store) => {
    assert.equal(await store.availability([], signal), [])
    assert.equal(engine.requests, [])
  }))

test('an engine of API 1.24 is asked in its own version', () =>
  withEngine('docker-20.10', { api: '1.24', state: 'present' }, async (engine, store) => {
    const [answer] = await store.availability([want('alpine:3.23', digestOf('docker-20.10'))], signal)
    assert.is(answer?.state, 'present')
    assert.ok(engine.requests.slice(1).every(request => request.startsWith('GET /v1.24/')))
  }))

test('an engine newer than what is known is asked in a version that is known', () =>
  withEngine('docker-28-containerd', { api: '1.99', state: 'present' }, async (engine, store) => {
    await store.info(signal)
    assert.is(engine.requests[1], 'GET /v1.51/info')
  }))

for (const [state, answer] of [
  ['untagged', 'untagged'],
  // Measured: with these two, Docker 26 asks the registry about `FROM alpine:3.23@digest`.
  ['present', 'untagged'],
  ['retagged', 'untagged'],
  ['exact', 'present'],
  ['elsewhere', 'tag-elsewhere'],
] as const) {
  test(`a containerd store before Docker 28.4, ${state}: ${answer}`, () =>
    withEngine('docker-26-containerd', { state }, async (_engine, store) => {
      const [found] = await store.availability(
        [want('alpine:3.23', digestOf('docker-26-containerd'))],
        signal,
      )
      assert.is(found?.state, answer)
    }))
}

for (const [version, answer] of [
  ['28.3.3', 'untagged'],
  ['28.4.0', 'present'],
  ['29.0.0-rc.1', 'present'],
  ['', 'untagged'],
] as const) {
  test(`a containerd store of version "${version}" that has the tag: ${answer}`, () => {
    const info = { ...recording(KEEPS_BOTH).info, ServerVersion: version }
    const answers = { '/info': reply(200, JSON.stringify(info)) }
    return withEngine(KEEPS_BOTH, { state: 'present', answers }, async (_engine, store) => {
      const [found] = await store.availability([want('alpine:3.23', digestOf(KEEPS_BOTH))], signal)
      assert.is(found?.state, answer)
    })
  })
}

test('a containerd store before API 1.47 does not list manifests: its images are inspected', () =>
  withEngine('docker-26-containerd', { state: 'exact' }, async (_engine, store) => {
    const digest = digestOf('docker-26-containerd')
    const wanted = [
      want('alpine:3.23', digest),
      want('alpine:3.23', digest, { platform: asPlatform('linux/arm64') }),
    ]
    const answers = await store.availability(wanted, signal)
    assert.equal(answers.map(inWords), ['linux/amd64 present', 'linux/arm64 wrong-platform linux/amd64'])
  }))

test('an image that vanishes between the list and the inspection is absent', async () => {
  const name = 'docker-20.10'
  const id = recording(name).scenarios.present.images[0]?.Id
  const answers = { [`/images/${id}/json`]: reply(404, '{"message":"no such image"}') }
  await withEngine(name, { state: 'present', answers }, async (_engine, store) => {
    const [answer] = await store.availability([want('alpine:3.23', digestOf(name))], signal)
    assert.is(answer?.state, 'absent')
  })
})

test('an image of which nobody tells the platform is no green answer', async () => {
  const name = 'docker-20.10'
  const id = recording(name).scenarios.present.images[0]?.Id
  const answers = { [`/images/${id}/json`]: reply(200, '{}') }
  await withEngine(name, { state: 'present', answers }, async (_engine, store) => {
    const [answer] = await store.availability([want('alpine:3.23', digestOf(name))], signal)
    assert.is(inWords(answer), 'linux/amd64 unknown the engine does not report the platform of this image')
  })
})

test('an inspection that fails is an error, not an answer', async () => {
  const name = 'docker-20.10'
  const id = recording(name).scenarios.present.images[0]?.Id
  const answers = { [`/images/${id}/json`]: reply(500, '{"message":"disk \\u001b[31mon fire"}') }
  await withEngine(name, { state: 'present', answers }, async (_engine, store) => {
    const error = await failureOf(store.availability([want('alpine:3.23', digestOf(name))], signal))
    assert.is(error.code, 'engine')
    assert.match(error.message, 'disk \\x1b[31mon fire')
  })
})

test('incomplete content of the platform is not there, whatever the record says', async () => {
  const name = KEEPS_BOTH
  const { images } = recording(name).scenarios.present
  const broken = structuredClone(images) as unknown as { Manifests: { Available: boolean }[] }[]
  for (const manifest of broken[0]!.Manifests) manifest.Available = false
  await withEngine(
    name,
    { answers: { '/images/json': reply(200, JSON.stringify(broken)) } },
    async (_engine, store) => {
      const [answer] = await store.availability([want('alpine:3.23', digestOf(name))], signal)
      assert.is(inWords(answer), 'linux/amd64 incomplete')
    },
  )
})

test('a record whose literal name is name:tag@digest is not the tag', async () => {
  const name = KEEPS_BOTH
  const digest = digestOf(name)
  const images = recording(name).scenarios.untagged.images.map(image => ({
    ...image,
    RepoTags: [`alpine:3.23@${digest}`],
    RepoDigests: [`alpine:3.23@${digest}`],
  }))
  await withEngine(
    name,
    { answers: { '/images/json': reply(200, JSON.stringify(images)) } },
    async (_engine, store) => {
      assert.is((await store.availability([want('alpine:3.23', digest)], signal))[0]?.state, 'untagged')
    },
  )
})

test('names in the list that are no references are passed over', async () => {
  const name = 'docker-20.10'
  const images = [
    { Id: 'sha256:0', RepoTags: null, RepoDigests: null },
    { Id: 'sha256:1', RepoTags: ['<none>:<none>'], RepoDigests: ['<none>@<none>'] },
    { Id: 'sha256:2', RepoTags: [7, 'UPPER:1'], RepoDigests: 'alpine' },
  ]
  await withEngine(
    name,
    { answers: { '/images/json': reply(200, JSON.stringify(images)) } },
    async (_engine, store) => {
      assert.is((await store.availability([want('alpine:3.23', digestOf(name))], signal))[0]?.state, 'absent')
    },
  )
})

for (const [what, body] of [
  ['null', 'null'],
  ['an object', '{"message":"hello"}'],
  ['images without ids', '[{}]'],
] as const) {
  test(`a list that is ${what} is an error: nothing is green or red by it`, () =>
    withEngine('docker-20.10', { answers: { '/images/json': reply(200, body) } }, async (_engine, store) => {
      const error = await failureOf(
        store.availability([want('alpine:3.23', digestOf('docker-20.10'))], signal),
      )
      assert.is(error.code, 'engine')
    }))
}

test('an engine that does not report its platform is an error', () =>
  withEngine(
    'docker-20.10',
    { answers: { '/info': reply(200, '{"ServerVersion":"1"}') } },
    async (_engine, store) => {
      assert.is((await failureOf(store.info(signal))).code, 'engine')
    },
  ))

test('Podman is called by its name', () =>
  withEngine(
    'docker-20.10',
    {
      answers: {
        '/_ping': (_request, response) => {
          response.writeHead(200, { 'api-version': '1.41', server: 'Libpod/4.3.1 (linux)' })
          response.end('OK')
        },
      },
    },
    async (_engine, store) => {
      const { name, imageStore } = await store.info(signal)
      assert.match(name, /^Podman /)
      assert.is(imageStore, 'containers-storage')
    },
  ))

for (const [machine, platform] of [
  ['aarch64', 'linux/arm64'],
  ['armv7l', 'linux/arm/v7'],
  ['armv6l', 'linux/arm/v6'],
  ['i686', 'linux/386'],
  ['s390x', 'linux/s390x'],
  ['loongarch64', 'linux/loong64'],
] as const) {
  test(`the kernel's ${machine} is ${platform}`, () =>
    withEngine(
      'docker-20.10',
      { answers: { '/info': reply(200, JSON.stringify({ OSType: 'linux', Architecture: machine })) } },
      async (_engine, store) => {
        assert.is(formatPlatform((await store.info(signal)).platform), platform)
      },
    ))
}

function inWords(answer: Availability | undefined): string {
  return [answer && formatPlatform(answer.platform), answer?.state, detailText(answer?.state, answer?.detail)]
    .filter(Boolean)
    .join(' ')
}

function reply(status: number, body: string) {
  return (_request: unknown, response: import('node:http').ServerResponse) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(body)
  }
}

test('HttpHeaders of config.json go to the engine, but none that HTTP or the registry credentials use', () =>
  withFolder(
    {
      'config.json': JSON.stringify({
        httpheaders: {
          'X-Proxy-Token': 'abc',
          'Meta-1': 'b c',
          'X-Registry-Auth': 'bad',
          Host: 'bad',
          'content-length': '5',
          'bad name': 'x',
          'X-Break': 'a\r\nX-Other: b',
          'X-Number': 1,
        },
      }),
    },
    async folder => {
      const engine = await fakeEngine('docker-20.10')
      const ask = async (more: object) => {
        const store = await detectStore({
          env: { DOCKER_CONFIG: folder },
          host: engine.host,
          signal,
          ...more,
        })
        await store.info(signal)
        store.close()
        return engine.headers.at(-1) ?? {}
      }
      try {
        const sent = await ask({})
        assert.equal([sent['x-proxy-token'], sent['meta-1']], ['abc', 'b c'])
        for (const name of ['x-registry-auth', 'content-length', 'x-break', 'x-other', 'x-number'])
          assert.is(sent[name], undefined, name)
        assert.is.not(sent.host, 'bad')
        // An engine that only the repository names.
        assert.is((await ask({ untrusted: true }))['x-proxy-token'], undefined)
      } finally {
        await engine.stop()
      }
    },
  ))

test.run()
