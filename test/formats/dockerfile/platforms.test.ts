import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { formatPlatform } from '../../../src/core/platform.ts'
import { dockerfile } from '../../support/extract.ts'

const test = suite('dockerfile: platforms')

/** The platform of the one FROM, or why it has none. */
function platformOf(flag: string, buildPlatform = 'linux/amd64'): string | undefined {
  const options = { buildArgs: {}, buildPlatform, targetPlatform: 'linux/arm64' }
  const [first] = dockerfile.extract(`FROM --platform="${flag}" alpine\n`, 'Dockerfile', options)
  if (first?.kind === 'invalid') return 'invalid'
  return first?.platform && formatPlatform(first.platform)
}

// As Docker 28 expands them for `--platform`.
const targets: Readonly<Record<string, readonly [arch: string, variant: string, platform: string]>> = {
  'linux/amd64': ['amd64', '', 'linux_amd64'],
  'linux/amd64/v1': ['amd64', '', 'linux_amd64'],
  'linux/amd64/v2': ['amd64', 'v2', 'linux_amd64_v2'],
  'linux/x86_64': ['amd64', '', 'linux_amd64'],
  'linux/arm64': ['arm64', '', 'linux_arm64'],
  'linux/arm64/v8': ['arm64', '', 'linux_arm64'],
  'linux/aarch64': ['arm64', '', 'linux_arm64'],
  arm64: ['arm64', '', 'linux_arm64'],
  'linux/arm': ['arm', 'v7', 'linux_arm_v7'],
  'linux/arm/v6': ['arm', 'v6', 'linux_arm_v6'],
  'linux/armhf': ['arm', 'v7', 'linux_arm_v7'],
  'linux/386': ['386', '', 'linux_386'],
}

for (const [targetPlatform, [arch, variant, platform]] of Object.entries(targets)) {
  test(`${targetPlatform} as the target`, () => {
    const source = 'FROM x:$TARGETARCH-$TARGETVARIANT-$TARGETOS-${TARGETPLATFORM//\\//_}-$BUILDARCH\n'
    const options = { buildArgs: {}, buildPlatform: 'linux/amd64', targetPlatform }
    const [image] = dockerfile.extract(source, 'Dockerfile', options)
    assert.is(image?.kind, 'image')
    assert.is(image?.kind === 'image' && image.reference.tag, `${arch}-${variant}-linux-${platform}-amd64`)
  })
}

test('--platform is told in one spelling', () => {
  for (const [flag, platform] of [
    ['linux/amd64', 'linux/amd64'],
    ['Linux/AMD64', 'linux/amd64'],
    ['linux/x86-64', 'linux/amd64'],
    ['linux/arm', 'linux/arm/v7'],
    ['linux/arm/5', 'linux/arm/v5'],
    ['linux/arm64/v8', 'linux/arm64'],
    ['foo/bar', 'foo/bar'],
    ['windows(10.0.17763)/amd64', 'windows(10.0.17763)/amd64'],
    ['windows(10.0.17763+win32k)/amd64', 'windows(10.0.17763)/amd64'],
  ] as const) {
    assert.is(platformOf(flag), platform, flag)
  }
})

test('half a platform is completed with the half of the builder', () => {
  assert.is(platformOf('linux'), 'linux/amd64')
  assert.is(platformOf('linux', 'linux/arm64'), 'linux/arm64')
  assert.is(platformOf('riscv64'), 'linux/riscv64')
  assert.is(platformOf('arm64', 'windows/amd64'), 'windows/arm64')
  assert.is(platformOf('windows(10.0.17763)'), 'windows(10.0.17763)/amd64')
})

test('what containerd would not parse is refused', () => {
  for (const flag of [
    'all',
    'local',
    'linux/',
    '/amd64',
    'linux/amd64/',
    'a/b/c/d',
    'linux/*',
    'li.nux/amd64',
    'é/x',
    'linux(/x',
  ])
    assert.is(platformOf(flag), 'invalid', flag)
})

test('without the flag, or with an empty one, there is no platform', () => {
  const options = { buildArgs: {}, buildPlatform: 'linux/amd64', targetPlatform: 'linux/arm64' }
  for (const source of ['FROM alpine\n', 'FROM --platform= alpine\n'])
    assert.not.ok('platform' in dockerfile.extract(source, 'Dockerfile', options)[0]!)
})

test('a platform that is refused hides no image', () => {
  const options = { buildArgs: {}, buildPlatform: 'linux/amd64', targetPlatform: 'linux/arm64' }
  const kinds = dockerfile
    .extract('ARG NONE\nFROM --platform=$NONE alpine\n', 'Dockerfile', options)
    .map(({ kind }) => kind)
  assert.equal(kinds, ['variable', 'image'])
})

test('each value of an ARG in the flag is a platform', () => {
  const options = {
    buildArgs: { P: ['linux/amd64', 'linux/arm64', 'linux/arm64/v8'] },
    buildPlatform: 'linux/amd64',
    targetPlatform: 'linux/amd64',
  }
  const occurrences = dockerfile.extract('ARG P\nFROM --platform=$P alpine\n', 'Dockerfile', options)
  assert.equal(
    occurrences.map(({ platform }) => platform && formatPlatform(platform)),
    ['linux/amd64', 'linux/arm64'],
  )
})

test.run()
