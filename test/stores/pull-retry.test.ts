import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DockLockError } from '../../src/core/error.ts'
import { parseHost } from '../../src/stores/connection/endpoint.ts'
import { unreachable } from '../../src/stores/connection/engine-error.ts'
import { ProgramFailed, TimedOut } from '../../src/stores/connection/failure.ts'
import { createPullRetry } from '../../src/stores/pull-retry.ts'

const test = suite('patience')
const { signal } = new AbortController()
const endpoint = parseHost('unix:///docker.sock', 'DOCKER_HOST')
const coded = (code: string) => Object.assign(new Error(code), { code })
const engine = (cause: Error) => unreachable(endpoint, 'POST /images/create', cause)
const registry = (message: string) => new DockLockError('unreachable', message)

/** How often it is tried, and what is said in the end. */
async function tried(
  error: Error,
  pauses = [0, 0],
  patience = createPullRetry({ signal, pauses }),
  from = 'r',
) {
  let tries = 0
  const thrown = await patience(from, async () => {
    tries += 1
    throw error
  }).catch((reason: unknown) => reason as Error)
  return { tries, message: (thrown as Error).message }
}

test('what may pass is tried once more after each pause, and that is said', async () => {
  for (const error of [
    registry('dial tcp 10.0.0.1:443: connect: connection refused'),
    registry('received unexpected HTTP status: 502 Bad Gateway'),
    new DockLockError('rate-limited', 'toomanyrequests: Rate exceeded'),
    engine(coded('ECONNRESET')),
    engine(new Error('aborted')),
    engine(new ProgramFailed('ssh', 255, 'client_loop: send disconnect: Broken pipe')),
  ]) {
    const { tries, message } = await tried(error)
    assert.is(tries, 3, error.message)
    assert.is(message, `${error.message} (tried 3 times)`)
  }
})

test('what lasts is not', async () => {
  for (const error of [
    ...(
      ['denied', 'unauthorized', 'not-found', 'untrusted', 'engine', 'unsupported', 'interrupted'] as const
    ).map(code => new DockLockError(code, 'no')),
    registry('x509: certificate signed by unknown authority'),
    registry('dial tcp: lookup r.test: no such host'),
    new DockLockError(
      'rate-limited',
      'toomanyrequests: You have reached your unauthenticated pull rate limit',
    ),
    engine(coded('ECONNREFUSED')),
    engine(coded('ENOENT')),
    engine(new TimedOut(60_000)),
    engine(new ProgramFailed('ssh', 255, 'Permission denied (publickey).')),
    new TypeError('a bug'),
  ])
    assert.equal(await tried(error), { tries: 1, message: error.message })
})

test('a registry that was tried in vain gets one try for each further image; another one is another one', async () => {
  const patience = createPullRetry({ signal, pauses: [0, 0] })
  const down = registry('connection refused')
  assert.is((await tried(down, [], patience)).tries, 3)
  assert.is((await tried(down, [], patience)).tries, 1)
  assert.is((await tried(down, [], patience, 'other')).tries, 3)
})

test('a pause ends with an abort', async () => {
  const controller = new AbortController()
  const patience = createPullRetry({ signal: controller.signal, pauses: [2 ** 31 - 1] })
  const thrown = patience('r', async () => {
    setImmediate(() => controller.abort())
    throw registry('connection refused')
  }).catch((reason: unknown) => reason)
  assert.is(((await thrown) as DockLockError).code, 'interrupted')
})

test.run()
