import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parsePlatform } from '../../src/core/platform.ts'
import { platformDistance, sameArchitecture } from '../../src/core/platform-match.ts'
import { platformText } from '../support/generate.ts'
import { forAll } from '../support/random.ts'

const test = suite('platform match')
const platform = (text: string) => parsePlatform(text)!

/** Best first, as containerd's platforms.Only orders them. */
const VECTORS: readonly (readonly [wanted: string, order: readonly string[]])[] = [
  ['linux/amd64', ['linux/amd64', 'linux/386']],
  ['linux/amd64/v3', ['linux/amd64/v3', 'linux/amd64/v2', 'linux/amd64', 'linux/386']],
  ['linux/arm/v7', ['linux/arm/v7', 'linux/arm/v6', 'linux/arm/v5']],
  ['linux/arm', ['linux/arm/v7', 'linux/arm/v6', 'linux/arm/v5']],
  ['linux/arm64', ['linux/arm64/v8', 'linux/arm/v8', 'linux/arm/v7', 'linux/arm/v6', 'linux/arm/v5']],
  [
    'linux/arm64/v8.2',
    ['linux/arm64/v8.2', 'linux/arm64/v8.1', 'linux/arm64/v8', 'linux/arm/v8', 'linux/arm/v7'],
  ],
  [
    'linux/arm64/v9',
    ['linux/arm64/v9.0', 'linux/arm64/v8.5', 'linux/arm64/v8.1', 'linux/arm64', 'linux/arm/v8'],
  ],
  [
    'linux/arm64/v9.1',
    ['linux/arm64/v9.1', 'linux/arm64/v9', 'linux/arm64/v8.6', 'linux/arm64/v8.5', 'linux/arm64/v8.0'],
  ],
  ['linux/s390x', ['linux/s390x']],
  ['windows/amd64', ['windows/amd64', 'windows/386']],
]

for (const [wanted, order] of VECTORS) {
  test(`${wanted} is served by ${order.join(', ')}, in this order`, () => {
    const distances = order.map(text => platformDistance(platform(wanted), platform(text)) ?? Number.NaN)
    assert.is(distances[0], 0)
    for (let index = 1; index < distances.length; index += 1) {
      assert.ok(distances[index]! > distances[index - 1]!, order[index])
    }
  })
}

test('never by more than it is, or by something else', () => {
  for (const [wanted, have] of [
    ['linux/amd64', 'linux/amd64/v2'],
    ['linux/arm/v6', 'linux/arm/v7'],
    ['linux/386', 'linux/amd64'],
    ['linux/arm/v7', 'linux/arm64'],
    ['linux/arm64', 'linux/arm64/v9'],
    ['linux/arm64/v9', 'linux/arm64/v8.6'],
    ['linux/arm64/v9', 'linux/arm64/v9.1'],
    ['linux/amd64', 'windows/amd64'],
    ['windows(10.0.1)/amd64', 'windows(10.0.2)/amd64'],
  ] as const) {
    assert.is(platformDistance(platform(wanted), platform(have)), undefined, `${wanted} by ${have}`)
    assert.is(sameArchitecture(platform(wanted), platform(have)), false)
  }
})

test('every platform serves itself best', () => {
  forAll(300, random => {
    const same = platform(platformText(random))
    assert.is(platformDistance(same, same), 0)
    assert.ok(sameArchitecture(same, same))
  })
})

test('within one architecture: no 386 for amd64; a config without a variant will do', () => {
  assert.is(sameArchitecture(platform('linux/amd64'), platform('linux/386')), false)
  assert.is(sameArchitecture(platform('linux/arm64'), platform('linux/arm/v7')), false)
  assert.is(sameArchitecture(platform('linux/arm/v6'), platform('linux/arm')), true)
  assert.is(sameArchitecture(platform('linux/arm/v7'), platform('linux/arm/v6')), true)
  assert.is(sameArchitecture(platform('linux/arm/v6'), platform('linux/arm/v7')), false)
  assert.is(sameArchitecture(platform('linux/arm/v6'), platform('darwin/arm')), false)
})

test.run()
