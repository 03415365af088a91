import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Scan } from '../../../src/commands/steps/scan.ts'
import { wantedBy } from '../../../src/commands/steps/wanted.ts'
import type { Lockfile } from '../../../src/core/lockfile.ts'
import type { ImageOccurrence, Occurrence, Role } from '../../../src/core/occurrence.ts'
import { parseReference } from '../../../src/core/reference.ts'
import { fixedDigest } from '../../support/generate.ts'

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
  const parsed = parseReference(text)
  if (!parsed.ok) throw new Error(parsed.problem.message)
  return {
    kind: 'image',
    file: 'Dockerfile',
    range: { start: 0, end: 0 },
    place: { file: 'Dockerfile', line: 1, column: 1 },
    text,
    role,
    reference: parsed.reference,
    pin: { kind: 'here', range: { start: 0, end: 0 } },
    ...(platform !== undefined && { platform }),
  }
}

function scanOf(on: (own: string | undefined) => readonly Occurrence[]): Scan {
  return {
    sources: [],
    occurrences: on(undefined),
    occurrencesOn: on,
    findings: [],
    notices: [],
    ignored: [],
    skipped: [],
    complete: true,
  }
}

const lockfile = (...keys: string[]): Lockfile => new Map(keys.map(key => [key, { digest }]))
const except: ReadonlySet<string> = new Set()
const isByTag = ({ reference }: ImageOccurrence) => reference.digest === undefined

/** What is wanted of the one image by an engine for linux/amd64: platforms, `-` for its own, and in which ways. */
function wanted(places: readonly Place[], platforms: readonly string[] = []): string {
  const scan = scanOf(() => places.map(occurrence))
  const { offered } = wantedBy(lockfile(KEY), scan, { platforms, namedOnly: false, isByTag, except })(
    'linux/amd64',
  )
  return offered
    .map(one =>
      [one.platform ?? '-', one.byTag && 'by tag', one.frontend && 'frontend'].filter(Boolean).join(' '),
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
  ['a place without its digest', [{}, { text: 'alpine:3.23' }], [], '- by tag'],
] as const)
  test(`${what}: ${expected}`, () => assert.is(wanted(places, platforms), expected))

test('what only a build on another platform names is wanted there alone; what no file names, everywhere', () => {
  const names: Readonly<Record<string, string>> = {
    'linux/amd64': 'base-amd64:1',
    'linux/arm64': 'base-arm64:1',
  }
  const scan = scanOf(own =>
    (own === undefined ? Object.values(names) : [names[own] ?? '']).map(text => occurrence({ text })),
  )
  const keys = ['docker.io/library/base-amd64:1', 'docker.io/library/base-arm64:1', KEY]
  const keysOn = (namedOnly: boolean, own: string) =>
    wantedBy(lockfile(...keys), scan, { platforms: [], namedOnly, isByTag, except })(own).offered.map(
      ({ key }) => key,
    )
  assert.equal(keysOn(false, 'linux/amd64'), [keys[0], KEY])
  assert.equal(keysOn(false, 'linux/arm64'), [keys[1], KEY])
  assert.equal(keysOn(true, 'linux/arm64'), [keys[1]])
})

test('without files all that is locked is wanted', () => {
  const all = wantedBy(lockfile(KEY), undefined, { platforms: [], namedOnly: false, isByTag, except })
  assert.equal(
    all('linux/amd64').offered,
    [{ key: KEY, reference: occurrence({ text: 'alpine:3.23' }).reference, digest }].map(one => ({
      ...one,
      reference: { ...one.reference, original: KEY },
    })),
  )
})

test.run()
