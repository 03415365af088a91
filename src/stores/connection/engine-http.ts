/**
 * HTTP to one engine with node:http. On a unix socket a request takes a fraction of a millisecond, and node:http loads in half the time
 * of any client library.
 */
import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { DockLockError, interrupted } from '../../core/error.ts'
import type { Program } from '../../lib/spawn.ts'
import type { EngineEndpoint } from './endpoint.ts'
import { unreachable } from './engine-error.ts'
import { TimedOut } from './failure.ts'

export interface EngineRequest {
  readonly method: 'GET' | 'POST'
  /** Path with query, escaped, without the API version. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly signal: AbortSignal
  /** Milliseconds until the first byte of the response; 10 s by default. */
  readonly answerTimeout?: number
  /** Milliseconds without a byte in the middle of a response; 10 s by default. */
  readonly idleTimeout?: number
  /** Milliseconds from the first byte of a whole response to its last; five times `answerTimeout` by default. */
  readonly wholeTimeout?: number
}

export interface EngineResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

/** HTTP client for one engine. Connections are kept and reused until {@link EngineHttp.close}. */
export interface EngineHttp {
  readonly endpoint: EngineEndpoint
  /** The whole response, whatever its status. @throws DockLockError `unreachable`, `engine` (response too long), `interrupted` */
  send(request: EngineRequest): Promise<EngineResponse>
  /**
   * Like `send`, but passes each line of a 200 to `onLine` as it arrives, and `text` is empty. Lines end with LF or CRLF. The response
   * has no time limit as long as data keeps arriving.
   * @throws DockLockError, and anything that `onLine` throws, which ends the request
   */
  sendForLines(request: EngineRequest, onLine: (line: string) => void): Promise<EngineResponse>
  /**
   * Upgrades a connection to another protocol. The caller must close it.
   * @throws DockLockError `unreachable`, `engine` (the protocol is not supported), `interrupted`
   */
  upgrade(path: string, protocol: string, signal: AbortSignal): Promise<Duplex>
  close(): void
}

const DEFAULT_TIMEOUT = 10_000
/** The rest of a response may take this many times the wait for its first byte: a long list may come over a slow link. */
const WHOLE_TIMES = 5
/** A list of 10,000 images with their manifests is about 20 MB. */
const BODY_MAX = 64 * 1024 * 1024
const LINE_MAX = 1024 * 1024
/** The number of concurrent pulls, each of which takes a connection. */
const PROGRAMS_MAX = 3
/** Extra time for a login over ssh, which itself stops connecting after 30 s. */
const LOGIN_TIMEOUT = 35_000

export async function openEngine(endpoint: EngineEndpoint): Promise<EngineHttp> {
  const options = { keepAlive: true, maxSockets: 8 }
  const { connect, tls } = endpoint
  const program = 'program' in connect ? connect.program : undefined
  const secure = tls === undefined ? undefined : await import('node:https')
  const agent =
    program !== undefined
      ? await programAgent(program)
      : secure === undefined
        ? new Agent(options)
        : new secure.Agent({ ...options, ...tls })
  const start = secure === undefined ? httpRequest : secure.request
  const target = program === undefined ? connect : { host: 'docker' }

  function prepare({ method, path, headers, signal }: EngineRequest): ClientRequest {
    return start({
      ...target,
      // Without it, node:http derives the name from the host, with a regular expression that takes 2 ms to compile.
      ...(tls === undefined && { servername: '' }),
      agent,
      method,
      path: `${endpoint.basePath}${path}`,
      headers: { ...endpoint.headers, ...(method === 'POST' && { 'content-length': 0 }), ...headers },
      signal,
    })
  }

  /** The head of the response, or the error instead of it. */
  function open(request: EngineRequest): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const { signal } = request
      const answerTimeout =
        (request.answerTimeout ?? DEFAULT_TIMEOUT) + (program === undefined ? 0 : LOGIN_TIMEOUT)
      const outgoing = prepare(request)
      let timer: NodeJS.Timeout | undefined
      // The timeout does not run while the request waits behind our own requests.
      outgoing.once('socket', () => {
        timer = setTimeout(() => outgoing.destroy(new TimedOut(answerTimeout)), answerTimeout)
      })
      outgoing.once('response', incoming => {
        clearTimeout(timer)
        resolve(incoming)
      })
      // Stays attached: an error after the head belongs to the reader of the body.
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        clearTimeout(timer)
        // A kept connection that the engine has closed says nothing about the engine. All of our requests may be repeated.
        const stale = outgoing.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE')
        if (stale && !signal.aborted) open(request).then(resolve, reject)
        else reject(error)
      })
      outgoing.end()
    })
  }

  async function exchange(
    request: EngineRequest,
    onText: (text: string, status: number) => void,
    wholeTimeout?: number,
  ) {
    const what = `${request.method} ${request.path.replace(/\?.*/s, '')}`
    if (request.signal.aborted) throw interrupted()
    let inReader = false
    let idle: NodeJS.Timeout | undefined
    let whole: NodeJS.Timeout | undefined
    try {
      const incoming = await open(request)
      const limit = (time: number, awaited?: string) =>
        setTimeout(() => incoming.destroy(new TimedOut(time, awaited)), time)
      idle = limit(request.idleTimeout ?? DEFAULT_TIMEOUT)
      if (wholeTimeout !== undefined) whole = limit(wholeTimeout, 'end of the answer')
      const status = incoming.statusCode ?? 0
      incoming.setEncoding('utf8')
      for await (const text of incoming) {
        idle.refresh()
        inReader = true
        onText(text as string, status)
        inReader = false
      }
      return { status, headers: incoming.headers }
    } catch (error) {
      if (request.signal.aborted) throw interrupted()
      throw inReader ? error : unreachable(endpoint, what, error)
    } finally {
      clearTimeout(idle)
      clearTimeout(whole)
    }
  }

  function upgrade(path: string, protocol: string, signal: AbortSignal): Promise<Duplex> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) throw interrupted()
      const what = `POST ${path}`
      const headers = { connection: 'Upgrade', upgrade: protocol }
      const outgoing = prepare({ method: 'POST', path, headers, signal })
      const timeout = DEFAULT_TIMEOUT + (program === undefined ? 0 : LOGIN_TIMEOUT)
      const timer = setTimeout(() => outgoing.destroy(new TimedOut(timeout)), timeout)
      outgoing.once('upgrade', (_answer, socket: Duplex, head: Buffer) => {
        clearTimeout(timer)
        // The first bytes may arrive together with the upgrade response.
        if (head.length > 0) socket.unshift(head)
        resolve(socket)
      })
      outgoing.once('response', ({ statusCode }) => {
        clearTimeout(timer)
        outgoing.destroy()
        reject(
          new DockLockError('engine', `the engine at ${endpoint.host} answers ${what} with ${statusCode}`),
        )
      })
      outgoing.on('error', error => {
        clearTimeout(timer)
        reject(signal.aborted ? interrupted() : unreachable(endpoint, what, error))
      })
      outgoing.end()
    })
  }

  function tooLong(request: EngineRequest): DockLockError {
    return new DockLockError('engine', `${endpoint.host} sent more than dock-lock reads for ${request.path}`)
  }

  return {
    endpoint,
    async send(request) {
      let body = ''
      const collect = (text: string) => {
        body += text
        if (body.length > BODY_MAX) throw tooLong(request)
      }
      const { answerTimeout = DEFAULT_TIMEOUT, wholeTimeout = WHOLE_TIMES * answerTimeout } = request
      const head = await exchange(request, collect, wholeTimeout)
      return { ...head, text: body }
    },
    async sendForLines(request, onLine) {
      let rest = ''
      let good = false
      const head = await exchange(request, (text, status) => {
        good = status === 200
        rest += text
        if (good) {
          const lines = rest.split('\n')
          rest = lines.pop() ?? ''
          for (const line of lines) if (line.trim() !== '') onLine(line.trim())
        }
        if (rest.length > LINE_MAX) throw tooLong(request)
      })
      if (good && rest.trim() !== '') onLine(rest.trim())
      return { ...head, text: good ? '' : rest }
    },
    upgrade,
    close: () => agent.destroy(),
  }
}

async function programAgent(program: Program): Promise<Agent> {
  const { connectProgram } = await import('./program-connection.ts')
  // Each connection is a login, and servers limit concurrent logins.
  const agent = new Agent({ keepAlive: true, maxSockets: PROGRAMS_MAX })
  return Object.assign(agent, { createConnection: () => connectProgram(program) })
}
