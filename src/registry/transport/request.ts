/** One HTTP request and its answer. */
import { debuglog } from 'node:util'
import { maskSecrets } from '../../core/mask.ts'
import { createCertificates, type Trust } from '../endpoints/certificates.ts'
import { createProxies, proxyParts } from '../endpoints/proxies.ts'
import type { RegistryOptions } from '../resolver.ts'
import { abortable } from './deadline.ts'
import { HttpFailure, isProxyError, isUntrusted, toFailure } from './failure.ts'
import { CONNECT_TIMEOUT, createPools, type Dispatcher } from './pools.ts'
import { BODY_MAX, ERROR_BODY_MAX, type HttpResponse, joined } from './response.ts'

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST'
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** False: any certificate will do. */
  readonly verifyTls: boolean
  /** The names of the registry on whose behalf it is sent: what is stored for it counts wherever the request goes. */
  readonly certificatesOf?: readonly string[]
  /** Whether the URL came with an answer: it may repeat what was sent. */
  readonly fromAnswer?: boolean
  /** False: without a client certificate. */
  readonly asClient?: boolean
  readonly signal: AbortSignal
}

export interface Http {
  /** @throws HttpFailure, or the reason of the signal */
  send(request: HttpRequest): Promise<HttpResponse>
  readonly requests: number
  /** Ends every connection, at once. */
  close(): Promise<void>
}

/** `conceal` takes credentials out of what came from outside. */
export function createHttp(options: RegistryOptions, conceal: (text: string) => string = text => text): Http {
  const { connectTimeout = CONNECT_TIMEOUT, responseTimeout = 30_000, bodyTimeout = 30_000 } = options
  const debug = debuglog('dock-lock')
  const pools = createPools(options)
  const certificates = createCertificates(options)
  const proxyFor = createProxies(options.env)
  /** Hosts, proxies among them, whose certificates need the system's authorities. */
  const ofTheSystem = new Set<string>()
  let requests = 0

  /** Reading the system's authorities takes 50 ms, and few registries need them: Node's own come first. */
  const trustFor = async ({
    url,
    certificatesOf = [url.host],
    asClient = true,
  }: HttpRequest): Promise<Trust | undefined> => {
    const own = await certificates.of(certificatesOf, asClient)
    return own ?? (ofTheSystem.has(url.host) ? certificates.system() : undefined)
  }

  const send = async (request: HttpRequest): Promise<HttpResponse> => {
    const { method, url, headers, body, verifyTls, fromAnswer = false, signal } = request
    const shown = fromAnswer ? conceal : String
    signal.throwIfAborted()
    const { origin } = url
    const proxy = proxyFor(url)
    const trust = url.protocol === 'http:' ? undefined : await abortable(trustFor(request), signal)
    const proxyHost = proxy === undefined ? '' : proxyParts(proxy).host
    const proxyTrust = ofTheSystem.has(proxyHost) ? await certificates.system() : undefined
    const dispatcher = await pools.open({ origin, verifyTls, proxy, trust, proxyTrust })
    signal.throwIfAborted()
    const start = performance.now()
    requests += 1
    const log = (outcome: number | string): void => {
      if (!debug.enabled && options.debug === undefined) return
      const line = `${method} ${maskSecrets(shown(origin + url.pathname))} ${outcome} ${performance.now() - start} ms`
      debug('%s', line)
      options.debug?.(line)
    }
    try {
      const dispatched = {
        method,
        origin,
        path: url.pathname + url.search,
        headers,
        ...(body !== undefined && { body }),
        headersTimeout: responseTimeout,
        bodyTimeout,
        // undici ends the connection after each HEAD, for servers that send a body all the same. Registries do not.
        reset: false,
      }
      const answer = await dispatch(dispatcher, dispatched, shown(url.host), signal)
      log(answer.status)
      return answer
    } catch (error) {
      const [tried, host] = isProxyError(error) ? [proxyTrust, proxyHost] : [trust, url.host]
      if (!signal.aborted && tried === undefined && isUntrusted(error)) {
        if ((await certificates.system()) !== undefined) {
          log('needs the authorities of the system')
          ofTheSystem.add(host)
          return send(request)
        }
      }
      const failure = signal.aborted
        ? signal.reason
        : toFailure(
            error,
            { host: shown(url.host), protocol: url.protocol },
            { connectTimeout, responseTimeout, bodyTimeout, proxy, conceal },
            trust?.problem,
          )
      log(failure instanceof HttpFailure ? failure.kind : 'aborted')
      throw failure
    }
  }

  return {
    send,
    get requests() {
      return requests
    },
    close: pools.close,
  }
}

/** `dispatcher.request` without its streams: most answers have no body at all. */
function dispatch(
  dispatcher: Dispatcher,
  options: Dispatcher.DispatchOptions,
  /** For messages. */
  host: string,
  signal: AbortSignal,
): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    let status = 0
    let headers: Record<string, string> = {}
    let size = 0
    const chunks: Buffer[] = []
    let controller: Dispatcher.DispatchController | undefined
    // At once: undici itself notices a signal only when the connection stands.
    const abort = (): void => {
      reject(signal.reason)
      controller?.abort(signal.reason)
    }
    const answer = (): void => {
      signal.removeEventListener('abort', abort)
      resolve({ status, headers, body: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks) })
    }
    signal.addEventListener('abort', abort)

    dispatcher.dispatch(options, {
      onRequestStart(started) {
        controller = started
        if (signal.aborted) started.abort(signal.reason)
      },
      onResponseStart(_controller, code, fields) {
        status = code
        headers = joined(fields)
      },
      onResponseData(_controller, chunk) {
        size += chunk.length
        if (size <= (status < 400 ? BODY_MAX : ERROR_BODY_MAX)) chunks.push(chunk)
        else if (status >= 400) {
          answer()
          controller?.abort(new Error('enough'))
        } else {
          const limit = `${BODY_MAX >> 20} MiB`
          const message = `${host} sent more than ${limit}, the most a manifest may have`
          controller?.abort(new HttpFailure('too-large', message))
        }
      },
      // A turn after this undici counts the connection as free; a request sent before would open another.
      onResponseEnd: () => queueMicrotask(() => setImmediate(answer)),
      onResponseError(_controller, error) {
        signal.removeEventListener('abort', abort)
        reject(error)
      },
    })
  })
}
