import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { joinMovedTags } from '../../src/core/ahead.ts'
import type { Finding } from '../../src/core/finding.ts'
import { parseReference, type Reference } from '../../src/core/reference.ts'

const test = suite('core/ahead')
const place = { file: 'Dockerfile', line: 1, column: 6 }
const unlocked = (image: string): Finding => ({
  code: 'unlocked',
  place,
  image,
  key: `docker.io/library/${image}`,
})
const orphan = (image: string): Finding => ({
  code: 'orphan',
  place,
  image,
  key: `docker.io/library/${image}`,
})

/** By key. */
function references(findings: readonly Finding[]): ReadonlyMap<string, { readonly reference: Reference }> {
  return new Map(
    findings.flatMap(finding => {
      const parsed = parseReference('key' in finding ? finding.key : '')
      return 'key' in finding && parsed.ok ? [[finding.key, parsed] as const] : []
    }),
  )
}

/** `node:22 ← node:20`: the new tag and the one that it replaces. */
function words(...findings: readonly Finding[]): readonly string[] {
  return joinMovedTags(findings, references(findings)).map(finding => {
    if (finding.code === 'unlocked')
      return finding.previous === undefined ? finding.image : `${finding.image} ← ${finding.previous}`
    return finding.code === 'orphan' ? `orphan ${finding.image}` : finding.code
  })
}

test('a new tag and an orphan of its repository are one finding', () => {
  assert.equal(words(unlocked('node:22'), orphan('node:20')), ['node:22 ← node:20'])
  assert.equal(words(orphan('node:20'), unlocked('node:22'), unlocked('node:22')), [
    'node:22 ← node:20',
    'node:22 ← node:20',
  ])
})

test('several are paired in order, if there are as many of each', () => {
  const new22 = ['node:22-slim', 'node:22-alpine'].map(unlocked)
  const old20 = ['node:20-alpine', 'node:20-slim'].map(orphan)
  assert.equal(words(...new22, ...old20), ['node:22-slim ← node:20-slim', 'node:22-alpine ← node:20-alpine'])
  assert.equal(words(...new22, old20[0]!), ['node:22-slim', 'node:22-alpine', 'orphan node:20-alpine'])
  assert.equal(words(new22[0]!, ...old20), ['node:22-slim', 'orphan node:20-alpine', 'orphan node:20-slim'])
})

test('other repositories, and images without a tag, have nothing to do with it', () => {
  const digest = `@sha256:${'a'.repeat(64)}`
  assert.equal(words(unlocked('node:22'), orphan('alpine:3')), ['node:22', 'orphan alpine:3'])
  assert.equal(words(unlocked('node:22'), orphan(`node${digest}`)), ['node:22', `orphan node${digest}`])
  assert.equal(words(unlocked(`node${digest}`), orphan('node:20')), [`node${digest}`, 'orphan node:20'])
  assert.equal(words(), [])
})

test.run()
