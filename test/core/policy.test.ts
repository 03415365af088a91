import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { sourcePolicy } from '../../src/core/policy.ts'
import { fixedDigest, lockfile } from '../support/generate.ts'
import { withReferences } from '../support/locked.ts'
import { forAll } from '../support/random.ts'

const test = suite('core/policy')

test('each locked tag becomes its digest', () => {
  const digest = fixedDigest('a')
  assert.equal(sourcePolicy(withReferences(new Map([['docker.io/library/alpine:3.20', { digest }]]))), {
    version: 1,
    rules: [
      {
        action: 'CONVERT',
        selector: { identifier: 'docker-image://docker.io/library/alpine:3.20' },
        updates: { identifier: `docker-image://docker.io/library/alpine:3.20@${digest}` },
      },
    ],
  })
})

test('one rule for each tag, in order, and none for what is a digest already', () => {
  forAll(300, random => {
    const images = withReferences(lockfile(random))
    const { rules } = sourcePolicy(images)
    const selected = rules.map(({ selector }) => selector.identifier)
    const tags = [...images.keys()].filter(key => !key.includes('@'))
    assert.equal(selected, tags.map(key => `docker-image://${key}`).sort())
    for (const { selector, updates } of rules) {
      const key = selector.identifier.slice('docker-image://'.length)
      assert.is(updates.identifier, `${selector.identifier}@${images.get(key)?.digest}`)
    }
  })
})

test('none locked, no rules', () => assert.equal(sourcePolicy(new Map()), { version: 1, rules: [] }))

test.run()
