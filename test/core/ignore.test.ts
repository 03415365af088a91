import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ignoredImage, matchesPattern } from '../../src/core/ignore.ts'
import { dockerfile } from '../support/extract.ts'
import { forAll } from '../support/random.ts'

const test = suite('core/ignore')

test('a pattern matches what a regular expression made of it matches', () => {
  forAll(2000, random => {
    const pattern = random.text('ab*', 0, 8)
    const text = random.text('ab', 0, 8)
    const expected = new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(text)
    assert.is(matchesPattern(pattern, text), expected, `${pattern} ${text}`)
  })
})

test('a pattern of many stars is no trap', () => {
  assert.not(matchesPattern(`${'a*'.repeat(5000)}b`, 'a'.repeat(10_000)))
})

/** Whether the image of `FROM name` is ignored by a rule with this pattern. */
function isIgnored(name: string, pattern: string): boolean {
  const [occurrence] = dockerfile.extract(`ARG BASE\nARG OTHER\nFROM ${name}\n`, 'Dockerfile', {
    buildArgs: {},
    buildPlatform: 'linux/amd64',
    targetPlatform: 'linux/amd64',
  })
  assert.ok(occurrence)
  return ignoredImage(occurrence, [{ images: [pattern], reason: 'here' }]) !== undefined
}

const DIGEST = `sha256:${'0a'.repeat(32)}`
const ignoring: readonly (readonly [pattern: string, names: readonly string[], others: readonly string[]])[] =
  [
    ['base', ['base', 'base:1', `base@${DIGEST}`, `base:1@${DIGEST}`], ['base2', 'o/base', 'ghcr.io/o/base']],
    ['base:*', ['base', 'base:1', 'docker.io/library/base:1'], [`base@${DIGEST}`, 'o/base:1']],
    ['base:1', ['base:1', `base:1@${DIGEST}`], ['base:1.2', 'base']],
    ['o/*', ['o/base', 'o/base:1', 'docker.io/o/base:2'], ['ghcr.io/o/base']],
    ['ghcr.io/*', ['ghcr.io/o/base', 'ghcr.io/a/b/c:1'], ['o/ghcr.io', 'base']],
    ['*:dev', ['base:dev', 'ghcr.io/o/base:dev'], ['base:dev2', 'base']],
    ['docker.io/library/*', ['base', 'base:1'], ['o/base']],
    [`*@${DIGEST}`, [], [`base@${DIGEST}`, `base:1@${DIGEST}`]],
    ['${BASE}', ['${BASE}'], ['${OTHER}', 'BASE']],
  ]
for (const [pattern, names, others] of ignoring) {
  test(`${pattern} ignores what it names`, () => {
    for (const name of names) assert.ok(isIgnored(name, pattern), name)
    for (const name of others) assert.not(isIgnored(name, pattern), name)
  })
}

test('what is no image of its own cannot be ignored, nor what BuildKit refuses', () => {
  for (const name of ['scratch', 'UPPER']) assert.not(isIgnored(name, '*'), name)
})

test.run()
