/** What may answer at an engine's address and is none, or one of long ago: an error that can be read and acted upon, never a guess. */

import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DockLockError, exitCodeOf } from '../../src/core/error.ts'
import { detectStore } from '../../src/stores/index.ts'
import type { Store } from '../../src/stores/store.ts'
import { asPlatform } from '../support/platform.ts'
import { digestOf, recording, want } from './fake-engine.ts'

const test = suite('strange answers')
const { signal } = new AbortController()
const alpine = want('alpine:3.23', digestOf('docker-20.10'))

async function withServer(server: Server, action: (store: Store) => Promise<void>): Promise<void> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const store = await detectStore({ env: {}, host: `tcp://127.0.0.1:${port}`, signal })
  try {
    await action(store)
  } finally {
    store.close()
    const closed = new Promise(resolve => server.close(resolve))
    for (const socket of sockets) socket.destroy()
    await closed
  }
}

/** A server that says this, whatever is asked, and then closes. */
function saying(text: string | Uint8Array): Server {
  return createServer(socket => {
    socket.once('data', () => socket.end(text))
  })
}

/** An engine of which one path, without its version, is answered otherwise. */
function engineBut(path: string, other: RequestListener): Server {
  const { info, scenarios } = recording('docker-20.10')
  return createHttpServer((request, response) => {
    const asked = (request.url ?? '').replace(/^\/v[\d.]+/, '').replace(/\?.*/, '')
    if (asked === path) return other(request, response)
    if (asked === '/_ping') return response.setHeader('api-version', '1.41').end('OK')
    const document = asked === '/info' ? info : asked === '/images/json' ? scenarios.present.images : {}
    response.setHeader('content-type', 'application/json').end(JSON.stringify(document))
  })
}

async function refused(server: Server, message: RegExp, hint?: RegExp): Promise<void> {
  await withServer(server, async store => {
    const error = await store.availability([alpine], signal).catch((reason: unknown) => reason)
    assert.instance(error, DockLockError, String(error))
    const { code, message: said, hint: next = '' } = error as DockLockError
    assert.is(exitCodeOf(code), 3)
    assert.match(said, message)
    if (hint !== undefined) assert.match(next, hint)
    assert.ok(said.length < 600, `${said.length} characters`)
    assert.not.match(said + next, /[\p{Cc}\u202e]/u)
  })
}

const page = (status: string, body: string) =>
  `HTTP/1.1 ${status}\r\nServer: nginx\r\nContent-Type: text/html\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`

const ANSWERS: Readonly<
  Record<string, readonly [said: string | Uint8Array, message: RegExp, hint?: RegExp]>
> = {
  'a web page': [
    page('200 OK', '<html>\r\n<title>Welcome to nginx!</title>'),
    /not a Docker engine.*Welcome to nginx/,
  ],
  'a page that moves the cursor and reverses text': [
    page('200 OK', '\u001b[2J\u009b31m\u202eevil\r\n\u0007'),
    /not a Docker engine.*\\x1b\[2J/,
  ],
  'a long page': [page('404 Not Found', 'x'.repeat(100_000)), /not a Docker engine.*status 404/],
  'a redirect': [
    'HTTP/1.1 301 Moved\r\nLocation: https://h/\r\nContent-Length: 0\r\n\r\n',
    /not a Docker engine.*301/,
  ],
  'nothing at all': ['', /broke off/],
  'an empty 200': [page('200 OK', ''), /not a Docker engine/],
  'a server of Go that wants TLS': [
    'HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n',
    /HTTPS server/,
    /DOCKER_TLS_VERIFY=1/,
  ],
  'nginx that wants TLS': [
    page('400 Bad Request', '<center>The plain HTTP request was sent to HTTPS port</center>'),
    /HTTPS port/,
    /DOCKER_TLS_VERIFY=1/,
  ],
  // RFC 8446, section 6: a fatal alert, unexpected message.
  'a server that knows nothing but TLS': [
    Uint8Array.of(21, 3, 3, 0, 2, 2, 10),
    /cannot be reached/,
    /DOCKER_TLS_VERIFY=1/,
  ],
  'an ssh server': ['SSH-2.0-OpenSSH_9.2p1\r\n', /cannot be reached/],
  'headers without end': [
    `HTTP/1.1 200 OK\r\n${'X-Big: y\r\n'.repeat(100_000)}`,
    /cannot be reached.*[Hh]eader/,
  ],
  'a body that is shorter than promised': ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nOK', /broke off/],
  'chunks that are none': [
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nOK',
    /cannot be reached/,
  ],
}

for (const [name, [said, message, hint]] of Object.entries(ANSWERS))
  test(`${name} in place of an engine`, () => refused(saying(said), message, hint))

for (const path of ['/info', '/images/json']) {
  const answers: Readonly<Record<string, readonly [RequestListener, RegExp]>> = {
    'a page with status 200': [
      (_, response) => response.end('<html>proxy</html>'),
      /not a Docker engine.*proxy/,
    ],
    'a page with status 502': [
      (_, response) => response.writeHead(502).end('<html>Bad Gateway</html>'),
      /refused by the engine at \S+ or a proxy in front of it: .*status 502/,
    ],
    'nothing with status 200': [
      (_, response) => response.end(),
      /does not report|did not answer with its list/,
    ],
    'another document': [
      (_, response) => response.end('{"message":"x"}'),
      /does not report|did not answer with its list/,
    ],
    'a list of what is no image': [
      (_, response) => response.end('[7]'),
      /does not report|did not answer with its list/,
    ],
    'a refusal with control characters': [
      (_, response) => response.writeHead(500).end('{"message":"no\\u001b[31m\\u202e\\r\\n"}'),
      /refuses .*no\\x1b\[31m\\u202e/,
    ],
    'a deep document': [(_, response) => response.end(`${'['.repeat(200_000)}`), /not a Docker engine/],
    'a body without end': [
      (_, response) => {
        const more = () => {
          if (!response.destroyed) response.write(' '.repeat(1 << 20), () => setImmediate(more))
        }
        more()
      },
      /more than dock-lock reads/,
    ],
  }
  for (const [name, [answer, message]] of Object.entries(answers))
    test(`${path}: ${name}`, () => refused(engineBut(path, answer), message))
}

/**
 * As Docker 1.12.6 answers, after its own API documentation and sources: API 1.24, which is not in the headers yet; unnamed images are
 * `<none>`; a newer version is refused; no answer has platforms or manifests but inspect.
 * @see https://docs.docker.com/reference/api/engine/version/v1.24/
 */
function docker112(asked: string[]): Server {
  const id = `sha256:${'1'.repeat(64)}`
  const digest = `alpine@${alpine.digest}`
  const image = { Id: id, ParentId: '', RepoTags: ['alpine:3.23'], RepoDigests: [digest], Labels: null }
  const unnamed = {
    ...image,
    Id: `sha256:${'2'.repeat(64)}`,
    RepoTags: ['<none>:<none>'],
    RepoDigests: ['<none>@<none>'],
  }
  const info = {
    Driver: 'aufs',
    DriverStatus: [['Root Dir', '/var/lib/docker/aufs']],
    OSType: 'linux',
    Architecture: 'x86_64',
  }
  return createHttpServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    response.setHeader('server', 'Docker/1.12.6 (linux)')
    const url = request.url ?? ''
    if (url === '/_ping') return response.setHeader('content-type', 'text/plain').end('OK')
    const [, version = '', path = ''] = /^\/v1\.(\d+)(\/[^?]*)/.exec(url) ?? []
    response.setHeader('content-type', 'application/json')
    if (Number(version) > 24) {
      const message = `client is newer than server (client API version: 1.${version}, server API version: 1.24)`
      return response.writeHead(400).end(JSON.stringify({ message }))
    }
    if (path === '/info') return response.end(JSON.stringify({ ...info, ServerVersion: '1.12.6' }))
    if (path === '/images/json') return response.end(JSON.stringify([image, unnamed]))
    if (path === `/images/${id}/json`)
      return response.end(JSON.stringify({ ...image, Os: 'linux', Architecture: 'amd64' }))
    response.writeHead(404).end(JSON.stringify({ message: `page not found` }))
  })
}

test('an engine of API 1.24', async () => {
  const asked: string[] = []
  await withServer(docker112(asked), async store => {
    const info = await store.info(signal)
    assert.equal(
      [info.name, info.imageStore, info.platform],
      ['Docker 1.12.6', 'graphdriver', asPlatform('linux/amd64')],
    )
    const elsewhere = { ...alpine, platform: asPlatform('linux/arm64') }
    const absent = want('alpine:3.24', digestOf('docker-28-containerd', 'latest'))
    const states = await store.availability([alpine, elsewhere, absent], signal)
    assert.equal(
      states.map(({ state }) => state),
      ['present', 'wrong-platform', 'absent'],
    )
    const [, outcome] = await store.pull([alpine, elsewhere], { signal })
    assert.is(outcome?.ok === false && outcome.code, 'unsupported')
    const later = asked.filter(one => !one.endsWith('/_ping') && !one.endsWith('/grpc'))
    assert.ok(
      later.every(one => one.includes(' /v1.24/')),
      later.join('\n'),
    )
  })
})

test.run()
