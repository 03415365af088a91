import type { ServerResponse } from 'node:http'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import type { Behaviour } from './faults.ts'
import type { Reply } from './reply.ts'

/**
 * Writes a reply, with the fault of its transport if there is one. Ends when all is written, or rejects with an
 * AbortError when `signal` (the connection is gone) aborts. `started` is called right before the headers leave.
 */
export async function send(
  response: ServerResponse,
  reply: Reply,
  behaviour: Behaviour | undefined,
  signal: AbortSignal,
  started: (status: number) => void,
): Promise<void> {
  const kind = behaviour?.kind
  const head = response.req.method === 'HEAD'
  const midBody = kind === 'reset' || kind === 'truncate' || (kind === 'hang' && behaviour.at === 'body')
  const socket = response.socket

  if (kind === 'close') return void socket?.destroy()
  if ((kind === 'hang' && behaviour.at === 'headers') || (midBody && head)) {
    if (kind === 'hang') return await forever(signal)
    return void (kind === 'reset' ? resetConnection(response) : socket?.end())
  }

  const bodiless = reply.status === 204 || reply.status === 304
  if (!reply.chunked && !bodiless) response.setHeader('content-length', reply.body.length)
  for (const [name, value] of Object.entries(reply.headers)) response.setHeader(name, value)
  started(reply.status)
  response.writeHead(reply.status)

  if (head || bodiless) return void response.end()
  if (midBody) {
    response.flushHeaders()
    await written(response, reply.body.subarray(0, reply.body.length >> 1))
    if (kind === 'hang') return await forever(signal)
    if (kind === 'truncate') return void socket?.end()
    // A reset that comes together with the data looks like an end to Node clients: let the data be read first.
    await sleep(20, undefined, { signal })
    await setImmediate()
    return void resetConnection(response)
  }
  const perTick = kind === 'slow' ? Math.max(1, Math.round(behaviour.bytesPerSecond / 10)) : 64 * 1024
  if (kind !== 'slow' && !reply.chunked) return void response.end(reply.body)
  for (let at = 0; at < reply.body.length; at += perTick) {
    if (kind === 'slow') await sleep((1000 * perTick) / behaviour.bytesPerSecond, undefined, { signal })
    signal.throwIfAborted()
    await written(response, reply.body.subarray(at, at + perTick))
  }
  response.end()
}

function forever(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

/** RST over TCP; under TLS, where Node has no such call, the connection just drops. */
function resetConnection(response: ServerResponse): void {
  const socket = response.socket
  if (socket && 'encrypted' in socket) socket.destroy()
  else socket?.resetAndDestroy()
}

/** Settles also when the connection goes while the bytes are under way. */
function written(response: ServerResponse, bytes: Buffer): Promise<void> {
  if (bytes.length === 0) return Promise.resolve()
  return new Promise(resolve => {
    response.once('close', resolve)
    response.write(bytes, () => {
      response.off('close', resolve)
      resolve()
    })
  })
}
