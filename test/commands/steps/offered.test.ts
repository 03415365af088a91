import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { OCI_INDEX, OCI_MANIFEST } from '../../../src/core/descriptor.ts'
import type { Lockfile } from '../../../src/core/lockfile.ts'
import { splitByPlatformSupport } from '../../../src/core/platform-support.ts'
import { fixedDigest } from '../../support/generate.ts'
import { keyReference } from '../../support/locked.ts'
import { asPlatform } from '../../support/platform.ts'

const test = suite('offered platforms')
const key = 'docker.io/library/alpine:3.23'
const digest = fixedDigest('index')
const wanted = (platform?: string) => [
  {
    key,
    reference: keyReference(key),
    digest,
    ...(platform !== undefined && { platform: asPlatform(platform) }),
  },
]
const locked = (...platforms: string[]): Lockfile =>
  new Map([
    [
      key,
      {
        digest,
        platforms: platforms.map(name => ({ platform: asPlatform(name), digest: fixedDigest(name) })),
      },
    ],
  ])

const CASES: readonly (readonly [
  what: string,
  offered: readonly string[],
  asked: string | undefined,
  own: string | undefined,
  ok: boolean,
])[] = [
  ['the very platform', ['linux/amd64', 'linux/arm64/v8'], 'linux/amd64', undefined, true],
  ['another spelling of it', ['linux/arm64/v8'], 'linux/arm64', undefined, true],
  ['an older variant that the processor runs too', ['linux/arm/v6'], 'linux/arm/v7', undefined, true],
  ['a newer variant', ['linux/arm/v7'], 'linux/arm/v6', undefined, false],
  ['another architecture', ['linux/amd64'], 'linux/riscv64', undefined, false],
  ['the engine’s own platform, where none is named', ['linux/arm64/v8'], undefined, 'linux/s390x', false],
  ['no platform named and no engine', ['linux/arm64/v8'], undefined, undefined, true],
  ['platforms that nobody asked for, as with an adopted digest', [], 'linux/riscv64', undefined, true],
]

for (const [what, offered, asked, own, ok] of CASES) {
  test(`${what}: ${ok ? 'is' : 'is not'} offered`, () => {
    const result = splitByPlatformSupport(
      wanted(asked),
      locked(...offered),
      () => [],
      own === undefined ? undefined : asPlatform(own),
    )
    assert.is(result.offered.length, ok ? 1 : 0)
    assert.equal(
      result.findings,
      ok
        ? []
        : [
            {
              code: 'not-offered',
              places: [],
              image: 'alpine:3.23',
              key,
              platform: asked ?? own,
              offered: [...offered],
            },
          ],
    )
  })
}

test('an index that lists no platform offers none; of a single manifest it is not known', () => {
  for (const [mediaType, ok] of [
    [OCI_INDEX, false],
    [OCI_MANIFEST, true],
    [undefined, true],
  ] as const) {
    const lockfile: Lockfile = new Map([
      [key, { digest, platforms: [], ...(mediaType !== undefined && { mediaType }) }],
    ])
    const { offered, findings } = splitByPlatformSupport(wanted('linux/amd64'), lockfile, () => [], undefined)
    assert.is(offered.length, ok ? 1 : 0, mediaType)
    assert.equal(
      findings.map(finding => finding.code === 'not-offered' && finding.offered),
      ok ? [] : [[]],
    )
  }
})

test.run()
