import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  DOCKER_LIST,
  DOCKER_MANIFEST,
  indexPlatforms,
  isIndex,
  MANIFEST_TYPES,
  OCI_INDEX,
  OCI_MANIFEST,
  toPlatform,
} from '../../src/core/descriptor.ts'
import { LOCKFILE_VERSION, toLockfile } from '../../src/core/lockfile.ts'
import { formatPlatform } from '../../src/core/platform.ts'
import { fixedDigest, hostileText } from '../support/generate.ts'
import { digestsByPlatform, platformDigests } from '../support/platform.ts'
import { forAll, type Random } from '../support/random.ts'

const test = suite('core/descriptor')
const A = fixedDigest('a')
const B = fixedDigest('b')
const C = fixedDigest('c')

test('of the four manifest types two are indexes', () => {
  assert.equal(MANIFEST_TYPES.filter(isIndex), [OCI_INDEX, DOCKER_LIST])
  assert.equal(
    MANIFEST_TYPES.filter(type => !isIndex(type)),
    [OCI_MANIFEST, DOCKER_MANIFEST],
  )
})

test('an index gives a digest per platform, in its own terms', () => {
  const index = {
    schemaVersion: 2,
    mediaType: OCI_INDEX,
    manifests: [
      { digest: A, size: 1, platform: { os: 'linux', architecture: 'amd64' } },
      { digest: B, size: 1, platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } },
      {
        digest: C,
        size: 1,
        platform: { os: 'windows', architecture: 'amd64', 'os.version': '10.0.17763.1' },
      },
    ],
  }
  assert.equal(indexPlatforms(index), [
    { platform: { os: 'linux', architecture: 'amd64' }, digest: A },
    { platform: { os: 'linux', architecture: 'arm64', variant: 'v8' }, digest: B },
    { platform: { os: 'windows', architecture: 'amd64', osVersion: '10.0.17763.1' }, digest: C },
  ])
})

test('attestations and entries without a platform are left out', () => {
  const attestation = {
    digest: B,
    platform: { os: 'unknown', architecture: 'unknown' },
    annotations: { 'vnd.docker.reference.digest': A, 'vnd.docker.reference.type': 'attestation-manifest' },
  }
  const index = {
    manifests: [{ digest: A, platform: { os: 'linux', architecture: 'amd64' } }, attestation, { digest: C }],
  }
  assert.equal(indexPlatforms(index), platformDigests({ 'linux/amd64': A }))
})

test('of two entries for one platform the first counts', () => {
  const platform = { os: 'linux', architecture: 'amd64' }
  const index = {
    manifests: [
      { digest: A, platform },
      { digest: B, platform },
    ],
  }
  assert.equal(indexPlatforms(index), platformDigests({ 'linux/amd64': A }))
})

test('what has not the shape of an index is none', () => {
  const odd: unknown[] = [
    null,
    'text',
    [],
    {},
    { manifests: {} },
    { manifests: [{}] },
    { manifests: [null] },
    { manifests: [{ digest: 'sha256:short', platform: { os: 'linux', architecture: 'amd64' } }] },
    { manifests: [{ digest: [A] }] },
    { manifests: [{ digest: { toString: null, valueOf: null } }] },
  ]
  for (const document of odd) assert.is(indexPlatforms(document), undefined, JSON.stringify(document))
})

test('a platform needs plain os and architecture; what else is odd is left out', () => {
  assert.equal(toPlatform({ os: 'linux', architecture: 'amd64', variant: 7, 'os.features': ['x'] }), {
    os: 'linux',
    architecture: 'amd64',
  })
  for (const value of [
    undefined,
    null,
    'linux/amd64',
    {},
    { os: 'linux' },
    { os: 'linux', architecture: 'a\nb' },
  ])
    assert.is(toPlatform(value), undefined)
})

/** JSON with the fields of an index, holding anything. */
function hostileJson(random: Random, depth: number): unknown {
  const inner = () => hostileJson(random, depth - 1)
  const leaves: (() => unknown)[] = [
    () => null,
    () => random.int(-1, 5),
    () => random.chance(0.5),
    () => hostileText(random),
    () => fixedDigest(random.text('0123456789abcdef', 4, 4)),
    () =>
      random.pick([
        'linux',
        'windows',
        'amd64',
        'arm',
        'v7',
        'a-b',
        '10.0.1-2',
        '..',
        '__proto__',
        'unknown',
      ]),
  ]
  if (depth === 0) return random.pick(leaves)()
  const fields = [
    'manifests',
    'digest',
    'platform',
    'os',
    'architecture',
    'variant',
    'os.version',
    '__proto__',
    'toString',
  ]
  const entry = () => ({
    digest: random.chance(0.8) ? fixedDigest(random.text('0123456789abcdef', 4, 4)) : inner(),
    platform: {
      os: random.chance(0.8) ? random.pick(['linux', 'a-b', '10.0_x', 'unknown']) : inner(),
      architecture: random.chance(0.8) ? random.pick(['amd64', 'a.b-c']) : inner(),
      ...(random.chance(0.3) && { variant: random.pick(['v7', '-', inner()]) }),
      ...(random.chance(0.5) && { 'os.version': random.pick(['10.0.1', '10.0-rc', '_', inner()]) }),
    },
  })
  return random.pick<() => unknown>([
    ...leaves,
    () => random.list(0, 3, inner),
    () => Object.fromEntries(random.list(0, 4, () => [random.pick(fields), inner()])),
    () => ({ manifests: random.list(0, 4, random.chance(0.8) ? entry : inner) }),
  ])()
}

test('hostile JSON never throws, and what is taken from it can stand in a lockfile', () => {
  let taken = 0
  forAll(5000, random => {
    const platforms = indexPlatforms(JSON.parse(JSON.stringify(hostileJson(random, 4))))
    if (platforms === undefined) return
    taken += platforms.length
    const image = { digest: A, platforms: digestsByPlatform(platforms) }
    assert.is(Object.keys(image.platforms ?? {}).length, platforms.length)
    const result = toLockfile({
      lockfileVersion: LOCKFILE_VERSION,
      images: { 'docker.io/library/x:1': image },
    })
    assert.ok(result.ok, JSON.stringify([platforms, result]))
  })
  assert.ok(taken > 100)
  assert.is(formatPlatform({ os: 'linux', architecture: 'arm', variant: 'v7' }), 'linux/arm/v7')
})

test.run()
