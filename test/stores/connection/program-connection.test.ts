/** Engines behind a program that forwards its stdin and stdout, as ssh does. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type EngineEndpoint, parseHost } from '../../../src/stores/connection/endpoint.ts'
import { type EngineHttp, openEngine } from '../../../src/stores/connection/engine-http.ts'
import { failureOf } from '../../support/failure.ts'
import { withFolder } from '../../support/folder.ts'
import { type FakeEngine, type FakeOptions, withEngine } from '../fake-engine.ts'

const test = suite('program connection')
const { signal } = new AbortController()
const get = { method: 'GET', path: '/_ping', signal } as const

/** Forwards stdin and stdout to the socket that is its argument, and notes its process id in the file that is the other one. */
const FORWARD = `
const [, socket, notes] = process.argv
require('fs').appendFileSync(notes, process.pid + '\\n')
const engine = require('net').connect(socket)
process.stdin.pipe(engine).pipe(process.stdout)
engine.on('close', () => process.exit(0))
`

interface Through {
  readonly http: EngineHttp
  readonly engine: FakeEngine
  /** Process ids of the programs so far. */
  readonly pids: () => number[]
}

/** An engine, reached through `node -e script SOCKET NOTES`. */
function through(
  script: string,
  options: FakeOptions,
  action: (through: Through) => Promise<void>,
): Promise<void> {
  return withFolder({}, root =>
    withEngine('docker-20.10', options, async engine => {
      const notes = join(root, 'pids')
      const socket = engine.host.slice('unix://'.length)
      const program = { command: process.execPath, args: ['-e', script, socket, notes], env: process.env }
      const endpoint: EngineEndpoint = {
        ...parseHost('ssh://far', '--host'),
        connect: { ssh: { host: 'far' }, program },
      }
      const http = await openEngine(endpoint)
      const pids = () => (existsSync(notes) ? readFileSync(notes, 'utf8').trim().split('\n').map(Number) : [])
      try {
        await action({ http, engine, pids })
      } finally {
        http.close()
        await gone(pids())
      }
    }),
  )
}

/** A program that stays is a test that never ends. */
async function gone(pids: readonly number[]): Promise<void> {
  const runs = (pid: number) => {
    try {
      process.kill(pid, 0)
      return true
    } catch {
      return false
    }
  }
  while (pids.some(runs)) await sleep(10)
}

test('one program serves one request after the other, and ends with the connection', () =>
  through(FORWARD, {}, async ({ http, engine, pids }) => {
    for (let index = 0; index < 5; index += 1) assert.is((await http.send(get)).text, 'OK')
    assert.is(engine.connections(), 1)
    assert.is(pids().length, 1)
  }))

test('many requests share few programs', () =>
  through(FORWARD, {}, async ({ http, pids }) => {
    const replies = await Promise.all(Array.from({ length: 9 }, () => http.send(get)))
    assert.ok(replies.every(({ text }) => text === 'OK'))
    assert.ok(pids().length <= 3, `${pids().length} programs`)
  }))

test('a long answer comes whole', () => {
  const long = 'dock-lock\n'.repeat(2_000_000)
  return through(FORWARD, { answers: { '/long': (_, response) => response.end(long) } }, async ({ http }) => {
    const { text } = await http.send({ ...get, path: '/long' })
    assert.ok(text === long, `${text.length} characters`)
  })
})

test('a program that was ended meanwhile is started again', () =>
  through(FORWARD, {}, async ({ http, engine, pids }) => {
    assert.is((await http.send(get)).text, 'OK')
    engine.kill()
    await gone(pids())
    assert.is((await http.send(get)).text, 'OK')
    assert.is(pids().length, 2)
  }))

test('what it says before it fails is the reason, whatever holds its stderr open', () =>
  through(
    `process.stderr.write('old\\nfirst\\r\\n\\x1b[31mlast\\n')
     require('child_process').spawn(process.execPath, ['-e', 'setTimeout(() => {}, 1500)'],
       { stdio: ['ignore', 'ignore', 'inherit'], detached: true }).unref()
     process.exitCode = 3`,
    {},
    async ({ http }) => {
      const { code, message } = await failureOf(http.send(get))
      assert.is(code, 'unreachable')
      assert.is(message, 'no engine at ssh://far: ssh ended with 3, over there: first; \\x1b[31mlast')
    },
  ))

test('what it says without end is not kept', () =>
  through(
    `process.stderr.write('x'.repeat(10_000_000) + '\\nlast\\n', () => process.exit(1))`,
    {},
    async ({ http }) => assert.ok((await failureOf(http.send(get))).message.length < 500),
  ))

test('a program that ends well and says nothing has broken off', () =>
  through('process.stdin.resume()', {}, async ({ http }) => {
    // It reads the request, and never answers.
    const error = await failureOf(http.send({ ...get, signal: AbortSignal.timeout(500) }))
    assert.is(error.code, 'interrupted')
  }).then(() =>
    through('process.exit(0)', {}, async ({ http }) => {
      assert.match((await failureOf(http.send(get))).message, 'broke off')
    }),
  ))

test('a shell over there that greets is named, and how to see it', () =>
  through(`console.log('Welcome to far!');${FORWARD}`, {}, async ({ http }) => {
    const { code, message, hint = '' } = await failureOf(http.send(get))
    assert.is(code, 'unreachable')
    assert.match(message, 'the server at ssh://far is not a Docker engine')
    assert.match(hint, /\.bashrc.*ssh far true/)
  }))

test('a program that is not there', async () => {
  const program = { command: 'dock-lock-no-such-program', args: [], env: process.env }
  const endpoint: EngineEndpoint = {
    ...parseHost('ssh://far', '--host'),
    connect: { ssh: { host: 'far' }, program },
  }
  const http = await openEngine(endpoint)
  try {
    assert.match((await failureOf(http.send(get))).message, 'ssh was not found')
  } finally {
    http.close()
  }
})

test('an abort ends it', () =>
  through(FORWARD, { answers: { '/_ping': () => controller.abort() } }, async ({ http, pids }) => {
    assert.is((await failureOf(http.send({ ...get, signal: controller.signal }))).code, 'interrupted')
    await gone(pids())
  }))
const controller = new AbortController()

test.run()
