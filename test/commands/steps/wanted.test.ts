import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Scan } from '../../../src/commands/steps/scan.ts'
import { wantedBy } from '../../../src/commands/steps/wanted.ts'
import { defaultBuild } from '../../../src/core/build.ts'
import { gatherImages } from '../../../src/core/images.ts'
import type { Lockfile } from '../../../src/core/lockfile.ts'
import type { ImageOccurrence, Occurrence, Role } from '../../../src/core/occurrence.ts'
import { formatPlatform, type Platform, parsePlatform } from '../../../src/core/platform.ts'
import type { WantedOptions } from '../../../src/core/wanted-images.ts'
import type { Format } from '../../../src/formats/format.ts'
import { fixedDigest } from '../../support/generate.ts'
import { keyReference, withReferences } from '../../support/locked.ts'
import { asPlatform } from '../../support/platform.ts'

const test = suite('wanted images')
const digest = fixedDigest('a')
const KEY = 'docker.io/library/alpine:3.23'

interface Place {
  readonly role?: Role
  readonly platform?: string
  /** By default the locked image with its digest. */
  readonly text?: string
}

function occurrence({ role = 'from', platform, text = `alpine:3.23@${digest}` }: Place): ImageOccurrence {
  return {
    kind: 'image',
    file: 'Dockerfile',
    range: { start: 0, end: 0 },
    place: { file: 'Dockerfile', line: 1, column: 1 },
    text,
    role,
    reference: keyReference(text),
    pin: { kind: 'here', range: { start: 0, end: 0 } },
    ...(platform !== undefined && { platform: asPlatform(platform) }),
  }
}

const AMD64: Platform = { os: 'linux', architecture: 'amd64' }
const ARM64: Platform = { os: 'linux', architecture: 'arm64' }

/** `on`: the occurrences for a build on an engine of that platform; on both, where it is not known. */
function scanOf(on: (platform?: Platform) => readonly Occurrence[]): Scan {
  const format = { id: '', matches: () => true, builds: () => [] }
  const builds = [defaultBuild('Dockerfile', { args: {}, platforms: [] })]
  const source = { file: 'Dockerfile', path: '', bytes: Buffer.alloc(0), text: '', encoding: 'utf8' } as const
  const extract: Format['extract'] = (_source, _path, build) => on(build.buildPlatform)
  return {
    sources: [{ ...source, format: { ...format, extract }, builds, occurrences: on() }],
    occurrences: on(),
    enginePlatforms: [AMD64, ARM64],
    ignoreRules: [],
    findings: [],
    conflicted: [],
    notices: [],
    ignored: [],
    skipped: [],
    read: [],
    complete: true,
  }
}

const lockfile = (...keys: string[]): Lockfile => new Map(keys.map(key => [key, { digest }]))
const except: ReadonlySet<string> = new Set()
const isByTag = ({ reference }: ImageOccurrence) => reference.digest === undefined

function wantedOn(
  locked: Lockfile,
  scan: Scan | undefined,
  options: Pick<WantedOptions, 'platforms' | 'namedOnly'>,
  platform: Platform,
) {
  const images = gatherImages(scan?.occurrences ?? [], locked)
  return wantedBy(withReferences(locked), scan, images, { isByTag, except, ...options })(platform)
}

/** What is wanted of the one image by an engine for linux/amd64: platforms, `-` for its own, and in which ways. */
function wanted(places: readonly Place[], platforms: readonly string[] = []): string {
  const scan = scanOf(() => places.map(occurrence))
  const options = { platforms: platforms.flatMap(text => parsePlatform(text) ?? []), namedOnly: false }
  const { offered } = wantedOn(lockfile(KEY), scan, options, AMD64)
  return offered
    .map(one =>
      [
        one.platform === undefined ? '-' : formatPlatform(one.platform),
        one.byTag && 'by tag',
        one.frontend && 'frontend',
        one.context && 'context',
      ]
        .filter(Boolean)
        .join(' '),
    )
    .join(', ')
}

const arm = { platform: 'linux/arm64' }

for (const [what, places, platforms, expected] of [
  ['a plain place', [{}], [], '-'],
  ['no place at all', [], [], '-'],
  [
    'no place at all, and platforms that are built for',
    [],
    ['linux/arm64', 'linux/s390x'],
    'linux/arm64, linux/s390x',
  ],
  [
    'a plain place, and platforms that are built for',
    [{}],
    ['linux/arm64', 'linux/s390x'],
    'linux/arm64, linux/s390x',
  ],
  ['a place with a platform', [arm], [], 'linux/arm64'],
  ['a place with a platform that is not built for', [arm], ['linux/amd64'], 'linux/arm64'],
  ['one of each', [arm, {}], [], '-, linux/arm64'],
  ['a frontend', [{ role: 'syntax' }], [], '- frontend'],
  ['a frontend, whatever is built for', [{ role: 'syntax' }], ['linux/arm64'], '- frontend'],
  [
    'a frontend that is a base image, too',
    [{ role: 'syntax' }, {}],
    ['linux/arm64'],
    '- frontend, linux/arm64',
  ],
  ['a named context that is a base image, too', [{ role: 'context' }, {}], [], '- context'],
  ['a place without its digest', [{}, { text: 'alpine:3.23' }], [], '- by tag'],
] as const)
  test(`${what}: ${expected}`, () => assert.is(wanted(places, platforms), expected))

test('what only a build on another platform names is wanted there alone; what no file names, everywhere', () => {
  const scan = scanOf(platform =>
    (platform === undefined ? ['amd64', 'arm64'] : [platform.architecture]).map(name =>
      occurrence({ text: `base-${name}:1` }),
    ),
  )
  const keys = ['docker.io/library/base-amd64:1', 'docker.io/library/base-arm64:1', KEY]
  const keysOn = (namedOnly: boolean, platform: Platform) =>
    wantedOn(lockfile(...keys), scan, { platforms: [], namedOnly }, platform).offered.map(({ key }) => key)
  assert.equal(keysOn(false, AMD64), [KEY, keys[0]])
  assert.equal(keysOn(false, ARM64), [KEY, keys[1]])
  assert.equal(keysOn(true, ARM64), [keys[1]])
})

test('without files all that is locked is wanted', () => {
  assert.equal(
    wantedOn(lockfile(KEY), undefined, { platforms: [], namedOnly: false }, AMD64).offered,
    [{ key: KEY, reference: occurrence({ text: 'alpine:3.23' }).reference, digest }].map(one => ({
      ...one,
      reference: { ...one.reference, original: KEY },
    })),
  )
})

test.run()
