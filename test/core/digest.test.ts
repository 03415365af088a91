import { createHash } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { digestAlgorithm, parseDigest, shortDigest } from '../../src/core/digest.ts'
import { digest, fixedDigest } from '../support/generate.ts'
import { forAll } from '../support/random.ts'

const test = suite('core/digest')

test('a digest of each registered algorithm is one, and nothing near it', () => {
  forAll(500, random => {
    const good = digest(random)
    assert.is(parseDigest(good), good)
    const position = random.int(0, good.length - 1)
    const near = [
      good.slice(0, -1),
      `${good}0`,
      good.toUpperCase(),
      ` ${good}`,
      `${good}\n`,
      good.replace(':', '-'),
      `${good.slice(0, position)}g${good.slice(position + 1)}`,
      good.replace(/^sha\d+/, 'sha1'),
      good.replace(/^sha\d+/, 'toString'),
      good.slice(good.indexOf(':') + 1),
    ]
    for (const text of near) assert.is(parseDigest(text), undefined, text)
  })
})

test('the algorithm is the name that node:crypto has for it', () => {
  for (const name of ['sha256', 'sha384', 'sha512']) {
    const digest = parseDigest(`${name}:${createHash(name).update('x').digest('hex')}`)
    assert.ok(digest)
    assert.is(digestAlgorithm(digest), name)
  }
})

test('people see the algorithm and twelve digits', () => {
  assert.is(shortDigest(fixedDigest('0123456789ab')), 'sha256:0123456789ab')
})

test.run()
