/** What a peer can do to whoever asks it by gRPC. */
import { createServer, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DockLockError } from '../../../src/core/error.ts'
import { type Grpc, GrpcError, openGrpc } from '../../../src/stores/buildkit/grpc.ts'
import { TimedOut } from '../../../src/stores/connection/failure.ts'

const test = suite('grpc')
const { signal } = new AbortController()
const nothing = Buffer.alloc(0)

type Behaviour = (stream: ServerHttp2Stream, session: ServerHttp2Session, socket: Socket) => void

/** A server that does that to each call. */
async function withPeer(
  behaviour: Behaviour,
  action: (grpc: Grpc) => Promise<void>,
  timeout?: number,
): Promise<void> {
  const server = createServer()
  const sockets: Socket[] = []
  server.on('connection', (socket: Socket) => sockets.push(socket))
  server.on('stream', stream => {
    stream.on('error', () => {})
    behaviour(stream, stream.session as ServerHttp2Session, sockets[0]!)
  })
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening))
  const grpc = await openGrpc(connect((server.address() as AddressInfo).port, '127.0.0.1'), timeout)
  try {
    await action(grpc)
  } finally {
    grpc.close()
    for (const socket of sockets) socket.destroy()
    await new Promise(closed => server.close(closed))
  }
}

/** Answers with the bytes, and then with the trailers. */
function answering(bytes: Buffer, trailers: Record<string, string> = { 'grpc-status': '0' }): Behaviour {
  return stream => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers(trailers))
    stream.end(bytes)
  }
}

function framed(...messages: readonly string[]): Buffer {
  return Buffer.concat(
    messages.map(message => {
      const prefix = Buffer.alloc(5)
      prefix.writeUInt32BE(Buffer.byteLength(message), 1)
      return Buffer.concat([prefix, Buffer.from(message)])
    }),
  )
}

async function refused(call: Promise<unknown>): Promise<Error> {
  return call.then(
    answer => assert.unreachable(`answered ${answer}`),
    error => error,
  )
}

test('gives the messages of an answer in their order', () =>
  withPeer(answering(framed('one', '', 'three')), async grpc => {
    const answer = await grpc.call('/a/b', nothing, signal)
    assert.equal(answer.map(String), ['one', '', 'three'])
  }))

for (const [what, bytes] of [
  ['ends in the middle of a message', framed('one', 'two').subarray(0, -1)],
  ['ends in the middle of a length', framed('one').subarray(0, 3)],
  ['has a compressed message', Buffer.concat([Buffer.from([1]), framed('one').subarray(1)])],
  ['announces more than there is', Buffer.from([0, 0xff, 0xff, 0xff, 0xff, 1])],
] as const) {
  test(`takes nothing from an answer that ${what}`, () =>
    withPeer(answering(bytes), async grpc => {
      await refused(grpc.call('/a/b', nothing, signal))
    }))
}

for (const status of ['', ' ', '0x0', '-0', 'yes', '5e-324']) {
  test(`does not take the status ${JSON.stringify(status)} for success`, () =>
    withPeer(answering(framed('one'), { 'grpc-status': status }), async grpc => {
      await refused(grpc.call('/a/b', nothing, signal))
    }))
}

test("makes the server's words printable", () =>
  withPeer(
    answering(nothing, { 'grpc-status': '13', 'grpc-message': '%1b[31mred%0a%e2%80%aetxt %zz' }),
    async grpc => {
      const error = (await refused(grpc.call('/a/b', nothing, signal))) as GrpcError
      assert.instance(error, GrpcError)
      assert.is(error.status, 13)
      assert.not.match(error.message, /[\p{Cc}\p{Cf}]/u)
    },
  ))

const endings: Record<string, Behaviour> = {
  'has no trailers': stream => {
    stream.respond({ ':status': 200 })
    stream.end(framed('one'))
  },
  'is reset': stream => {
    stream.respond({ ':status': 200 })
    stream.write(framed('one'))
    setImmediate(() => stream.close(2))
  },
  'is of another protocol': stream => {
    stream.respond({ ':status': 404 }, { endStream: true })
  },
  'never ends': stream => {
    stream.respond({ ':status': 200 })
    const more = Buffer.alloc(1 << 20)
    const write = () => {
      if (!stream.destroyed) stream.write(more, write)
    }
    write()
  },
  'is cut off with the connection': (stream, _session, socket) => {
    stream.respond({ ':status': 200 })
    stream.write(framed('one'))
    setImmediate(() => socket.destroy())
  },
  'is given up with a GOAWAY': (_stream, session) => {
    session.goaway(2, 0)
  },
  'is left out by a polite GOAWAY': (_stream, session) => {
    session.goaway(0, 0)
    setImmediate(() => session.close())
    setTimeout(() => session.destroy(), 50)
  },
  'comes with pushed streams that fail': stream => {
    if (stream.pushAllowed)
      stream.pushStream({ ':path': '/pushed' }, (_error, pushed) => {
        pushed?.on('error', () => {})
        pushed?.respond({ ':status': 200 })
        pushed?.write('x')
        pushed?.close(2)
      })
    setTimeout(() => stream.close(2), 50)
  },
}
for (const [what, behaviour] of Object.entries(endings)) {
  test(`says of an answer that ${what} that it failed, and so do the calls after it`, () =>
    withPeer(behaviour, async grpc => {
      const calls = [1, 2, 3].map(() => refused(grpc.call('/a/b', nothing, signal)))
      for (const error of await Promise.all(calls)) assert.instance(error, Error)
      await refused(grpc.call('/a/b', nothing, signal))
    }))
}

test('waits no longer for an answer that drips than for one that does not come', () =>
  withPeer(
    stream => {
      stream.respond({ ':status': 200 })
      const drip = setInterval(() => stream.write('x'), 10)
      stream.on('close', () => clearInterval(drip))
    },
    async grpc => assert.instance(await refused(grpc.call('/a/b', nothing, signal)), TimedOut),
    200,
  ))

test('ends at once when the signal comes, whatever the peer does', () =>
  withPeer(
    () => {},
    async grpc => {
      const controller = new AbortController()
      const calls = Array.from({ length: 30 }, () => refused(grpc.call('/a/b', nothing, controller.signal)))
      setTimeout(() => controller.abort(), 20)
      for (const error of await Promise.all(calls)) {
        assert.instance(error, DockLockError)
        assert.is((error as DockLockError).code, 'interrupted')
      }
    },
  ))

test.run()
