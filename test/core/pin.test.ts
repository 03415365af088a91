import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { applyEdits } from '../../src/core/edit.ts'
import { checkImages, gatherImages, imageKey } from '../../src/core/images.ts'
import type { LockedImage, Lockfile } from '../../src/core/lockfile.ts'
import { pinEdits, unpinEdits } from '../../src/core/pin.ts'
import { parseReference } from '../../src/core/reference.ts'
import { digest, fixedDigest, referenceText } from '../support/generate.ts'
import { occurrencesOf } from '../support/lines.ts'
import { forAll, type Random } from '../support/random.ts'

const test = suite('core/pin')
const A = fixedDigest('a')
const B = fixedDigest('b')

function pin(text: string, lockfile: Lockfile, file = 'Dockerfile'): string {
  return applyEdits(text, pinEdits(occurrencesOf(file, text), lockfile))
}

function unpin(text: string, lockfile: Lockfile, file = 'Dockerfile'): string {
  return applyEdits(text, unpinEdits(occurrencesOf(file, text), lockfile))
}

function locking(entries: Readonly<Record<string, LockedImage>>): Lockfile {
  return new Map(Object.entries(entries))
}

/** A file without digests, and a lockfile that knows most of its images. */
function project(random: Random): { text: string; lockfile: Lockfile } {
  const images = random.list(1, 5, () => referenceText(random).replace(/@.*/, ''))
  const end = random.pick(['\n', '\r\n'])
  const lines = random.list(1, 12, () =>
    random.pick([
      () => `FROM ${random.pick(images)}`,
      () => `FROM ${random.pick(images)} never`,
      () => `# FROM ${random.pick(images)}`,
      () => 'RUN é 🐳',
      () => '',
    ])(),
  )
  const text = `${random.chance(0.2) ? '\ufeff\n' : ''}${lines.join(end)}${random.chance(0.8) ? end : ''}`
  const lockfile = new Map<string, LockedImage>()
  for (const image of images) {
    const parsed = parseReference(image)
    if (parsed.ok && random.chance(0.8))
      lockfile.set(imageKey(parsed.reference, lockfile), { digest: digest(random) })
  }
  return { text, lockfile }
}

test('pinned, each image that can take one has its digest, and check finds nothing more to pin', () => {
  forAll(500, random => {
    const { text, lockfile } = project(random)
    const pinned = pin(text, lockfile)
    const occurrences = occurrencesOf('Dockerfile', pinned)
    const codes = checkImages(gatherImages(occurrences, lockfile), lockfile, 'files').map(({ code }) => code)
    assert.equal(
      codes.filter(code => code !== 'unlocked' && code !== 'conflict'),
      [],
      pinned,
    )
  })
})

test('nothing but the digests is added', () => {
  forAll(500, random => {
    const { text, lockfile } = project(random)
    assert.is(pin(text, lockfile).replace(/@sha\d+:[0-9a-f]+/g, ''), text)
  })
})

test('pinning twice is pinning once', () => {
  forAll(500, random => {
    const { text, lockfile } = project(random)
    const pinned = pin(text, lockfile)
    assert.is(pin(pinned, lockfile), pinned)
    assert.equal(pinEdits(occurrencesOf('Dockerfile', pinned), lockfile), [])
  })
})

test('unpinned, the file is as it was before', () => {
  forAll(500, random => {
    const { text, lockfile } = project(random)
    assert.is(unpin(pin(text, lockfile), lockfile), text)
    assert.is(unpin(text, lockfile), text)
  })
})

test('the digest comes after the tag, and after a name without one', () => {
  const lockfile = locking({
    'docker.io/library/alpine:3.20': { digest: A },
    'docker.io/library/alpine:latest': { digest: B },
  })
  assert.is(
    pin('FROM alpine:3.20\nFROM alpine\nFROM docker.io/alpine:latest\n', lockfile),
    `FROM alpine:3.20@${A}\nFROM alpine@${B}\nFROM docker.io/alpine:latest@${B}\n`,
  )
})

test('a digest that is not the locked one is replaced', () => {
  const lockfile = locking({ 'docker.io/library/alpine:3.20': { digest: B } })
  assert.is(pin(`FROM alpine:3.20@${A}\n`, lockfile), `FROM alpine:3.20@${B}\n`)
})

test('what the lockfile does not know, and what cannot be pinned, stays', () => {
  const text = `FROM node:24\nFROM alpine:3.20 never\nFROM Bad\nFROM a@${A}\n`
  assert.is(pin(text, locking({ 'docker.io/library/alpine:3.20': { digest: B } })), text)
})

test('unpinning leaves a digest that the lockfile does not know', () => {
  const text = `FROM alpine:3.20@${A}\nFROM node:24@${A}\n`
  assert.is(unpin(text, locking({ 'docker.io/library/alpine:3.20': { digest: B } })), text)
})

test('unpinning leaves a name that was written with its digest alone', () => {
  const text = `FROM alpine@${A}\n`
  assert.is(unpin(text, locking({ [`docker.io/library/alpine@${A}`]: { digest: A } })), text)
})

test('a digest that a file had before is its own: unpinning takes it out of the others only', () => {
  const lockfile = locking({ 'docker.io/library/alpine:3.20': { digest: A, adopted: ['own/Dockerfile'] } })
  const text = `FROM alpine:3.20@${A}\n`
  assert.is(unpin(text, lockfile, 'own/Dockerfile'), text)
  assert.is(unpin(text, lockfile, 'Dockerfile'), 'FROM alpine:3.20\n')
})

test.run()
