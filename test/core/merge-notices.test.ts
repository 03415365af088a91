import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { exitCodeFor, splitNotices } from '../../src/core/finding.ts'
import { mergeNotices } from '../../src/core/merge-notices.ts'
import type { Notice } from '../../src/core/notice.ts'
import { finding, NOTICES } from '../support/findings.ts'

const test = suite('core/merge-notices')
const at = (line: number) => ({ file: 'Dockerfile', line, column: 6 })

const byTag = (line: number, image: string, names: readonly string[] = ['PREFIX']): Notice => ({
  code: 'by-tag',
  places: [at(line)],
  images: [image],
  reason: 'arg-in-middle',
  names,
})

test('900 places by the tag for one reason are one notice', () => {
  const many = Array.from({ length: 900 }, (_, index) => byTag(index + 1, `alpine:3.${index % 4}`))
  const [merged, ...others] = mergeNotices([...many, byTag(901, 'node:20', ['V'])])
  assert.ok(merged?.code === 'by-tag')
  assert.is(merged.places.length, 900)
  assert.equal(merged.images, ['alpine:3.0', 'alpine:3.1', 'alpine:3.2', 'alpine:3.3'])
  assert.equal(others, [byTag(901, 'node:20', ['V'])])
})

test('one place with two images is one place', () => {
  const [merged] = mergeNotices([byTag(1, 'node:20'), byTag(1, 'node:22')])
  assert.equal(merged, { ...byTag(1, 'node:20'), images: ['node:20', 'node:22'] })
})

test('what the same ARG decides outside is one notice, what another decides is another', () => {
  const outside = (line: number, name: string): Notice => ({
    code: 'outside',
    places: [at(line)],
    texts: [`\${${name}}`],
    names: [name],
    images: [],
  })
  assert.equal(mergeNotices([outside(1, 'A'), outside(2, 'A'), outside(3, 'B')]), [
    { ...outside(1, 'A'), places: [at(1), at(2)] },
    outside(3, 'B'),
  ])
})

test('notices fail nothing; strict, each is a finding', () => {
  const lenient = splitNotices([], NOTICES, false)
  assert.equal(lenient.findings, [])
  assert.is(lenient.notices.length, NOTICES.length)
  assert.is(exitCodeFor(lenient.findings), 0)
  const strict = splitNotices([finding('unlocked')], NOTICES, true)
  assert.equal(strict.notices, [])
  assert.is(strict.findings.length, NOTICES.length + 1)
  for (const notice of NOTICES) assert.is(exitCodeFor([notice]), 1)
})

test.run()
