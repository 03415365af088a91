/** Updates of generated files, without any I/O: what stays, what moves, and that moving again changes nothing. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { applyEdits } from '../../src/core/edit.ts'
import { checkImages, gatherImages, type Image, imageKey } from '../../src/core/images.ts'
import type { LockedImage, Lockfile } from '../../src/core/lockfile.ts'
import type { ImageOccurrence, Occurrence } from '../../src/core/occurrence.ts'
import { platformsInUse } from '../../src/core/platform-support.ts'
import { repositoryName } from '../../src/core/reference.ts'
import { type Retagged, retag } from '../../src/core/retag.ts'
import { lackedPlatforms, sameManifests, updatedLockfile, updateText } from '../../src/core/update-plan.ts'
import { dockerfile } from '../support/extract.ts'
import { fixedDigest } from '../support/generate.ts'
import { lockFiles } from '../support/lock.ts'
import { keyReference, withReferences } from '../support/locked.ts'
import { platformDigests } from '../support/platform.ts'
import { forAll, type Random } from '../support/random.ts'

const test = suite('core/update-plan')

const PLATFORMS = { buildArgs: {}, buildPlatform: 'linux/amd64', targetPlatform: 'linux/amd64' }
const extract = (file: string, text: string): readonly Occurrence[] =>
  dockerfile.extract(text, file, PLATFORMS)
const read = (text: string) => extract('Dockerfile', text)

function isImage(one: Occurrence): one is ImageOccurrence {
  return one.kind === 'image'
}

/** A digest that depends on the key. */
function digestOf(key: string): LockedImage {
  const sum = [...key].reduce((all, character) => (all * 31 + character.charCodeAt(0)) % 16, 7)
  return { digest: fixedDigest(sum.toString(16)) }
}

/** A Dockerfile with versions in all the places where they may be. */
function someFile(random: Random): string {
  const version = () => random.pick(['1.1', '1.2', '2.0'])
  const args = random.list(0, 3, () => random.pick(['A', 'B', 'C']))
  const lines = args.map(
    name => `ARG ${name}=${random.pick([version(), `"${version()}"`, `tool:${version()}`])}`,
  )
  const name = () =>
    random.pick([
      `tool:${version()}`,
      `tool:${version()}-slim`,
      `registry.example:5000/x/tool:${version()}`,
      ...args.flatMap(arg => [`tool:\${${arg}}`, `tool:\${${arg}}-slim`, `$${arg}`, `other:\${${arg}}`]),
      'scratch',
      `tool@${fixedDigest('e')}`,
    ])
  const stages = random.list(1, 4, () =>
    random.pick([
      `FROM ${name()}`,
      `FROM "${name()}" AS base`,
      `# \${A} tool:1.1\nFROM \\\n  ${name()}`,
      `FROM ${name()}\nCOPY --from=tool:${version()} /a /b`,
      `FROM ${name()}\nRUN --mount=type=bind,from=tool:${version()},target=/t echo tool:1.1`,
    ]),
  )
  return `${[...lines, ...stages].join('\n')}\n`
}

function retagged(text: string, occurrences: readonly Occurrence[], key: string, tag: string): Retagged {
  return retag({ text, occurrences, read }, one => imageKey(one.reference, new Map()) === key, tag)
}

test('a tag moves where it is written, and nothing else changes', () => {
  let moved = 0
  forAll(1500, random => {
    const text = someFile(random)
    const occurrences = read(text)
    const images = gatherImages(occurrences, new Map()).filter(({ key }) => !key.includes('@'))
    if (images.length === 0) return
    const { key, reference } = random.pick(images)
    const tag = `9.9${/-.*/.exec(reference.tag ?? '')?.[0] ?? ''}`
    const result = retagged(text, occurrences, key, tag)
    if (!result.ok || result.moves.length === 0) return
    moved++
    const after = read(applyEdits(text, result.edits))
    for (const [index, before] of occurrences.entries()) {
      const now = after[index] as Occurrence
      const move = result.moves.find(one => one.index === index)
      if (!isImage(before) || !isImage(now)) assert.is(now.kind, before.kind)
      else assert.is(imageKey(now.reference, new Map()), imageKey((move?.to ?? before).reference, new Map()))
    }
    // Each edit replaces a part of the tag, so the text around it is that of before.
    for (const { range } of result.edits) assert.match(text.slice(range.start, range.end), /^[\w.-]+$/)
    assert.is(after.filter(one => isImage(one) && one.reference.tag === tag).length > 0, true)
    // Again, there is nothing to change.
    const again = retagged(applyEdits(text, result.edits), after, `${repositoryName(reference)}:${tag}`, tag)
    assert.ok(again.ok && again.edits.length === 0 && again.moves.length === 0)
  })
  assert.ok(moved > 500, `${moved}`)
})

test('update, then check: clean; update again: the same bytes', () => {
  forAll(600, random => {
    const source = someFile(random)
    const locked = lockFiles({ Dockerfile: source }, new Map(), extract, digestOf)
    if (locked === undefined) return
    const text = locked.files.Dockerfile ?? ''
    const occurrences = read(text)
    const images = gatherImages(occurrences, locked.lockfile).filter(({ key }) => !key.includes('@'))
    if (images.length === 0) return
    const chosen = random.pick(images)
    const tag = `9.9${/-.*/.exec(chosen.reference.tag ?? '')?.[0] ?? ''}`
    const result = random.chance(0.5) ? retagged(text, occurrences, chosen.key, tag) : undefined
    const moves = result?.ok === true ? result : { edits: [], moves: [] }
    const keys = new Set([chosen.key, ...moves.moves.map(({ to }) => imageKey(to.reference, new Map()))])
    const entries: Lockfile = new Map([...keys].map(key => [key, { digest: fixedDigest('f') }]))
    const updated = updateText({ text, occurrences, read }, moves, entries, locked.lockfile, true)
    assert.ok(updated !== undefined)
    const after = updatedLockfile(withReferences(locked.lockfile), entries, moves.moves)
    const now = gatherImages(updated.occurrences, after)
    const problems = checkImages(now, after, 'files')
    assert.equal(problems, [])
    const again = updateText({ ...updated, read }, { edits: [], moves: [] }, entries, after, true)
    assert.is(again?.text, updated.text)
    assert.is(again?.places, 0)
    if (random.chance(0.1)) assert.ok(updated.places <= occurrences.length)
  })
})

test('digests that belong to a file stay its own under the new tag', () => {
  const from = read('FROM tool:1.1\n')[0] as ImageOccurrence
  const to = read('FROM tool:1.2\n')[0] as ImageOccurrence
  const key = 'docker.io/library/tool:1.2'
  const old: Lockfile = new Map([
    ['docker.io/library/tool:1.1', { digest: fixedDigest('a'), adopted: ['Dockerfile'] }],
  ])
  const after = updatedLockfile(withReferences(old), new Map([[key, { digest: fixedDigest('b') }]]), [
    { index: 0, from, to },
  ])
  assert.equal(after.get(key), {
    digest: fixedDigest('b'),
    reference: keyReference(key),
    adopted: ['Dockerfile'],
  })
})

const amd64 = { os: 'linux', architecture: 'amd64' }
const arm64 = { os: 'linux', architecture: 'arm64' }

test('platforms in use: of FROM, else of the builds, else of the engines; a frontend runs on the engine', () => {
  const used = (text: string, builds: (typeof amd64)[]) =>
    platformsInUse(gatherImages(read(text), new Map())[0] as Image, builds, [amd64]).map(
      one => one.architecture,
    )
  assert.equal(used('FROM tool:1\n', []), ['amd64'])
  assert.equal(used('FROM tool:1\n', [arm64]), ['arm64'])
  assert.equal(used('FROM --platform=linux/s390x tool:1\n', [arm64]), ['s390x'])
  assert.equal(used('# syntax=tool:1\nFROM scratch\n', [arm64]), ['amd64'])
})

test('an index that changed for other platforms only has the same manifests', () => {
  const b = fixedDigest('b')
  const one = platformDigests({ 'linux/amd64': fixedDigest('a') })
  assert.ok(sameManifests(one, [...one, ...platformDigests({ 'linux/arm64/v8': b })], [amd64]))
  assert.not(sameManifests(one, platformDigests({ 'linux/amd64': b }), [amd64]))
  assert.not(sameManifests(one, one, [amd64, arm64]))
  assert.not(sameManifests(undefined, one, [amd64]))
  assert.not(sameManifests(one, one, []))
})

test('an image without named platforms lacks none', () => {
  const descriptor = { mediaType: 'x', digest: fixedDigest('a'), size: 1 }
  const platforms = platformDigests({ 'linux/amd64': fixedDigest('b') })
  assert.equal(lackedPlatforms({ descriptor, platforms }, [amd64, arm64]), [arm64])
  assert.equal(lackedPlatforms({ descriptor }, [amd64]), [])
})

test.run()
