import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { matchImages } from '../../src/core/image-pattern.ts'
import { assertLinear } from '../support/growth.ts'
import { keyReference } from '../support/locked.ts'

const test = suite('core/image-pattern')

const DIGEST = `sha256:${'0a'.repeat(32)}`
const KEYS = [
  'docker.io/library/node:22',
  'docker.io/library/node:22-slim',
  'docker.io/library/node:20',
  `docker.io/library/busybox@${DIGEST}`,
  'docker.io/acme/node:22',
  'ghcr.io/acme/app:1',
  'ghcr.io/acme/tools/lint:2',
  'localhost:5000/app:1',
]
const IMAGES = KEYS.map(key => ({ key, reference: keyReference(key) }))

const rows: readonly (readonly [pattern: string, keys: readonly number[]])[] = [
  ['node', [0, 1, 2]],
  ['node:22', [0]],
  ['node:22*', [0, 1]],
  ['node:*', [0, 1, 2]],
  ['library/node', []],
  ['docker.io/library/node:22', [0]],
  ['docker.io/library/node', [0, 1, 2]],
  ['docker.io/node:22', [0]],
  ['index.docker.io/library/node:20', [2]],
  ['docker.io/*', [0, 1, 2, 3, 4]],
  ['docker.io/node:2*', [0, 1, 2]],
  ['acme/*', [4]],
  ['acme/node', [4]],
  ['*/node', [0, 1, 2, 4]],
  ['ghcr.io/acme/*', [5, 6]],
  ['ghcr.io/acme/app', [5]],
  ['localhost:5000/app', [7]],
  ['localhost:5000/*:1', [7]],
  [`node:22@${DIGEST}`, [0]],
  ['busybox', [3]],
  [`busybox@${DIGEST}`, [3]],
  [`docker.io/library/busybox@${DIGEST}`, [3]],
  [`busybox@${DIGEST.replace('0a', '0b')}`, []],
  ['*', [0, 1, 2, 3, 4, 5, 6, 7]],
  ['nod', []],
  ['Node', []],
  ['', []],
]

for (const [pattern, expected] of rows)
  test(`"${pattern}"`, () => {
    const { images, unmatched } = matchImages([pattern], IMAGES)
    assert.equal(
      images.map(({ key }) => key),
      expected.map(index => KEYS[index]),
    )
    assert.equal(unmatched, expected.length === 0 ? [pattern] : [])
  })

test('no pattern means all images', () => {
  assert.equal(matchImages([], IMAGES), { images: IMAGES, unmatched: [] })
})

test('several patterns give each image once, in order', () => {
  const { images, unmatched } = matchImages(['node:20', 'nod', 'node', 'index.docker.io/x'], IMAGES)
  assert.equal(
    images.map(({ key }) => key),
    KEYS.slice(0, 3),
  )
  assert.equal(unmatched, ['nod', 'index.docker.io/x'])
})

test('the time is linear in the length of the pattern', async () => {
  for (const part of ['a*', ':', '/', ':/', '*', '@'])
    await assertLinear(10_000, size => () => matchImages([`${part.repeat(size)}b`], IMAGES))
})

test.run()
