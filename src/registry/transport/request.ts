/** Sends one HTTP request over a pooled connection. */
import { debuglog } from 'node:util'
import { maskSecrets } from '../../core/mask.ts'
import { createCertificates, type Trust } from '../endpoints/certificates.ts'
import { createProxies, proxyParts } from '../endpoints/proxies.ts'
import type { RegistryOptions } from '../resolver.ts'
import { decodeBody } from './content-encoding.ts'
import { abortable } from './deadline.ts'
import { dispatch } from './dispatch.ts'
import { HttpFailure, isProxyError, isUntrusted, toFailure } from './failure.ts'
import { CONNECT_TIMEOUT, createPools } from './pools.ts'
import type { HttpResponse } from './response.ts'

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST'
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** False: any certificate is accepted. */
  readonly verifyTls: boolean
  /** The names of the registry. Certificates that are stored for it apply to every host that the request goes to. */
  readonly certificatesOf?: readonly string[]
  /** The URL was named by a response, so it may contain credentials that were sent. */
  readonly urlFromResponse?: boolean
  /** By default true. */
  readonly sendsClientCertificate?: boolean
  /**
   * Makes the receiver of the body of a response with status 200, whose own `body` is then empty. Called anew for each attempt. For
   * bodies that may be larger than a manifest. The receiver may throw.
   */
  readonly receive?: () => (chunk: Buffer) => void
  readonly signal: AbortSignal
}

export interface Http {
  /** @throws HttpFailure, or the reason of the signal */
  send(request: HttpRequest): Promise<HttpResponse>
  readonly requests: number
  /** Ends all connections at once. */
  close(): Promise<void>
}

/** `conceal` removes credentials from what logs and errors quote of a response. */
export function createHttp(options: RegistryOptions, conceal: (text: string) => string = text => text): Http {
  const { connectTimeout = CONNECT_TIMEOUT, responseTimeout = 30_000, bodyTimeout = 30_000 } = options
  const debug = debuglog('dock-lock')
  const pools = createPools(options)
  const certificates = createCertificates(options)
  const proxyFor = createProxies(options.env)
  /** Hosts, also of proxies, whose certificates are signed by an authority of the system. */
  const systemTrusted = new Set<string>()
  let requests = 0

  /** Node's own authorities are tried first: reading those of the system takes 50 ms, and few registries need them. */
  const trustFor = async ({
    url,
    certificatesOf = [url.host],
    sendsClientCertificate = true,
  }: HttpRequest): Promise<Trust | undefined> => {
    const stored = await certificates.forRegistry(certificatesOf, sendsClientCertificate)
    return stored ?? (systemTrusted.has(url.host) ? certificates.system() : undefined)
  }

  const send = async (request: HttpRequest): Promise<HttpResponse> => {
    const { method, url, headers, body, verifyTls, urlFromResponse = false, signal } = request
    const quoted = urlFromResponse ? conceal : String
    signal.throwIfAborted()
    const { origin } = url
    const proxy = proxyFor(url)
    const trust = url.protocol === 'http:' ? undefined : await abortable(trustFor(request), signal)
    const proxyHost = proxy === undefined ? '' : proxyParts(proxy).host
    const proxyTrust = systemTrusted.has(proxyHost) ? await certificates.system() : undefined
    const dispatcher = await pools.open({ origin, verifyTls, proxy, trust, proxyTrust })
    signal.throwIfAborted()
    const start = performance.now()
    requests += 1
    const log = (outcome: number | string): void => {
      if (!debug.enabled && options.debug === undefined) return
      const line = `${method} ${maskSecrets(quoted(origin + url.pathname))} ${outcome} ${performance.now() - start} ms`
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
        // undici closes the connection after each HEAD, because some servers send a body. Registries do not.
        reset: false,
      }
      const answer = await dispatch(dispatcher, dispatched, quoted(url.host), signal, request.receive)
      log(answer.status)
      const decoded = await decodeBody(answer, quoted(url.host))
      if (request.receive === undefined || decoded === answer || answer.status !== 200) return decoded
      // It was compressed, so it has been read as a whole.
      request.receive()(decoded.body)
      return { ...decoded, body: Buffer.alloc(0) }
    } catch (error) {
      const [tried, host] = isProxyError(error) ? [proxyTrust, proxyHost] : [trust, url.host]
      if (!signal.aborted && tried === undefined && isUntrusted(error)) {
        if ((await certificates.system()) !== undefined) {
          log('needs the certificate authorities of the system')
          systemTrusted.add(host)
          return send(request)
        }
      }
      const failure = signal.aborted
        ? signal.reason
        : toFailure(
            error,
            { host: quoted(url.host), protocol: url.protocol },
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
