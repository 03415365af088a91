import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isVerified } from '../../src/core/availability.ts'
import { builds, states } from '../support/availability.ts'

const test = suite('core/availability')

const all = states.flatMap(state => builds.map(registryUse => ({ state, registryUse })))

test('--strict asks for no less than the default, and a registryUse that needs no registry', () => {
  for (const one of all) {
    if (!isVerified(one, { strict: true })) continue
    assert.ok(isVerified(one, { strict: false }), JSON.stringify(one))
    assert.equal(one, { state: 'present', registryUse: 'none' })
  }
})

test('what asks, takes another image, or cannot be told, is never verified', () => {
  for (const one of all.filter(({ registryUse }) =>
    ['required', 'wrong-image', 'unknown'].includes(registryUse),
  ))
    assert.not.ok(isVerified(one, { strict: false }), JSON.stringify(one))
})

test('a build that works without the answer to its request is verified, but not with --strict', () => {
  for (const state of states.filter(state => state !== 'wrong-platform')) {
    assert.ok(isVerified({ state, registryUse: 'optional' }, { strict: false }), state)
    assert.not.ok(isVerified({ state, registryUse: 'optional' }, { strict: true }), state)
  }
})

test('an image of another platform is not verified, though a registryUse may take it', () => {
  assert.not.ok(isVerified({ state: 'wrong-platform', registryUse: 'none' }, { strict: false }))
})

test.run()
