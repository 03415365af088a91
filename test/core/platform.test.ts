import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { formatPlatform, normalizePlatform, parsePlatform, samePlatform } from '../../src/core/platform.ts'
import { platformText } from '../support/generate.ts'
import { forAll } from '../support/random.ts'

const test = suite('core/platform')

function normalized(text: string): string {
  const platform = parsePlatform(text)
  if (platform === undefined) throw new Error(`${text} is no platform`)
  return formatPlatform(normalizePlatform(platform))
}

/** What containerd's platforms package makes of each. */
const NORMAL: readonly [text: string, normal: string][] = [
  ['linux/amd64', 'linux/amd64'],
  ['linux/x86_64', 'linux/amd64'],
  ['linux/x86-64', 'linux/amd64'],
  ['Linux/AMD64', 'linux/amd64'],
  ['linux/amd64/v1', 'linux/amd64'],
  ['linux/amd64/v2', 'linux/amd64/v2'],
  ['linux/aarch64', 'linux/arm64'],
  ['linux/arm64/v8', 'linux/arm64'],
  ['linux/arm64/8', 'linux/arm64'],
  ['linux/arm64/v9', 'linux/arm64/v9'],
  ['linux/arm', 'linux/arm/v7'],
  ['linux/arm/7', 'linux/arm/v7'],
  ['linux/arm/5', 'linux/arm/v5'],
  ['linux/arm/v6', 'linux/arm/v6'],
  ['linux/armhf', 'linux/arm/v7'],
  ['linux/armel', 'linux/arm/v6'],
  ['linux/armel/v7', 'linux/arm/v6'],
  ['linux/armhf/v6', 'linux/arm/v7'],
  ['linux/i386', 'linux/386'],
  ['linux/i386/v1', 'linux/386'],
  ['macos/arm64', 'darwin/arm64'],
  ['windows(10.0.17763.1)/amd64', 'windows(10.0.17763.1)/amd64'],
  ['linux/riscv64', 'linux/riscv64'],
]

for (const [text, normal] of NORMAL) test(`${text} is ${normal}`, () => assert.is(normalized(text), normal))

test('what is written is read back, and normalizing twice changes nothing more', () => {
  forAll(500, random => {
    const text = platformText(random)
    const platform = parsePlatform(text)
    assert.ok(platform)
    assert.is(formatPlatform(platform), text)
    assert.is(normalized(normalized(text)), normalized(text))
    assert.ok(samePlatform(platform, normalizePlatform(platform)))
  })
})

for (const text of [
  '',
  'linux',
  'linux/',
  '/amd64',
  'linux//v7',
  'linux/arm/v7/x',
  'linux/am d64',
  'linux/amd64\n',
  '*/amd64',
]) {
  test(`${JSON.stringify(text)} is no platform`, () => assert.is(parsePlatform(text), undefined))
}

test('a name that every object knows is but a name', () => {
  for (const architecture of ['constructor', '__proto__', 'hasOwnProperty'])
    assert.is(normalized(`linux/${architecture}`), `linux/${architecture.toLowerCase()}`)
})

test('the version of Windows counts only where both name one', () => {
  const windows = (version?: string) =>
    parsePlatform(version === undefined ? 'windows/amd64' : `windows(${version})/amd64`)!
  assert.ok(samePlatform(windows('10.0.17763.1'), windows()))
  assert.ok(samePlatform(windows(), windows('10.0.17763.1')))
  assert.not.ok(samePlatform(windows('10.0.17763.1'), windows('10.0.20348.1')))
  assert.not.ok(samePlatform(windows(), parsePlatform('linux/amd64')!))
  assert.not.ok(samePlatform(parsePlatform('linux/arm/v6')!, parsePlatform('linux/arm')!))
})

test.run()
