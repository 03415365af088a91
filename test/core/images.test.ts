import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Finding } from '../../src/core/finding.ts'
import {
  checkImages,
  conflicts,
  gatherImages,
  imageKey,
  imageNotices,
  newDigests,
  occurrenceFindings,
  occurrenceNotices,
} from '../../src/core/images.ts'
import type { LockedImage, Lockfile } from '../../src/core/lockfile.ts'
import { compareNatural } from '../../src/core/natural.ts'
import type { Occurrence } from '../../src/core/occurrence.ts'
import { parseReference, referenceKey } from '../../src/core/reference.ts'
import { fixedDigest, lockfile, referenceText } from '../support/generate.ts'
import { occurrencesOf } from '../support/lines.ts'
import { keyReference } from '../support/locked.ts'
import { forAll } from '../support/random.ts'

const test = suite('core/images')
const A = fixedDigest('a')
const B = fixedDigest('b')
const NONE: Lockfile = new Map()

function locking(entries: Readonly<Record<string, LockedImage>>): Lockfile {
  return new Map(Object.entries(entries))
}

function names(...lines: string[]): readonly Occurrence[] {
  return occurrencesOf('Dockerfile', lines.map(line => `FROM ${line}\n`).join(''))
}

test('each image comes once, in the order of the keys, with every place that names it', () => {
  const occurrences = [
    ...occurrencesOf('b/Dockerfile', 'FROM node:24\nFROM alpine:3.20\n'),
    ...occurrencesOf('a/Dockerfile', `FROM docker.io/library/alpine:3.20@${A}\nFROM ghcr.io/o/i:1\n`),
  ]
  const images = gatherImages(occurrences, NONE)
  assert.equal(
    images.map(({ key, occurrences, digests }) => [key, occurrences.map(({ file }) => file), digests]),
    [
      ['docker.io/library/alpine:3.20', ['b/Dockerfile', 'a/Dockerfile'], [A]],
      ['docker.io/library/node:24', ['b/Dockerfile'], []],
      ['ghcr.io/o/i:1', ['a/Dockerfile'], []],
    ],
  )
  assert.is(images[0]?.reference.digest, undefined, 'the digest beside a tag is no part of what is asked for')
})

test('every image occurrence is in exactly one image, under its own key', () => {
  forAll(300, random => {
    const lines = random.list(0, 12, () => referenceText(random))
    const doubled = random.list(0, 12, () => random.pick([...lines, 'alpine']))
    const occurrences = names(...lines, ...doubled)
    const images = gatherImages(occurrences, lockfile(random))
    assert.is(new Set(images.map(({ key }) => key)).size, images.length)
    assert.equal(
      images.map(({ key }) => key),
      images.map(({ key }) => key).sort(compareNatural),
    )
    assert.is(
      images.reduce((sum, image) => sum + image.occurrences.length, 0),
      occurrences.length,
    )
    for (const { key, reference, occurrences, digests } of images) {
      assert.is(referenceKey(reference), key)
      assert.is(new Set(digests).size, digests.length)
      for (const occurrence of occurrences)
        assert.is(referenceKey({ ...occurrence.reference }), referenceKey(reference))
    }
  })
})

test('stages, scratch and what is invalid are no images', () => {
  const { file, range, place, text, role } = names('a')[0] as Occurrence
  const common = { file, range, place, text, role }
  const occurrences: Occurrence[] = [
    { ...common, kind: 'stage', name: 'build' },
    { ...common, kind: 'scratch' },
    { ...common, kind: 'invalid', reason: 'bad' },
    { ...common, kind: 'variable', names: ['V'], reason: 'no value' },
  ]
  assert.equal(gatherImages(occurrences, NONE), [])
  assert.equal(occurrenceFindings(occurrences), [{ code: 'malformed', place, text, reason: 'bad' }])
  assert.equal(occurrenceNotices(occurrences), [
    { code: 'outside', places: [place], texts: [text], names: ['V'], images: [] },
  ])
})

test('a name without a tag that has the digest locked for latest counts as latest; any other digest does not', () => {
  const locked = locking({ 'docker.io/library/alpine:latest': { digest: A } })
  const keyOf = (text: string, lockfile: Lockfile) => {
    const parsed = parseReference(text)
    if (!parsed.ok) throw new Error(text)
    return imageKey(parsed.reference, lockfile)
  }
  assert.is(keyOf(`alpine@${A}`, locked), 'docker.io/library/alpine:latest')
  assert.is(keyOf(`alpine@${B}`, locked), `docker.io/library/alpine@${B}`)
  assert.is(keyOf(`alpine@${A}`, NONE), `docker.io/library/alpine@${A}`)
  assert.is(keyOf(`other@${A}`, locked), `docker.io/library/other@${A}`)
  assert.is(keyOf(`alpine:3@${A}`, locked), 'docker.io/library/alpine:3')
  assert.is(keyOf('alpine', NONE), 'docker.io/library/alpine:latest')
})

test('the reference of an image is that of its key', () =>
  forAll(300, random => {
    const old = lockfile(random)
    const texts = [...random.list(1, 5, () => referenceText(random)), `alpine@${A}`]
    const found = texts.flatMap(text => names(text))
    for (const latest of [old, locking({ 'docker.io/library/alpine:latest': { digest: A } })])
      for (const { key, reference } of gatherImages(found, latest)) assert.equal(reference, keyReference(key))
  }))

const KEY = 'docker.io/library/alpine:3.20'
const place = { file: 'Dockerfile', line: 1, column: 6 }
const common = { place, image: 'alpine:3.20', key: KEY }

const CHECKS: readonly [what: string, line: string, lockfile: Lockfile, finding: object | undefined][] = [
  ['not locked', 'alpine:3.20', NONE, { code: 'unlocked', ...common }],
  ['not locked, but with a digest', `alpine:3.20@${A}`, NONE, { code: 'unlocked', ...common }],
  [
    'locked, not pinned',
    'alpine:3.20',
    locking({ [KEY]: { digest: A } }),
    { code: 'unpinned', ...common, digest: A },
  ],
  ['locked and pinned', `alpine:3.20@${A}`, locking({ [KEY]: { digest: A } }), undefined],
  [
    'pinned otherwise',
    `alpine:3.20@${B}`,
    locking({ [KEY]: { digest: A } }),
    { code: 'mismatch', ...common, inFile: B, locked: A },
  ],
]

test('what is wrong in a place is said once, for how many platforms its builds may be', () => {
  for (const [, line, locked, finding] of CHECKS) {
    const platforms = [undefined, 'amd64', 'arm64']
    const occurrences = platforms.flatMap(architecture =>
      names(line).map(one => ({ ...one, ...(architecture && { platform: { os: 'linux', architecture } }) })),
    )
    const findings = checkImages(gatherImages(occurrences, locked), locked, 'files')
    assert.equal(findings, finding === undefined ? [] : [finding])
  }
})

for (const [what, line, locked, finding] of CHECKS) {
  test(`checked under a policy, where files need no digest: ${what}`, () => {
    const findings = checkImages(gatherImages(names(line), locked), locked, 'policy')
    const code = (finding as Finding | undefined)?.code
    const expected = code === 'unpinned' ? undefined : finding
    assert.equal(findings, expected === undefined ? [] : [expected])
  })

  test(`checked: ${what}`, () => {
    const findings = checkImages(gatherImages(names(line), locked), locked, 'files')
    assert.equal(findings, finding === undefined ? [] : [finding])
  })
}

test('two places with different digests for one tag are a conflict that names both', () => {
  const occurrences = [
    ...occurrencesOf('a/Dockerfile', `FROM alpine:3.20@${A}\nFROM alpine:3.20\n`),
    ...occurrencesOf('b/Dockerfile', `FROM docker.io/alpine:3.20@${B}\n`),
  ]
  assert.equal(conflicts(gatherImages(occurrences, NONE), NONE), [
    {
      code: 'conflict',
      key: KEY,
      image: 'alpine:3.20',
      places: [
        { file: 'a/Dockerfile', line: 1, column: 6, digest: A },
        { file: 'b/Dockerfile', line: 1, column: 6, digest: B },
      ],
    },
  ])
})

test('one digest in many places, or different tags, are no conflict', () => {
  assert.equal(
    conflicts(gatherImages(names(`a:1@${A}`, `a:1@${A}`, 'a:1', `a:2@${B}`, `a@${A}`, `a@${B}`), NONE), NONE),
    [],
  )
})

test('of two digests, one of them locked, the other is the newer wish', () => {
  const locked = locking({ [KEY]: { digest: A } })
  const occurrences = [
    ...occurrencesOf('a/Dockerfile', `FROM alpine:3.20@${A}\n`),
    ...occurrencesOf('b/Dockerfile', `FROM alpine:3.20@${B}\n`),
  ]
  const images = gatherImages(occurrences, locked)
  assert.equal(conflicts(images, locked), [])
  assert.equal(
    images.map(image => newDigests(image, locked)),
    [[B]],
  )
  assert.equal(
    checkImages(images, locked, 'files').map(({ code }) => code),
    ['mismatch'],
  )
})

test('of three digests, one of them locked, nobody knows which is meant; check says what lock does', () => {
  const locked = locking({ [KEY]: { digest: A } })
  const images = gatherImages(
    names(`alpine:3.20@${A}`, `alpine:3.20@${B}`, `alpine:3.20@${fixedDigest('c')}`),
    locked,
  )
  const [conflict] = conflicts(images, locked)
  assert.is(conflict?.code, 'conflict')
  assert.equal(checkImages(images, locked, 'files'), [conflict])
})

test('what cannot be pinned is by its tag once it is locked, and under a policy nothing to tell', () => {
  const locked = locking({ [KEY]: { digest: A } })
  const images = (lockfile: Lockfile) => gatherImages(names('alpine:3.20 never'), lockfile)
  const notice = { places: [place], images: ['alpine:3.20'], reason: 'arg-in-middle', names: ['V'] }
  assert.equal(checkImages(images(locked), locked, 'files'), [])
  assert.equal(imageNotices(images(locked), locked, 'files'), [{ code: 'by-tag', ...notice }])
  assert.equal(imageNotices(images(locked), locked, 'policy'), [])
  assert.equal(imageNotices(images(NONE), NONE, 'files'), [])
  assert.equal(
    checkImages(images(NONE), NONE, 'files').map(({ code }) => code),
    ['unlocked'],
  )
})

test.run()
