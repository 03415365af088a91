/** A builder's own store, through a buildx that is none. */

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isVerified } from '../../../src/core/availability.ts'
import type { Digest } from '../../../src/core/digest.ts'
import { parseReference } from '../../../src/core/reference.ts'
import type { Wanted } from '../../../src/core/wanted.ts'
import { builderStore } from '../../../src/stores/builder/builder.ts'
import type { PullProgress, Store } from '../../../src/stores/store.ts'
import { failureOf } from '../../support/failure.ts'
import { asPlatform } from '../../support/platform.ts'
import { detailText } from '../detail.ts'
import { contentOf, type FakeBuildx, type FakeOptions, RUNNING, withBuildx } from '../fake-buildx.ts'

const test = suite('builder')
const { signal } = new AbortController()
const CACHED = 'cache-only optional a builder has only a cache'
const LABELS = { 'containerd.io/distribution.source.docker.io': 'library/alpine' }
const { digest, blobs, manifests } = contentOf(['linux/amd64', 'linux/arm64'], LABELS)

/** What `inspect` says when these are the platforms. */
const listing = (platforms: string) => RUNNING.replace(/linux\/amd64,.*/, platforms)
/** A second node of it. */
const SECOND = listing('linux/arm64*, linux/arm/v7')
  .replace(/^.*?(?=Name: +farm0)/s, '')
  .replace('farm0', 'farm1')

function wantedOf(name = 'alpine:3.23', more: Partial<Wanted> = {}): Wanted {
  const parsed = parseReference(name)
  if (!parsed.ok) throw new Error(name)
  return { key: name, reference: parsed.reference, digest: digest as Digest, ...more }
}

function withStore(
  options: FakeOptions,
  use: (store: Store, fake: FakeBuildx) => Promise<void>,
): Promise<void> {
  return withBuildx(options, async fake => {
    const store = builderStore({ name: 'farm', driver: 'docker-container', source: '--builder' }, fake.env)
    try {
      await use(store, fake)
    } finally {
      store.close()
    }
  })
}

const stateOf = async (store: Store, wanted = wantedOf()) => {
  const [one] = await store.availability([wanted], signal)
  return `${one?.state} ${one?.registryUse}${one?.detail === undefined ? '' : ` ${detailText(one.state, one.detail)}`}`
}
/** What a platform's manifest names. */
const partsOf = (index: number) => {
  const { digest: manifest = '' } = manifests[index] ?? {}
  const { config, layers } = JSON.parse(String(blobs.get(manifest)?.bytes)) as {
    readonly config: { readonly digest: string }
    readonly layers: readonly { readonly digest: string }[]
  }
  return { manifest, config: config.digest, layers: layers.map(layer => layer.digest) }
}

test('it says what it is, and that a cache is all it has', () =>
  withStore({}, async store => {
    const { name, host, imageStore, maxState, platform, note } = await store.info(signal)
    assert.equal(
      { name, host, imageStore, maxState, platform, note },
      {
        name: 'BuildKit v0.25.1',
        host: 'builder farm',
        imageStore: 'builder farm, docker-container driver',
        maxState: 'cache-only',
        platform: asPlatform('linux/amd64'),
        note: undefined,
      },
    )
  }))

test('platforms that its user gave it are not what a plain build is for: its worker tells that', async () => {
  for (const [listed, platforms] of [
    ['linux/arm64*, linux/amd64, linux/amd64/v2', ['linux/amd64', 'linux/amd64/v2']],
    ['linux/arm64*, linux/amd64*, linux/amd64/v2', ['linux/amd64', 'linux/amd64/v2']],
    // Its own is given, too, and is not repeated.
    ['linux/amd64*, linux/amd64/v2', ['linux/amd64', 'linux/amd64/v2']],
    ['linux/386*, linux/amd64*', ['linux/amd64', 'linux/386']],
  ] as const)
    await withStore(
      { blobs, platforms, acts: { inspect: { stdout: listing(listed) } } },
      async (store, { calls }) => {
        assert.equal((await store.info(signal)).platform, asPlatform('linux/amd64'), listed)
        const [one] = await store.availability([wantedOf()], signal)
        assert.equal(one?.platform, asPlatform('linux/amd64'), listed)
        assert.equal(
          calls().map(({ args }) => args.join(' ')),
          ['inspect farm', 'dial-stdio --builder farm'],
        )
      },
    )
})

test('of several nodes, the worker of the first is asked', () =>
  withStore(
    { platforms: ['linux/arm64'], acts: { inspect: { stdout: `${listing('linux/386*')}\n${SECOND}` } } },
    async (store, { calls }) => {
      assert.equal((await store.info(signal)).platform, asPlatform('linux/arm64'))
      assert.equal(
        calls().map(({ args }) => args.join(' ')),
        ['inspect farm', 'dial-stdio --builder farm'],
      )
    },
  ))

test('what a plain build is for is never guessed', async () => {
  const acts = { inspect: { stdout: listing('linux/arm64*, linux/amd64') } }
  const cases = [
    [{ platforms: [] }, 'engine', /does not report its platform/],
    [{ platforms: ['linux/\u001b[31m'] }, 'engine', /does not report its platform/],
    [{ status: 12 }, 'engine', /cannot be queried: so it is/],
    [
      { acts: { ...acts, 'dial-stdio': { stderr: 'ERROR: no such node\n', ending: 1 } } },
      'unreachable',
      /cannot be reached: no such node/,
    ],
  ] as const
  for (const [options, code, message] of cases)
    await withStore({ blobs, acts, ...options }, async store => {
      for (const asked of [() => store.info(signal), () => stateOf(store)]) {
        const failure = await failureOf(asked)
        assert.is(failure.code, code)
        assert.match(failure.message, message)
      }
    })
})

test('each state is what its content makes of it', async () => {
  const without = (...digests: readonly string[]) =>
    new Map([...blobs].filter(([name]) => !digests.includes(name)))
  const [amd, arm] = [partsOf(0), partsOf(1)]
  const cases: readonly (readonly [expected: string, blobs: FakeOptions['blobs'], wanted?: Wanted])[] = [
    [CACHED, blobs],
    [CACHED, without(arm.manifest, arm.config, ...arm.layers)],
    ['unlabelled required', blobs, wantedOf('busybox:1.37')],
    ['unlabelled required', contentOf(['linux/amd64', 'linux/arm64'], {}).blobs],
    ['incomplete required', without(amd.layers[1] ?? '')],
    ['incomplete required', without(amd.config)],
    ['wrong-platform required linux/arm64', without(amd.manifest)],
    ['absent required', without(amd.manifest, ...arm.layers)],
    ['absent required', without(digest)],
    ['absent required', new Map()],
    ['absent required', blobs, wantedOf('alpine:3.23', { digest: `sha256:${'0'.repeat(64)}` as Digest })],
  ]
  for (const [expected, content, wanted] of cases)
    await withStore({ blobs: content ?? new Map() }, async store =>
      assert.is(await stateOf(store, wanted), expected),
    )
})

test('without any one of its blobs, or with another in its place, no image is verified', () =>
  withStore({ blobs }, async (store, fake) => {
    const { manifest, config, layers } = partsOf(0)
    for (const one of [digest, manifest, config, ...layers]) {
      fake.blobs.delete(one)
      const [availability] = await store.availability([wantedOf()], signal)
      assert.not(availability && isVerified(availability, { strict: false }), one)
      fake.blobs.set(one, blobs.get(one)!)
    }
    for (const one of [digest, manifest]) {
      fake.blobs.set(one, { bytes: Buffer.from('{"mediaType":"x"}'), labels: LABELS })
      const [availability] = await store.availability([wantedOf()], signal)
      assert.not(availability && isVerified(availability, { strict: false }), one)
      fake.blobs.set(one, blobs.get(one)!)
    }
    assert.is(await stateOf(store), CACHED)
  }))

test('any number of images are asked for through one program, and answered in order', () =>
  withStore({ blobs }, async (store, { calls }) => {
    const wanted = Array.from({ length: 60 }, (_, index) =>
      index % 2 === 0
        ? wantedOf()
        : wantedOf('alpine:gone', { digest: `sha256:${'1'.repeat(64)}` as Digest }),
    )
    const states = (await store.availability(wanted, signal)).map(({ state }) => state)
    assert.equal(
      states,
      wanted.map((_, index) => (index % 2 === 0 ? 'cache-only' : 'absent')),
    )
    await store.availability(wanted, signal)
    assert.equal(
      calls().map(({ args }) => args.join(' ')),
      ['inspect farm', 'dial-stdio --builder farm'],
    )
  }))

test('of several nodes, buildx chooses the one that a build is sent to, which may name no platform', () => {
  return withStore(
    { blobs, acts: { inspect: { stdout: `${RUNNING}\n${SECOND}` } } },
    async (store, { calls }) => {
      assert.is(
        await stateOf(store, wantedOf('alpine:3.23', { platform: asPlatform('linux/arm64') })),
        CACHED,
      )
      assert.is(await stateOf(store), CACHED)
      assert.is(
        await stateOf(store, wantedOf('alpine:3.23', { platform: asPlatform('linux/arm64/v8') })),
        CACHED,
      )
      assert.equal(
        calls().map(({ args }) => args.join(' ')),
        ['inspect farm', 'dial-stdio --builder farm --platform linux/arm64', 'dial-stdio --builder farm'],
      )
    },
  )
})

test('a BuildKit without that service cannot tell, and is never green', () =>
  withStore({ blobs, status: 12 }, async store => {
    assert.is(await stateOf(store), 'unknown unknown this BuildKit does not let dock-lock read its content')
  }))

test('any other refusal is an error in its words', () =>
  withStore({ blobs, status: 7 }, async store => {
    const { code, message } = await failureOf(() => stateOf(store))
    assert.is(code, 'engine')
    assert.match(message, /the builder farm \(docker-container\) cannot be queried: so it is/)
  }))

test('what does not run is not started by being looked into', async () => {
  for (const [from, to, message] of [
    ['running', 'inactive', /is not running \(inactive\)/],
    ['running', 'stopped', /is not running \(stopped\)/],
    ['Status:           running', 'Error:            no such host', /is not running \(no such host\)/],
  ] as const)
    await withStore(
      { blobs, acts: { inspect: { stdout: RUNNING.replace(from, to) } } },
      async (store, { calls }) => {
        const failure = await failureOf(() => store.availability([wantedOf()], signal))
        assert.is(failure.code, 'unreachable')
        assert.match(failure.message, message)
        assert.match(failure.hint ?? '', /docker buildx inspect --bootstrap farm/)
        assert.equal(
          calls().map(({ args }) => args.join(' ')),
          ['inspect farm'],
        )
      },
    )
})

test('whatever else dial-stdio does is an error, with what it said', async () => {
  const cases = [
    [
      { stderr: 'ERROR: context deadline exceeded\n', ending: 1 },
      /cannot be reached: context deadline exceeded/,
    ],
    [{ stdout: 'Usage: docker buildx [OPTIONS] COMMAND\n' }, /cannot be queried: /],
    [{ ending: 0 }, /cannot be queried: /],
  ] as const
  for (const [act, message] of cases)
    await withStore({ blobs, acts: { 'dial-stdio': act } }, async store => {
      const failure = await failureOf(() => stateOf(store))
      assert.is(failure.code, 'unreachable')
      assert.match(failure.message, message)
      assert.match(failure.hint ?? '', /buildx 0\.13/)
    })
})

test('who waits for one that hangs can stop, and takes the program along', async () => {
  for (const hanging of ['inspect', 'dial-stdio', 'build'])
    await withStore({ blobs, acts: { [hanging]: { ending: 'hang' } } }, async (store, { calls }) => {
      const abort = new AbortController()
      const asked = failureOf(() =>
        hanging === 'build'
          ? store.pull([wantedOf()], { signal: abort.signal })
          : store.availability([wantedOf()], abort.signal),
      )
      while (!calls().some(({ args }) => args[0] === hanging)) await new Promise(setImmediate)
      abort.abort()
      assert.is((await asked).code, 'interrupted')
    })
})

test('no docker and no buildx are told apart from a builder that is gone', async () => {
  const none = builderStore({ name: 'farm', driver: 'remote', source: '--builder' }, { PATH: '/nowhere' })
  const failure = await failureOf(() => none.info(signal))
  assert.is(failure.code, 'unsupported')
  assert.match(failure.message, /docker command, which was not found/)
  const acts = { inspect: { stderr: "docker: 'buildx' is not a docker command.\n", ending: 1 } }
  await withStore({ acts }, async store =>
    assert.match(
      (await failureOf(() => store.info(signal))).message,
      /docker buildx, which is not installed/,
    ),
  )
  const gone = { inspect: { stderr: 'ERROR: no builder "farm" found\n', ending: 1 } }
  await withStore({ acts: gone }, async store =>
    assert.match(
      (await failureOf(() => store.info(signal))).message,
      /cannot be queried: no builder "farm" found/,
    ),
  )
})

test('a pull is a build that reads all layers and runs nothing, under no source policy', () => {
  const layer = 'a'.repeat(64)
  const status = { id: `sha256:${layer}`, name: 'downloading', current: 5, total: 9 }
  const stderr = `{"vertexes":[]}\n${JSON.stringify({ statuses: [status, { id: 'x', current: 1 }] })}\n`
  return withStore({ acts: { build: { stderr } } }, async (store, { calls }) => {
    const progress: PullProgress[] = []
    const wanted = [wantedOf(), wantedOf('alpine:3.23', { platform: asPlatform('linux/arm64') }), wantedOf()]
    const outcomes = await store.pull(wanted, { signal, onProgress: one => progress.push(one) })
    assert.equal(
      outcomes.map(({ ok }) => ok),
      [true, true, true],
    )
    const builds = calls().filter(({ args }) => args[0] === 'build')
    // A build that names no platform is sent to the same node.
    const platforms = builds.map(
      ({ args }) => args.includes('--platform') && args[args.indexOf('--platform') + 1],
    )
    assert.equal(platforms.sort(), [false, 'linux/arm64'])
    for (const { args, input = '', policy } of builds) {
      assert.is(args[args.indexOf('--builder') + 1], 'farm')
      assert.ok(args.includes('--output=type=cacheonly'))
      assert.is(policy, undefined)
      assert.is(input.split('\n')[0], `FROM docker.io/library/alpine:3.23@${digest} AS image`)
      assert.not.match(input, /^RUN/m)
    }
    assert.equal(progress[0], { key: 'alpine:3.23', layer, status: 'downloading', current: 5, total: 9 })
  })
})

test('a pull that fails says why, in the words of BuildKit', async () => {
  const solve = 'ERROR: failed to build: failed to solve: '
  const cases = [
    [
      `{"vertexes":[]}\nDockerfile:1\n${solve}alpine: failed to resolve source metadata: not found\n`,
      'not-found',
    ],
    [`${solve}pull access denied, repository does not exist: authorization failed\n`, 'denied'],
    [`${solve}toomanyrequests: slow down\n`, 'rate-limited'],
    [`${solve}dial tcp 127.0.0.1:1: connect: connection refused\n`, 'unreachable'],
    ['', 'engine'],
  ] as const
  for (const [stderr, code] of cases)
    await withStore({ acts: { build: { stderr, ending: 1 } } }, async store => {
      const [outcome] = await store.pull([wantedOf()], { signal, pauses: [] })
      assert.is(outcome?.ok === false && outcome.code, code)
      assert.not.match(outcome?.ok === false ? outcome.message : '', /vertexes|ERROR|failed to solve/)
    })
})

test.run()
