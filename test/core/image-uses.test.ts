import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findOccurrences } from '../../src/api.ts'
import { type ImageDetails, imageDetails, knownImages } from '../../src/core/image-uses.ts'
import { gatherImages, hasLocalName, type PinMode } from '../../src/core/images.ts'
import type { Lockfile } from '../../src/core/lockfile.ts'
import { fixedDigest } from '../support/generate.ts'

const test = suite('core/image-uses')

const LOCKED: Lockfile = new Map([['docker.io/library/alpine:3', { digest: fixedDigest('a') }]])

async function details(
  text: string,
  locked = LOCKED,
  pinMode: PinMode = 'files',
): Promise<readonly ImageDetails[]> {
  const images = gatherImages(await findOccurrences(text), locked)
  return knownImages(images, [], []).map(image => imageDetails(image, locked, pinMode, hasLocalName(image)))
}

const statesOf = async (text: string, locked = LOCKED, pinMode: PinMode = 'files') =>
  (await details(text, locked, pinMode)).flatMap(({ uses }) => uses.map(({ state }) => state))

test('the state of each place', async () => {
  assert.equal(await statesOf(`FROM alpine:3@${fixedDigest('a')}`), ['pinned'])
  assert.equal(await statesOf('FROM alpine:3'), ['unpinned'])
  assert.equal(await statesOf(`FROM alpine:3@${fixedDigest('b')}`), ['different'])
  assert.equal(await statesOf('FROM alpine:4'), ['unlocked'])
  assert.equal(await statesOf('FROM alpine:3', LOCKED, 'policy'), ['policy'])
  assert.equal(await statesOf('ARG V=3\nARG V=3\nFROM alpine:${V}'), ['by-tag'])
  assert.equal(await statesOf('FROM localhost/base'), ['local'])
  assert.equal(await statesOf('ARG P\nFROM ${P}alpine:4'), ['outside'])
  assert.equal(await statesOf('FROM scratch\nONBUILD COPY --from=tools /a /b'), ['outside'])
})

test('an image has the state of the place that needs most attention', async () => {
  const [pinned] = await details(`FROM alpine:3@${fixedDigest('a')}\nFROM alpine:3`)
  assert.is(pinned?.state, 'unpinned')
  const [different] = await details(`FROM alpine:3\nFROM alpine:3@${fixedDigest('b')}`)
  assert.is(different?.state, 'different')
})

test('a place has the stage, the platform and the ARGs through which it names the image', async () => {
  const [image] = await details(
    'ARG TAG=3\nARG BASE=alpine:${TAG:-2}\nFROM --platform=linux/arm64 ${BASE} AS Build\nCOPY --from=alpine:3 a b\n',
  )
  const [from, copy] = image?.uses ?? []
  assert.is(from?.stage, 0)
  assert.is(from?.stageName, 'build')
  assert.is(from?.platform, 'linux/arm64')
  assert.equal(from?.args, [
    { name: 'BASE', place: { file: 'Dockerfile', line: 2, column: 5 } },
    { name: 'TAG', place: { file: 'Dockerfile', line: 1, column: 5 } },
  ])
  assert.is(copy?.role, 'copy-from')
  assert.is(copy?.stageName, 'build')
  assert.is(copy?.args, undefined)
})

test('an ARG that BuildKit sets has no place', async () => {
  const [image] = await details('FROM alpine:3-$TARGETARCH')
  assert.equal(image?.uses[0]?.args, [{ name: 'TARGETARCH' }])
})

test('an image that only the lockfile has is unused', () => {
  const [reference] = gatherImages([], LOCKED).map(one => one.reference)
  assert.is(reference, undefined)
  const known = knownImages(
    [],
    [],
    [
      {
        key: 'docker.io/library/alpine:3',
        reference: { registry: 'docker.io', repository: 'library/alpine', tag: '3', original: 'alpine:3' },
      },
    ],
  )
  const [unused] = known.map(image => imageDetails(image, LOCKED, 'files', false))
  assert.is(unused?.state, 'unused')
  assert.is(unused?.digest, fixedDigest('a'))
})

test('a password in a name is not shown', async () => {
  const [image] = await details('ARG R=alpine:3\nFROM ${R:-user:secret@host/alpine}')
  assert.not.match(JSON.stringify(image), /secret/)
})

test.run()
