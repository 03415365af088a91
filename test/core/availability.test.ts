import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isVerified } from '../../src/core/availability.ts'
import { builds, states } from '../support/availability.ts'

const test = suite('core/availability')

const all = states.flatMap(state => builds.map(registryUse => ({ state, registryUse })))

test('--strict asks for no less than the default, and a registryUse that needs no registry', () => {
  for (const best of ['present', 'cache-only'] as const)
    for (const one of all) {
      if (!isVerified(one, { strict: true, best })) continue
      assert.ok(isVerified(one, { strict: false, best }), JSON.stringify(one))
      assert.equal(one, { state: 'present', registryUse: 'none' })
    }
})

test('what asks, takes another image, or cannot be told, is never verified', () => {
  for (const best of ['present', 'cache-only'] as const)
    for (const one of all.filter(({ registryUse }) => ['required', 'other', 'unknown'].includes(registryUse)))
      assert.not.ok(isVerified(one, { strict: false, best }), JSON.stringify(one))
})

test('a registryUse that only tries a registry will do where the store has the most it can', () => {
  const verified = (best: 'present' | 'cache-only') =>
    all
      .filter(one => one.registryUse === 'optional' && isVerified(one, { strict: false, best }))
      .map(({ state }) => state)
  assert.equal(verified('present'), ['present'])
  assert.equal(verified('cache-only'), ['cache-only'])
})

test('an image of another platform is not verified, though a registryUse may take it', () => {
  assert.not.ok(
    isVerified({ state: 'wrong-platform', registryUse: 'none' }, { strict: false, best: 'present' }),
  )
})

test.run()
