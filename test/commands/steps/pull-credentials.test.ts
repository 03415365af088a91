import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { pullCredentials } from '../../../src/commands/steps/pull-credentials.ts'
import type { Digest } from '../../../src/core/digest.ts'
import { DockLockError } from '../../../src/core/error.ts'
import type { Wanted } from '../../../src/core/wanted.ts'
import type { PullOutcome } from '../../../src/stores/store.ts'
import { failure, reference } from '../../registry/support.ts'

const test = suite('commands/steps/pull-credentials')

const want = (image: string): Wanted => ({
  key: image,
  reference: reference(image),
  digest: `sha256:${'0'.repeat(64)}` as Digest,
})
const refused = (image: string, code: 'unauthorized' | 'denied' | 'unreachable'): PullOutcome => ({
  wanted: want(image),
  ok: false,
  code,
  message: 'of the engine',
})

test('credentials that cannot be looked up leave the pull to go without, and explain its refusal alone', async () => {
  const { credentials, explained } = pullCredentials(async registry => {
    if (registry === 'r.example') return { username: 'u', password: 'p' }
    throw new DockLockError('unauthorized', 'no helper', { hint: 'get one' })
  })
  assert.equal(await credentials('r.example', 'o/i'), { username: 'u', password: 'p' })
  assert.is(await credentials('s.example', 'o/i'), undefined)
  const outcomes: readonly PullOutcome[] = [
    refused('r.example/o/i:1', 'unauthorized'),
    refused('s.example/o/i:1', 'unauthorized'),
    refused('s.example/o/i:2', 'denied'),
    refused('s.example/o/i:3', 'unreachable'),
    { wanted: want('s.example/o/i:4'), ok: true },
  ]
  assert.equal(
    explained(outcomes).map(outcome => (outcome.ok ? 'ok' : [outcome.message, outcome.hint])),
    [
      ['of the engine', undefined],
      ['no helper', 'get one'],
      ['no helper', 'get one'],
      ['of the engine', undefined],
      'ok',
    ],
  )
})

test('an engine that repeats what its registry was told does not give the password away', async () => {
  const password = 'pl4nted "secret"'
  const { credentials, explained } = pullCredentials(async () => ({ username: 'user', password }))
  await credentials('r.example', 'o/i')
  const said = `you sent ${password}, ${btoa(`user:${password}`)}, ${JSON.stringify({ password })}`
  const outcome: PullOutcome = {
    wanted: want('r.example/o/i:1'),
    ok: false,
    code: 'unauthorized',
    message: said,
  }
  const [told] = explained([outcome])
  assert.is(told?.ok === false && told.message, 'you sent ***, ***, {"password":"***"}')
})

test('Ctrl-C at a helper ends the pull', async () => {
  const { credentials } = pullCredentials(async () => {
    throw new DockLockError('interrupted', 'interrupted')
  })
  await failure(credentials('s.example', 'o/i'), 'interrupted')
})

test.run()
