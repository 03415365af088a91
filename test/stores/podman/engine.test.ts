import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseDigest, shortDigest } from '../../../src/core/digest.ts'
import type { Wanted } from '../../../src/core/wanted.ts'
import type { PullProgress } from '../../../src/stores/store.ts'
import { asPlatform } from '../../support/platform.ts'
import { detailText } from '../detail.ts'
import { want } from '../fake-engine.ts'
import {
  type FakePodman,
  PODMANS,
  type PodmanState,
  podmanDigest,
  podmanRecording,
  withPodman,
} from '../fake-podman.ts'

const test = suite('podman')
const { signal } = new AbortController()
/** Without further tries. */
const once = { signal, pauses: [] }

const changes = ({ requests }: FakePodman) => requests.filter(request => request.startsWith('POST '))

for (const name of PODMANS) {
  const old = name === 'podman-4'
  const digest = podmanDigest(name)
  const alpine = want('alpine:3.23', digest)
  const untagged: Wanted = { ...want(`alpine@${digest}`, digest) }
  const own = { ...alpine, platform: asPlatform('linux/amd64') }
  const foreign = { ...alpine, platform: asPlatform('linux/arm64') }
  const recorded = podmanRecording(name)
  const { version } = recorded.info as { version: { Version: string } }
  const create = `POST /images/create?fromImage=docker.io%2Flibrary%2Falpine&tag=${digest.replace(':', '%3A')}`
  const tagOf = (state: PodmanState, arch: string) => {
    const id = Object.entries(recorded.scenarios[state].inspects).find(
      ([, image]) => (image as { Architecture: string }).Architecture === arch,
    )?.[0]
    return `POST /libpod/images/${id}/tag?repo=docker.io%2Flibrary%2Falpine&tag=3.23`
  }

  test(`${name}: an image with the digest of an index, or a name with a digest, was pulled`, async () => {
    const origin = async (state: PodmanState, rewrite?: (images: string) => string) => {
      let found: readonly unknown[] = []
      await withPodman(name, { state, ...(rewrite && { rewrite }) }, async (_podman, store) => {
        found = [...((await store.origins?.([alpine.reference], signal)) ?? [])]
      })
      return found
    }
    const key = 'docker.io/library/alpine:3.23'
    assert.equal(await origin('present'), [])
    assert.equal(await origin('byTag'), [])
    assert.equal(await origin('untagged'), [], 'it does not have the tag')
    // A built image has one digest, and so has one from a repository without an index.
    const single = (images: string) =>
      JSON.stringify((JSON.parse(images) as object[]).map(image => ({ ...image, RepoDigests: null })))
    assert.equal(await origin('byTag', single), [[key, 'unknown']])
    const named = (images: string) =>
      single(images).replaceAll('docker.io/library/alpine', 'localhost/alpine')
    assert.equal(await origin('byTag', named), [[key, 'local']])
  })

  test(`${name}: says what it is and how it reaches registries`, () =>
    withPodman(name, {}, async (podman, store) => {
      const { resolveName, ...info } = await store.info(signal)
      const plain = { insecure: false, blocked: false, mirrors: [] }
      assert.equal(info, {
        kind: 'podman',
        version: version.Version,
        name: `Podman ${version.Version}`,
        host: podman.host,
        imageStore: 'containers-storage',
        maxState: 'present',
        platform: asPlatform('linux/amd64'),
        mirrors: [],
        insecureRegistries: [],
        insecureCidrs: [],
        rules: [
          { ...plain, prefix: '*.corp.example', location: '', insecure: true },
          {
            ...plain,
            prefix: 'docker.io',
            location: 'docker.io',
            mirrors: [
              { location: '127.0.0.1:5999', insecure: true, serves: 'all' },
              { location: 'tags.example', insecure: false, serves: 'tags' },
            ],
          },
          {
            ...plain,
            prefix: 'old.example/team',
            location: 'new.example/moved',
            mirrors: [{ location: 'digests.example', insecure: false, serves: 'digests' }],
          },
          { ...plain, prefix: 'shut.example', location: 'shut.example', blocked: true },
        ],
        search: ['quay.example', 'docker.io'],
      })
      const names = await resolveName?.('team/app:1', signal)
      assert.equal(names, old ? undefined : ['quay.example/team/app:1', 'docker.io/team/app:1'])
    }))

  const has = old ? 'none' : 'optional'
  const there = shortDigest(parseDigest(recorded.images.other)!)
  const expected: Readonly<
    Record<PodmanState, readonly [plain: string, untagged: string, own: string, foreign: string]>
  > = {
    empty: ['absent required', 'absent required', 'absent required', 'absent required'],
    untagged: [
      `untagged ${has}`,
      `present ${has}`,
      'untagged optional',
      `wrong-platform ${old ? 'optional' : 'required'} linux/amd64`,
    ],
    present: [
      `present ${has}`,
      `present ${has}`,
      'present optional',
      `wrong-platform ${old ? 'optional' : 'required'} linux/amd64`,
    ],
    byTag: [
      `present ${has}`,
      `present ${has}`,
      'present optional',
      `wrong-platform ${old ? 'optional' : 'required'} linux/amd64`,
    ],
    elsewhere: [
      `tag-elsewhere ${has} ${there}`,
      `present ${has}`,
      `tag-elsewhere optional ${there}`,
      `wrong-platform ${old ? 'optional' : 'required'} linux/amd64`,
    ],
    otherPlatform: [
      `wrong-platform ${old ? 'none' : 'required'} linux/arm64`,
      `wrong-platform ${old ? 'none' : 'required'} linux/arm64`,
      `wrong-platform ${old ? 'optional' : 'required'} linux/arm64`,
      'untagged optional',
    ],
    bothOwn: [`present ${has}`, `present ${has}`, 'present optional', 'present optional'],
    // The image with the digest's name is taken without a look at its platform.
    bothOther: [
      `wrong-platform ${has} linux/arm64`,
      `wrong-platform ${has} linux/arm64`,
      'present optional',
      'present optional',
    ],
    nameless: [
      `untagged ${old ? 'none' : 'required'}`,
      `untagged ${old ? 'none' : 'required'}`,
      `untagged ${old ? 'optional' : 'required'}`,
      `wrong-platform ${old ? 'optional' : 'required'} linux/amd64`,
    ],
  }
  for (const [state, words] of Object.entries(expected)) {
    test(`${name}, ${state}: ${words.join('; ')}`, () =>
      withPodman(name, { state: state as PodmanState }, async (_podman, store) => {
        const answers = await store.availability([alpine, untagged, own, foreign], signal)
        assert.equal(
          answers.map(({ state: known, registryUse, detail }) =>
            [known, registryUse, known === 'present' ? '' : detailText(known, detail)]
              .filter(Boolean)
              .join(' '),
          ),
          words,
        )
        assert.is(answers[0]?.wanted, alpine)
      }))
  }

  test(`${name}: one list for any number of images, and what more the old one needs`, () =>
    withPodman(name, { state: 'present' }, async ({ requests }, store) => {
      await store.availability(
        Array.from({ length: 100 }, (_, index) => ({ ...alpine, key: `${index}` })),
        signal,
      )
      const list = ['GET /_ping', 'GET /libpod/info', 'GET /libpod/images/json?all=true']
      assert.equal(requests.slice(0, 3), list)
      assert.is(requests.length, old ? 4 : 3, requests.join('\n'))
    }))

  test(`${name}: nothing wanted, nothing asked`, () =>
    withPodman(name, {}, async ({ requests }, store) => {
      assert.equal(await store.availability([], signal), [])
      assert.equal(await store.pull([], { signal }), [])
      assert.equal(requests, [])
    }))

  test(`${name}: a digest that the lockfile has under the wrong platform decides nothing`, () =>
    withPodman(name, { state: 'present' }, async (_podman, store) => {
      const platforms = recorded.images.platforms as Record<string, typeof digest>
      const wanted = { ...foreign, platformDigest: platforms['linux/amd64']! }
      assert.is((await store.availability([wanted], signal))[0]?.state, 'wrong-platform')
    }))

  test(`${name}: the platform's own digest tells variants apart`, () =>
    withPodman(name, { state: 'present' }, async (_podman, store) => {
      const platforms = recorded.images.platforms as Record<string, typeof digest>
      const states = async (platform: string, platformDigest: typeof digest) =>
        (await store.availability([{ ...alpine, platform: asPlatform(platform), platformDigest }], signal))[0]
          ?.state
      assert.is(await states('linux/amd64', platforms['linux/amd64']!), 'present')
      assert.is(await states('linux/arm64/v8', platforms['linux/arm64/v8']!), 'wrong-platform')
      assert.is(await states('linux/arm/v7', platforms['linux/arm64/v8']!), 'wrong-platform')
    }))

  test(`${name}: what is absent is pulled by digest and tagged, and is present then`, () =>
    withPodman(name, {}, async (podman, store) => {
      const progress: PullProgress[] = []
      const outcomes = await store.pull([alpine], { signal, onProgress: one => progress.push(one) })
      assert.equal(outcomes, [{ wanted: alpine, ok: true }])
      assert.equal(changes(podman), [create, tagOf('untagged', 'amd64')])
      assert.is((await store.availability([alpine], signal))[0]?.state, 'present')
      assert.ok(progress.some(({ key, layer }) => key === alpine.key && layer === '728e94d20366'))
    }))

  test(`${name}: what is there without its tag is only tagged`, () =>
    withPodman(name, { state: 'untagged', pull: 'refused' }, async (podman, store) => {
      assert.equal(await store.pull([alpine], { signal }), [{ wanted: alpine, ok: true }])
      assert.equal(changes(podman), [tagOf('untagged', 'amd64')])
    }))

  test(`${name}: a nameless image gets its name by a tag, or by a pull where there is none`, async () => {
    await withPodman(name, { state: 'nameless', pull: 'refused' }, async (podman, store) => {
      assert.equal(await store.pull([alpine], { signal }), [{ wanted: alpine, ok: true }])
      assert.equal(changes(podman), [tagOf('nameless', 'amd64')])
    })
    await withPodman(name, { state: 'nameless' }, async (podman, store) => {
      assert.equal(await store.pull([untagged], { signal }), [{ wanted: untagged, ok: true }])
      assert.equal(changes(podman), [create])
    })
  })

  test(`${name}: a tag that came from the same repository moves, unless its image also had another name`, async () => {
    // The recorded image has the tag because somebody tagged busybox so.
    const pulled = (images: string) =>
      images
        .replaceAll(/"docker\.io\/library\/busybox:1\.37",?|,"docker\.io\/library\/busybox[^"]*"/g, '')
        .replaceAll(',]', ']')
    const withHistory = (images: string) =>
      pulled(images).replaceAll(
        '"RepoTags":["docker.io/library/alpine:3.23"]',
        '$&,"History":["docker.io/library/busybox:1.37"]',
      )
    const built = (images: string) =>
      pulled(images).replaceAll(
        /"RepoDigests":\["docker\.io\/library\/alpine@sha256:5b85[^\]]*\]/g,
        '"RepoDigests":[]',
      )
    // Pulled by its tag, and then without a name, because another project moved the tag: the tag gives it one again.
    const nameless = (images: string) =>
      pulled(images).replaceAll(/"(?:RepoTags|Names)":\["docker\.io\/library\/alpine@[^\]]*\]/g, '"Names":[]')
    const cases = [
      [nameless, [tagOf('elsewhere', 'amd64')]],
      [pulled, [tagOf('elsewhere', 'amd64')]],
      [withHistory, []],
      [built, []],
    ] as const
    for (const [rewrite, expected] of cases)
      await withPodman(name, { state: 'elsewhere', pull: 'refused', rewrite }, async (podman, store) => {
        const [found] = await store.availability([alpine], signal)
        assert.is(found?.tagHolder?.pulled, expected.length > 0)
        assert.match(found?.tagHolder?.digest ?? '', /^sha256:dd1471d1/)
        await store.pull([alpine], { signal })
        assert.equal(changes(podman), expected)
      })
  })

  test(`${name}: any other tag that is elsewhere is moved only if that is asked for`, async () => {
    await withPodman(name, { state: 'elsewhere', pull: 'refused' }, async (podman, store) => {
      assert.equal(await store.pull([alpine], { signal }), [{ wanted: alpine, ok: true }])
      assert.equal(changes(podman), [])
    })
    await withPodman(name, { state: 'elsewhere', pull: 'refused' }, async (podman, store) => {
      await store.pull([alpine], { signal, moveTags: true })
      assert.equal(changes(podman), [tagOf('elsewhere', 'amd64')])
      assert.is((await store.availability([alpine], signal))[0]?.state, 'present')
    })
  })

  test(`${name}: an image of its own platform takes the digest's name from another one, not the other way round`, async () => {
    await withPodman(name, { state: 'otherPlatform', after: 'untagged' }, async (podman, store) => {
      assert.equal(await store.pull([alpine], { signal }), [{ wanted: alpine, ok: true }])
      assert.is(changes(podman)[0], create)
    })
    await withPodman(name, { state: 'present' }, async (podman, store) => {
      const [outcome] = await store.pull([foreign], { signal })
      assert.is(outcome?.ok, false)
      assert.match(outcome?.ok === false ? outcome.message : '', 'one platform: here linux/amd64')
      assert.equal(changes(podman), [])
    })
  })

  test(`${name}: of two platforms of one digest its own is pulled, the other is refused in words`, () =>
    withPodman(name, {}, async (podman, store) => {
      const outcomes = await store.pull([foreign, alpine], once)
      assert.equal(
        outcomes.map(({ ok }) => ok),
        [false, true],
      )
      assert.equal(changes(podman), [create, tagOf('untagged', 'amd64')])
    }))

  test(`${name}: another platform alone is pulled as such`, () =>
    withPodman(name, { after: 'otherPlatform' }, async (podman, store) => {
      assert.equal(await store.pull([foreign], { signal }), [{ wanted: foreign, ok: true }])
      assert.equal(changes(podman), [`${create}&platform=linux%2Farm64`, tagOf('otherPlatform', 'arm64')])
    }))

  test(`${name}: two tags of one digest are one pull`, () =>
    withPodman(name, {}, async (podman, store) => {
      await store.pull([alpine, { ...alpine, key: 'again' }], { signal })
      assert.is(changes(podman).filter(request => request === create).length, 1)
    }))

  const failures = { missing: old ? 'not-found' : 'unreachable', refused: 'unreachable' } as const
  for (const [pull, code] of Object.entries(failures)) {
    test(`${name}: a pull that fails (${pull}) is ${code}, though the status may be 200`, () =>
      withPodman(name, { pull: pull as keyof typeof failures }, async (_podman, store) => {
        const [outcome] = await store.pull([alpine], once)
        assert.is(outcome?.ok === false && outcome.code, code)
      }))
  }

  test(`${name}: a platform that the image has not is not found`, () =>
    withPodman(name, { pull: 'noPlatform' }, async (_podman, store) => {
      const [outcome] = await store.pull([{ ...alpine, platform: asPlatform('linux/s390x') }], once)
      assert.is(outcome?.ok === false && outcome.code, 'not-found')
      assert.is(outcome?.ok === false && outcome.hint, 'The image has no such platform')
    }))

  test(`${name}: credentials are asked for by place and repository, and go with the pull alone`, () =>
    withPodman(name, {}, async ({ headers }, store) => {
      const asked: string[] = []
      await store.pull([alpine], {
        signal,
        credentials: async (registry, repository) => {
          asked.push(`${registry} ${repository}`)
          return registry === 'docker.io'
            ? { identityToken: 't0ken' }
            : { username: 'robot', password: 's3cret' }
        },
      })
      // The mirror for tags alone is not asked for a digest.
      assert.equal(asked, ['127.0.0.1:5999 library/alpine', 'docker.io library/alpine'])
      const sent = headers.flatMap(each => each['x-registry-auth'] ?? [])
      assert.equal(
        sent.map(text => JSON.parse(Buffer.from(String(text), 'base64url').toString())),
        [
          {
            '127.0.0.1:5999/library/alpine': { username: 'robot', password: 's3cret' },
            'docker.io/library/alpine': { identitytoken: 't0ken' },
          },
        ],
      )
    }))
}

test('an answer of another shape is an error, not an empty store', () =>
  withPodman('podman-5', { info: { host: {} } }, async (_podman, store) => {
    const error = await store.info(signal).then(
      () => undefined,
      (thrown: Error) => thrown,
    )
    assert.match(error?.message ?? '', 'does not report its platform')
  }))

test.run()
