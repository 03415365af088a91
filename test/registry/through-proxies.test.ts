/** Registries behind proxies of each kind: http, https, SOCKS. */
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import {
  type AddressInfo,
  connect,
  createServer as createSocketServer,
  type Server,
  type Socket,
} from 'node:net'
import type { Duplex } from 'node:stream'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { withFolder } from '../support/folder.ts'
import { selfSignedCertificate } from '../support/registry/index.ts'
import { base64, failure, reference, type resolverWith, withRegistry } from './support.ts'

const test = suite('registry/through-proxies')

const certificate = selfSignedCertificate()
const none = (): boolean => false

/** Joins both until one ends; all of them are ended by `close`. */
function createPipes(): { join(socket: Duplex, port: number, ready: () => void): void; close(): void } {
  const open = new Set<Duplex>()
  return {
    join(socket, port, ready) {
      const onward = connect(port, '127.0.0.1', () => {
        ready()
        onward.pipe(socket).pipe(onward)
      })
      for (const each of [onward, socket]) {
        open.add(each)
        each.on('error', () => each.destroy())
      }
    },
    close() {
      for (const each of open) each.destroy()
    },
  }
}

/** Proxies each of which leads to one registry, that speaks TLS, whatever host is asked for. */
async function withProxy(
  make: (port: number, pipes: ReturnType<typeof createPipes>, asked: string[]) => Server,
  use: (address: string, asked: readonly string[], resolver: typeof resolverWith) => Promise<void>,
): Promise<void> {
  await withRegistry({ tls: selfSignedCertificate(), answerAnything: true }, async (registry, resolver) => {
    const pipes = createPipes()
    const asked: string[] = []
    const proxy = make(registry.port, pipes, asked)
    await new Promise<void>(done => proxy.listen(0, '127.0.0.1', done))
    try {
      await use(`127.0.0.1:${(proxy.address() as AddressInfo).port}`, asked, (options = {}) =>
        resolver({ insecureRegistries: ['registry.invalid'], ...options }),
      )
    } finally {
      pipes.close()
      await new Promise(done => proxy.close(done))
    }
  })
}

test('a user without a password is told to the proxy', () =>
  withProxy(
    (port, pipes, asked) =>
      createServer().on('connect', (request, socket) => {
        asked.push(`${request.url} ${request.headers['proxy-authorization']}`)
        pipes.join(socket, port, () => socket.write('HTTP/1.1 200 OK\r\n\r\n'))
      }),
    async (proxy, asked, resolver) => {
      for (const [user, told] of [
        ['key@', `Basic ${base64('key:')}`],
        ['me:p%25ss@', `Basic ${base64('me:p%ss')}`],
        ['', 'undefined'],
      ] as const) {
        await resolver({ env: { HTTPS_PROXY: `http://${user}${proxy}` } }).resolve(
          reference('registry.invalid/o/i:1'),
        )
        assert.is(asked.at(-1), `registry.invalid:443 ${told}`)
      }
    },
  ))

test('an https proxy that the authorities of the system vouch for is trusted; of another it is said', () =>
  withFolder({ 'ca.pem': String(certificate.cert) }, async folder => {
    await withProxy(
      (port, pipes, asked) =>
        createTlsServer(certificate).on('connect', (request, socket) => {
          asked.push(request.url ?? '')
          pipes.join(socket, port, () => socket.write('HTTP/1.1 200 OK\r\n\r\n'))
        }),
      async (proxy, asked, resolver) => {
        const env = {
          HTTPS_PROXY: `https://${proxy.replace('127.0.0.1', 'localhost')}`,
          SSL_CERT_FILE: '/nonexistent',
        }
        const image = reference('registry.invalid/o/i:1')
        const insecureRegistries: string[] = []
        await failure(resolver({ env, insecureRegistries }).resolve(image), 'unreachable', {
          says: ['no TLS connection to the proxy localhost:', 'NODE_EXTRA_CA_CERTS'],
        })
        assert.equal(asked, [])
        const SSL_CERT_FILE = `${folder}/ca.pem`
        await resolver({ env: { ...env, SSL_CERT_FILE } }).resolve(image, none)
        assert.equal([...new Set(asked)], ['registry.invalid:443'])
      },
    )
  }))

/** @see https://www.rfc-editor.org/rfc/rfc1928 and https://www.rfc-editor.org/rfc/rfc1929 */
function socks(port: number, pipes: ReturnType<typeof createPipes>, asked: string[]): Server {
  return createSocketServer((socket: Socket) => {
    let step = 0
    let user = ''
    socket.on('error', () => socket.destroy())
    socket.on('data', function talk(data: Buffer) {
      if (step === 0) {
        step = data.includes(2, 2) ? 1 : 2
        socket.write(Buffer.from([5, step === 1 ? 2 : 0]))
      } else if (step === 1) {
        step = 2
        const length = data[1]!
        user = `${data.subarray(2, 2 + length)}:${data.subarray(3 + length)} `
        socket.write(Buffer.from([1, 0]))
      } else {
        const name = data.subarray(5, 5 + data[4]!)
        asked.push(`${user}${name}:${data.readUInt16BE(5 + data[4]!)}`)
        socket.off('data', talk)
        pipes.join(socket, port, () => socket.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0])))
      }
    })
  })
}

test('a SOCKS proxy, which looks the name up itself, with and without a user', () =>
  withProxy(socks, async (proxy, asked, resolver) => {
    for (const [url, told] of [
      [`socks5://${proxy}`, 'registry.invalid:443'],
      [`socks5h://me:p%25ss@${proxy}`, 'me:p%ss registry.invalid:443'],
    ] as const) {
      await resolver({ env: { HTTPS_PROXY: url } }).resolve(reference('registry.invalid/o/i:1'), none)
      assert.is(asked.at(-1), told)
    }
  }))

test.run()
