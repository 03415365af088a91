/**
 * One HTTP request and its answer, over undici. The only importer of undici, which is loaded when the first request is sent: it
 * costs 90 ms, and most runs need no registry.
 */
import { setImmediate } from 'node:timers/promises'
import { debuglog } from 'node:util'
import type { Dispatcher } from 'undici'
import { DockLockError, redact } from '../core/error.ts'
import { HttpFailure, toFailure } from './failure.ts'
import { isLoopback } from './hosts.ts'
import type { RegistryOptions } from './resolver.ts'

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST'
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** False: any certificate will do. */
  readonly verifyTls: boolean
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
  const proxies = proxiesOf(options.env)
  let requests = 0

  /** One pool each for what differs by connection: whether TLS is verified, and whether a proxy may be used. */
  const dispatcherFor = (verifyTls: boolean, direct: boolean): Promise<Dispatcher> => {
    const key = `${verifyTls} ${direct}`
    let dispatcher = dispatchers.get(key)
    if (dispatcher === undefined) {
      dispatcher = open(verifyTls, direct)
      dispatchers.set(key, dispatcher)
    }
    return dispatcher
  }
  const open = async (verifyTls: boolean, direct: boolean): Promise<Dispatcher> => {
    const { Agent, EnvHttpProxyAgent } = await import('undici')
    const tls = verifyTls ? {} : { rejectUnauthorized: false }
    const agent = {
      connections: concurrency ?? CONNECTIONS,
      headersTimeout: responseTimeout,
      bodyTimeout,
      connect: { timeout: connectTimeout, ...tls },
    }
    return direct
      ? new Agent(agent)
      : new EnvHttpProxyAgent({ ...agent, ...proxies, requestTls: tls, proxyTunnel: false })
  }

  const send = async ({
    method,
    url,
    headers,
    body,
    verifyTls,
    signal,
  }: HttpRequest): Promise<HttpAnswer> => {
    signal.throwIfAborted()
    const proxy = url.protocol === 'https:' ? proxies.httpsProxy : proxies.httpProxy
    const direct = proxy === '' || isLoopback(url.host)
    const dispatcher = await dispatcherFor(verifyTls, direct)
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
      const failure = signal.aborted
        ? signal.reason
        : toFailure(error, url, { connectTimeout, responseTimeout, bodyTimeout, direct })
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

/** To one host. With fewer, 100 images at 50 ms take more rounds, and each costs more than the connections it saves. */
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

/** Lower case wins, as with curl and Go. Empty: none. */
function proxiesOf(env: RegistryOptions['env']): { httpProxy: string; httpsProxy: string; noProxy: string } {
  const read = (name: string): string => env[name] ?? env[name.toUpperCase()] ?? ''
  const url = (name: string): string => {
    const text = read(name)
    if (text === '') return ''
    const full = text.includes('://') ? text : `http://${text}`
    if (URL.canParse(full) && /^(?:https?|socks5?):$/.test(new URL(full).protocol)) return full
    throw new DockLockError('config', `${name.toUpperCase()} is no URL of a proxy`, {
      hint: 'It looks like http://proxy.example:3128.',
    })
  }
  return { httpProxy: url('http_proxy'), httpsProxy: url('https_proxy'), noProxy: read('no_proxy') }
}
