/**
 * One HTTP request and its answer, over undici. The only importer of undici, which is loaded when the first request is sent: it
 * costs 90 ms, and most runs need no registry.
 */
import { setImmediate } from 'node:timers/promises'
import { debuglog } from 'node:util'
import type { Dispatcher } from 'undici'
import { redact } from '../core/error.ts'
import { createCertificates, type Trust } from './certificates.ts'
import { HttpFailure, isUntrusted, toFailure } from './failure.ts'
import { createProxies } from './proxies.ts'
import type { RegistryOptions } from './resolver.ts'

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST'
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** False: any certificate will do. */
  readonly verifyTls: boolean
  /** The names of the registry on whose behalf it is sent: what is stored for it counts wherever the request goes. */
  readonly certificatesOf?: readonly string[]
  /** False: without a client certificate. */
  readonly asClient?: boolean
  readonly signal: AbortSignal
}

export interface HttpAnswer {
  readonly status: number
  /** Lower-case names; of a header that came more than once, the values joined by `, `. */
  readonly headers: Readonly<Record<string, string>>
  /** At most {@link BODY_MAX} bytes; of an error's body perhaps only the start. */
  readonly body: Buffer
}

export interface Http {
  /** @throws HttpFailure, or the reason of the signal */
  send(request: HttpRequest): Promise<HttpAnswer>
  readonly requests: number
  /** Ends every connection, at once. */
  close(): Promise<void>
}

/** Bytes; what registries accept as a manifest at most. */
export const BODY_MAX: number = 4 * 1024 * 1024
/** Bytes of an error's body that are read: more than any message that is shown. */
const ERROR_BODY_MAX = 64 * 1024

export function createHttp(options: RegistryOptions): Http {
  const { connectTimeout = 10_000, responseTimeout = 30_000, bodyTimeout = 30_000, concurrency } = options
  const debug = debuglog('dock-lock')
  const dispatchers = new Map<string, Promise<Dispatcher>>()
  const certificates = createCertificates(options)
  const proxyFor = createProxies(options.env)
  /** Hosts whose certificates need the system's authorities. */
  const ofTheSystem = new Set<string>()
  let requests = 0

  /** One pool each for what differs by connection. */
  const dispatcherFor = (
    verifyTls: boolean,
    proxy: string | undefined,
    trust: Trust | undefined,
  ): Promise<Dispatcher> => {
    const key = [verifyTls, proxy, trust?.id].join(' ')
    let dispatcher = dispatchers.get(key)
    if (dispatcher === undefined) {
      dispatcher = open(verifyTls, proxy, trust)
      dispatchers.set(key, dispatcher)
    }
    return dispatcher
  }
  const open = async (
    verifyTls: boolean,
    proxy: string | undefined,
    trust: Trust | undefined,
  ): Promise<Dispatcher> => {
    const { Agent, ProxyAgent } = await import('undici')
    const connect = {
      timeout: connectTimeout,
      ...(!verifyTls && { rejectUnauthorized: false }),
      ...(trust !== undefined && { secureContext: trust.secureContext }),
    }
    const agent = {
      connections: concurrency ?? CONNECTIONS,
      headersTimeout: responseTimeout,
      bodyTimeout,
      connect,
    }
    if (proxy === undefined) return new Agent(agent)
    const proxyTls = { timeout: connectTimeout }
    return new ProxyAgent({ ...agent, uri: proxy, proxyTls, requestTls: connect, proxyTunnel: false })
  }

  /** Reading the system's authorities takes 50 ms, and few registries need them: Node's own come first. */
  const trustFor = async ({
    url,
    certificatesOf = [url.host],
    asClient = true,
  }: HttpRequest): Promise<Trust | undefined> => {
    if (url.protocol !== 'https:') return undefined
    const own = await certificates.of(certificatesOf, asClient)
    return own ?? (ofTheSystem.has(url.host) ? certificates.system() : undefined)
  }

  const send = async (request: HttpRequest): Promise<HttpAnswer> => {
    const { method, url, headers, body, verifyTls, signal } = request
    signal.throwIfAborted()
    const proxy = proxyFor(url)
    const trust = await trustFor(request)
    const dispatcher = await dispatcherFor(verifyTls, proxy, trust)
    const start = performance.now()
    requests += 1
    const log = (outcome: number | string): void => {
      if (!debug.enabled) return
      debug('%s %s %s %d ms', method, redact(url.origin + url.pathname), outcome, performance.now() - start)
    }
    try {
      const options = {
        method,
        origin: url.origin,
        path: url.pathname + url.search,
        headers,
        ...(body !== undefined && { body }),
        // undici ends the connection after each HEAD, for servers that send a body all the same. Registries do not.
        reset: false,
      }
      const answer = await dispatch(dispatcher, options, signal)
      // Only then does undici count the connection as free; a request sent before would open another.
      await setImmediate()
      log(answer.status)
      return answer
    } catch (error) {
      if (!signal.aborted && trust === undefined && isUntrusted(error)) {
        if ((await certificates.system()) !== undefined) {
          log('needs the authorities of the system')
          ofTheSystem.add(url.host)
          return send(request)
        }
      }
      const failure = signal.aborted
        ? signal.reason
        : toFailure(error, url, { connectTimeout, responseTimeout, bodyTimeout, proxy }, trust?.problem)
      log(failure instanceof HttpFailure ? failure.kind : 'aborted')
      throw failure
    }
  }

  return {
    send: request => abortable(send(request), request.signal),
    get requests() {
      return requests
    },
    async close() {
      const open = await Promise.allSettled(dispatchers.values())
      dispatchers.clear()
      await Promise.all(open.map(result => result.status === 'fulfilled' && result.value.destroy()))
    },
  }
}

/**
 * To one host. More than a browser opens, but for half a second: HEAD and GET of 100 images then take two round trips, not four as
 * with 50 connections, and a registry has the same requests to answer either way.
 */
export const CONNECTIONS = 100

/**
 * Settles as `promise` does, or at once with the reason of the signal. undici itself notices a signal only when the connection
 * stands; a request that still waits for one would go on.
 */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

/** `dispatcher.request` without its streams: most answers have no body at all. */
function dispatch(
  dispatcher: Dispatcher,
  options: Dispatcher.DispatchOptions,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    let status = 0
    let headers: Record<string, string> = {}
    let size = 0
    const chunks: Buffer[] = []
    let cancel: (() => void) | undefined
    const settle = (finish: () => void): void => {
      if (cancel !== undefined) signal.removeEventListener('abort', cancel)
      finish()
    }
    const answer = (): void => resolve({ status, headers, body: Buffer.concat(chunks) })

    dispatcher.dispatch(options, {
      onRequestStart(controller) {
        if (cancel !== undefined) signal.removeEventListener('abort', cancel)
        cancel = () => controller.abort(signal.reason)
        if (signal.aborted) cancel()
        else signal.addEventListener('abort', cancel, { once: true })
      },
      onResponseStart(_controller, code, fields) {
        status = code
        headers = flatten(fields)
      },
      onResponseData(controller, chunk) {
        size += chunk.length
        if (size <= (status < 400 ? BODY_MAX : ERROR_BODY_MAX)) chunks.push(chunk)
        else if (status >= 400) {
          settle(answer)
          controller.abort(new Error('enough'))
        } else {
          const limit = `${BODY_MAX >> 20} MiB`
          const message = `${new URL(String(options.origin)).host} sent more than ${limit}, the most a manifest may have`
          controller.abort(new HttpFailure('too-large', message))
        }
      },
      onResponseEnd: () => settle(answer),
      onResponseError: (_controller, error) => settle(() => reject(error)),
    })
  })
}

function flatten(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const flat: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value
  return flat
}
