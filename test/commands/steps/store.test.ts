import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ensureImages } from '../../../src/commands/steps/store.ts'
import { createContext } from '../../../src/context.ts'
import type { AvailabilityState, RegistryUse } from '../../../src/core/availability.ts'
import { parseDigest } from '../../../src/core/digest.ts'
import { splitNotices } from '../../../src/core/finding.ts'
import type { Wanted } from '../../../src/core/wanted.ts'
import type { Store, StoreInfo } from '../../../src/stores/store.ts'
import { want } from '../../stores/fake-engine.ts'
import { asPlatform } from '../../support/platform.ts'

const test = suite('commands/steps/store')
const context = createContext({ cwd: '/', env: {} })
const digest = parseDigest(`sha256:${'a'.repeat(64)}`)!
const alpine = want('alpine:3.23', digest)
const PLACE = { file: 'Dockerfile', line: 1, column: 6 }

const info: StoreInfo = {
  kind: 'docker',
  version: '28.5.2',
  name: 'Docker 28.5.2',
  host: 'unix:///x.sock',
  imageStore: 'containerd',
  maxState: 'present',
  platform: asPlatform('linux/amd64'),
  mirrors: [],
  insecureRegistries: [],
  insecureCidrs: [],
}

/** A store that has every image in this state, whose pulls change nothing. */
function storeWith(state: AvailabilityState, registryUse: RegistryUse, pulls: 'work' | 'fail'): Store {
  const check = (wanted: Wanted) => ({ wanted, platform: asPlatform('linux/amd64'), state, registryUse })
  return {
    info: async () => info,
    availability: async wanted => wanted.map(check),
    pull: async wanted =>
      wanted.map(one =>
        pulls === 'work'
          ? { wanted: one, ok: true }
          : { wanted: one, ok: false, code: 'denied', message: 'denied' },
      ),
    close: () => {},
  }
}

/** The codes of the findings and notices for an image in this state. */
async function codesFor(
  [state, registryUse]: readonly [AvailabilityState, RegistryUse],
  { strict = false, insist = false, pulls = 'work' as 'work' | 'fail' } = {},
) {
  const store = storeWith(state, registryUse, pulls)
  const options = { pull: pulls === 'fail', insist, strict, required: true, moveTags: false, dryRun: false }
  const result = await ensureImages(
    context,
    [{ reached: true, label: 'default', store, info, source: 'user' }],
    () => ({ offered: [alpine], findings: [], placesOf: () => [PLACE] }),
    options,
  )
  const { findings, notices } = splitNotices(result.findings, result.notices, strict)
  for (const one of [...findings, ...notices]) assert.equal('places' in one && one.places, [PLACE])
  return { findings: findings.map(({ code }) => code), notices: notices.map(({ code }) => code) }
}

/** A build works without the registry, but contacts it first, or a prune would remove the image. */
const WEAK = [
  ['untagged', 'none'],
  ['untagged', 'optional'],
  ['tag-elsewhere', 'none'],
  ['tag-elsewhere', 'optional'],
  ['cache-only', 'optional'],
] as const
/** A build does not work without the registry, or uses the wrong image. */
const MISSING = [
  ['absent', 'required'],
  ['incomplete', 'required'],
  ['unlabelled', 'required'],
  ['untagged', 'required'],
  ['cache-only', 'required'],
  ['tag-elsewhere', 'wrong-image'],
  ['wrong-platform', 'none'],
  ['wrong-platform', 'optional'],
  ['unknown', 'unknown'],
] as const

test('an image that a build finds, but not for certain or not silently, is a notice, and a finding with --strict', async () => {
  for (const [state, use] of WEAK) {
    assert.equal(await codesFor([state, use]), { findings: [], notices: [state] }, `${state} ${use}`)
    const strict = await codesFor([state, use], { strict: true })
    assert.equal(strict, { findings: [state], notices: [] }, `${state} ${use}`)
  }
})

test('an image that is there, for which a build contacts the registry, is the notice registry-contacted', async () => {
  const code = 'registry-contacted'
  assert.equal(await codesFor(['present', 'optional']), { findings: [], notices: [code] })
  assert.equal(await codesFor(['present', 'optional'], { strict: true }), { findings: [code], notices: [] })
  assert.equal(await codesFor(['present', 'none']), { findings: [], notices: [] })
  assert.equal(await codesFor(['present', 'none'], { strict: true }), { findings: [], notices: [] })
})

test('an image that a build does not find is a finding, with --strict and without it', async () => {
  for (const [state, use] of MISSING)
    for (const strict of [false, true])
      assert.equal(await codesFor([state, use], { strict }), { findings: [state], notices: [] })
})

test('where the engine does not report what a build does with an image that is there, that is a notice', async () => {
  for (const state of ['untagged', 'tag-elsewhere'] as const) {
    assert.equal(await codesFor([state, 'unknown']), { findings: [], notices: [state] })
    assert.equal(await codesFor([state, 'unknown'], { strict: true }), { findings: [state], notices: [] })
  }
  assert.equal(await codesFor(['absent', 'unknown']), { findings: ['absent'], notices: [] })
})

test('a failed pull of an image that a build finds is a notice of its state, unless the pull was asked for', async () => {
  const failed = { pulls: 'fail' } as const
  const codes = { findings: ['pull-failed'], notices: [] }
  assert.equal(await codesFor(['untagged', 'none'], failed), { findings: [], notices: ['untagged'] })
  assert.equal(await codesFor(['untagged', 'none'], { ...failed, insist: true }), codes)
  assert.equal(await codesFor(['untagged', 'none'], { ...failed, strict: true }), codes)
  assert.equal(await codesFor(['absent', 'required'], failed), codes)
})

test.run()
