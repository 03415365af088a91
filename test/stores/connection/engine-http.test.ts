import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer, type Server } from 'node:http'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type DockLockError, exitCodeOf } from '../../../src/core/error.ts'
import { parseHost } from '../../../src/stores/connection/endpoint.ts'
import { unreachable } from '../../../src/stores/connection/engine-error.ts'
import { type EngineHttp, openEngine } from '../../../src/stores/connection/engine-http.ts'
import { failureOf } from '../../support/failure.ts'
import { asPlatform } from '../../support/platform.ts'
import { type Answer, type FakeOptions, fakeEngine, withEngine } from '../fake-engine.ts'

const test = suite('engine http')
const { signal } = new AbortController()
const get = { method: 'GET', path: '/_ping', signal } as const

async function withHttp(
  options: FakeOptions,
  action: (http: EngineHttp, engine: Awaited<ReturnType<typeof fakeEngine>>) => Promise<void>,
): Promise<void> {
  await withEngine('docker-20.10', options, async engine => {
    const http = await openEngine(parseHost(engine.host, '--host'))
    try {
      await action(http, engine)
    } finally {
      http.close()
    }
  })
}

test('one connection serves one request after the other', () =>
  withHttp({}, async (http, engine) => {
    for (let index = 0; index < 5; index += 1) assert.is((await http.send(get)).text, 'OK')
    assert.is(engine.connections(), 1)
  }))

test('a kept connection that the engine has closed meanwhile is no failure', () =>
  withHttp({}, async (http, engine) => {
    for (let index = 0; index < 20; index += 1) {
      engine.kill()
      assert.is((await http.send(get)).text, 'OK')
    }
  }))

test('no socket', async () => {
  const engine = await fakeEngine('docker-20.10')
  await engine.stop()
  const http = await openEngine(parseHost(engine.host, 'DOCKER_HOST'))
  const error = await failureOf(http.send(get))
  assert.is(error.code, 'unreachable')
  assert.is(exitCodeOf(error.code), 3)
  assert.match(error.message, engine.host)
  assert.match(error.message, 'no such socket')
  assert.match(error.hint ?? '', 'if its socket is elsewhere, change DOCKER_HOST')
})

test('a socket at which nobody listens any more', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dock-lock-dead-'))
  try {
    const file = join(folder, 'docker.sock')
    // A plain file refuses as a socket without a listener does.
    writeFileSync(file, '')
    const error = await failureOf((await openEngine(parseHost(`unix://${file}`, 'default'))).send(get))
    assert.is(error.code, 'unreachable')
    assert.match(error.message, 'nothing listens')
    assert.match(error.hint ?? '', 'set DOCKER_HOST or give --host')
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('no permission', async () => {
  const endpoint = parseHost('unix:///var/run/docker.sock', 'default')
  const denied = Object.assign(new Error('connect EACCES /var/run/docker.sock'), { code: 'EACCES' })
  const check = (error: DockLockError) => {
    assert.is(error.code, 'unreachable')
    assert.match(error.message, 'no permission')
    assert.match(error.hint ?? '', 'usermod -aG docker')
    assert.match(error.hint ?? '', 'rootless')
  }
  check(unreachable(endpoint, 'GET /_ping', denied))
  // Root may open anything, so only another user meets the kernel's own refusal.
  if (process.getuid?.() === 0) return
  await withHttp({}, async (http, engine) => {
    chmodSync(engine.host.slice('unix://'.length), 0)
    check(await failureOf(http.send(get)))
  })
})

test('an engine that accepts and never answers', () =>
  withHttp({ answers: { '/_ping': () => {} } }, async http => {
    const error = await failureOf(http.send({ ...get, answerTimeout: 20 }))
    assert.is(error.code, 'unreachable')
    assert.match(error.message, 'does not answer (GET /_ping: no answer in 0.02 s)')
  }))

test('an engine that stops in the middle of an answer', () =>
  withHttp(
    {
      answers: {
        '/_ping': (_request, response) => {
          response.write('O')
        },
      },
    },
    async http => {
      const error = await failureOf(http.send({ ...get, idleTimeout: 20 }))
      assert.is(error.code, 'unreachable')
      assert.match(error.message, 'no answer in 0.02 s')
    },
  ))

/** Says a little again and again, and never ends. */
const dripping: Answer = (_request, response) => {
  const drip = () => {
    if (!response.destroyed) response.write('{}\n', () => setTimeout(drip, 1))
  }
  drip()
}

test('an engine that always says a little more and comes to no end', () =>
  withHttp({ answers: { '/_ping': dripping } }, async http => {
    const error = await failureOf(http.send({ ...get, wholeTimeout: 50 }))
    assert.is(error.code, 'unreachable')
    assert.match(error.message, 'does not answer (GET /_ping: no end of the answer in 0.05 s)')
  }))

test('lines that keep coming may come for longer than a whole answer may', () =>
  withHttp({ answers: { '/lines': dripping } }, async http => {
    const controller = new AbortController()
    let lines = 0
    const error = await failureOf(
      http.sendForLines({ ...get, path: '/lines', signal: controller.signal, wholeTimeout: 1 }, () => {
        lines += 1
        if (lines === 50) controller.abort()
      }),
    )
    assert.is(error.code, 'interrupted')
    assert.ok(lines >= 50)
  }))

test('an engine that breaks off in the middle of an answer', () =>
  withHttp(
    {
      answers: {
        '/_ping': (request, response) => {
          response.write('O', () => request.socket.destroy())
        },
      },
    },
    async http => {
      const error = await failureOf(http.send(get))
      assert.is(error.code, 'unreachable')
      assert.match(error.message, 'broke off')
    },
  ))

test('something that does not speak HTTP', () =>
  withPlainServer(
    socket => socket.end('SSH-2.0-OpenSSH_9.2\r\n'),
    async port => {
      const http = await openEngine(parseHost(`tcp://127.0.0.1:${port}`, '--host'))
      assert.is((await failureOf(http.send(get))).code, 'unreachable')
      http.close()
    },
  ))

test('tcp, with a path before every path', async () => {
  const urls: string[] = []
  const server: Server = createHttpServer((request, response) => {
    urls.push(`${request.headers.host}${request.url}`)
    response.end('OK')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const http = await openEngine(parseHost(`tcp://127.0.0.1:${port}/engine/`, '--host'))
  try {
    assert.is((await http.send(get)).text, 'OK')
    assert.equal(urls, [`127.0.0.1:${port}/engine/_ping`])
  } finally {
    http.close()
    await new Promise(resolve => server.close(resolve))
  }
})

test('an abort before, and in the middle', () =>
  withHttp({ answers: { '/_ping': () => controller.abort() } }, async (http, engine) => {
    assert.is((await failureOf(http.send({ ...get, signal: AbortSignal.abort() }))).code, 'interrupted')
    assert.equal(engine.requests, [])
    const error = await failureOf(http.send({ ...get, signal: controller.signal }))
    assert.is(error.code, 'interrupted')
    assert.is(exitCodeOf(error.code), 130)
  }))
const controller = new AbortController()

test('lines come as they are sent, wherever the packets are cut', () =>
  withHttp(
    {
      answers: {
        '/lines': async (_request, response) => {
          const text = Buffer.from('{"a":"ü"}\r\n\r\n{"b":1}\n{"c":2}')
          for (const byte of text) {
            response.write(Buffer.of(byte))
            await new Promise(resolve => setImmediate(resolve))
          }
          response.end()
        },
      },
    },
    async http => {
      const lines: string[] = []
      const reply = await http.sendForLines({ ...get, path: '/lines' }, line => lines.push(line))
      assert.equal(lines, ['{"a":"ü"}', '{"b":1}', '{"c":2}'])
      assert.is(reply.text, '')
    },
  ))

test('the body of another status than 200 is no stream', () =>
  withHttp({}, async http => {
    const lines: string[] = []
    const reply = await http.sendForLines({ ...get, path: '/nowhere' }, line => lines.push(line))
    assert.is(reply.status, 404)
    assert.match(reply.text, 'page not found')
    assert.equal(lines, [])
  }))

test('a line without end is not kept in memory', () =>
  withHttp(
    {
      answers: {
        '/lines': (_request, response) => {
          const more = () => {
            if (!response.destroyed) response.write('x'.repeat(65536), () => setImmediate(more))
          }
          more()
        },
      },
    },
    async http => {
      const error = await failureOf(http.sendForLines({ ...get, path: '/lines' }, () => {}))
      assert.is(error.code, 'engine')
      assert.match(error.message, 'more than dock-lock reads')
    },
  ))

for (const [what, answer] of [
  ['a web server', '<html>It works!\u001b[31m</html>'],
  ['nothing', ''],
] as const) {
  test(`what is no engine is named so: ${what}`, () =>
    withPlainServer(
      socket => {
        socket.once('data', () => {
          socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${Buffer.byteLength(answer)}\r\n\r\n${answer}`)
        })
      },
      async port => {
        const { detectStore } = await import('../../../src/stores/index.ts')
        const store = await detectStore({ env: {}, host: `tcp://127.0.0.1:${port}`, signal })
        const error = await failureOf(store.info(signal))
        store.close()
        assert.is(error.code, 'engine')
        assert.match(error.message, `the server at tcp://127.0.0.1:${port} is not a Docker engine`)
        assert.not.match(error.message, '\u001b')
      },
    ))
}

test('an answer that is not JSON', () =>
  withEngine(
    'docker-20.10',
    { answers: { '/info': (_request, response) => response.end('<html>proxy error</html>') } },
    async (_engine, store) => {
      const error = await failureOf(store.info(signal))
      assert.is(error.code, 'engine')
      assert.match(error.message, '/info gave status 200 and "<html>proxy error</html>"')
    },
  ))

test('a refusal is quoted', () =>
  withEngine(
    'docker-20.10',
    {
      answers: {
        '/info': (_request, response) => {
          response.writeHead(503)
          response.end('{"message":"shutting down"}')
        },
      },
    },
    async (_engine, store) => {
      const error = await failureOf(store.info(signal))
      assert.is(error.code, 'engine')
      assert.match(error.message, 'shutting down')
    },
  ))

test('after a failure the engine may be asked again', async () => {
  let well = false
  await withEngine(
    'docker-20.10',
    {
      answers: {
        '/_ping': (request, response) => {
          if (!well) request.socket.destroy()
          else response.writeHead(200, { 'api-version': '1.41' }).end('OK')
        },
      },
    },
    async (_engine, store) => {
      assert.is((await failureOf(store.info(signal))).code, 'unreachable')
      well = true
      assert.equal((await store.info(signal)).platform, asPlatform('linux/amd64'))
    },
  )
})

test('nobody waits for an engine that is asked no more', async () => {
  // The process of the test would hang on an open connection; the engine sees that there is none.
  await withEngine('docker-20.10', {}, async (engine, store) => {
    await store.info(signal)
    store.close()
    assert.is(engine.connections() > 0, true)
    for (let turn = 0; turn < 1000 && (await engine.open()) > 0; turn += 1) {
      await new Promise(resolve => setImmediate(resolve))
    }
    assert.is(await engine.open(), 0)
  })
})

async function withPlainServer(
  onConnection: (socket: Socket) => void,
  action: (port: number) => Promise<void>,
): Promise<void> {
  const server = createServer(socket => {
    socket.on('error', () => {})
    socket.resume()
    onConnection(socket)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  try {
    await action((server.address() as AddressInfo).port)
  } finally {
    await new Promise(resolve => server.close(resolve))
  }
}

test.run()
