import { maskSecrets } from '../../core/mask.ts'
import { field } from '../../lib/json.ts'

/**
 * Why a host gave no answer. `refused`, `unresolved`, `connect-timeout`, `answer-timeout` and `body-timeout` speak of the host,
 * `tls` and `proxy` of the host by that scheme, `broken` (reset, closed, not HTTP) of the one connection, `too-large` of the answer,
 * `redirect` of where it sends us, `scheme` of http where it wants https, `share` of one of several places for a reference that took
 * more than its part of the time, `deadline` of the reference as a whole.
 */
export type FailureKind =
  | 'refused'
  | 'unresolved'
  | 'connect-timeout'
  | 'answer-timeout'
  | 'body-timeout'
  | 'tls'
  | 'proxy'
  | 'broken'
  | 'too-large'
  | 'redirect'
  | 'scheme'
  | 'share'
  | 'deadline'

/** No usable answer came. The message names the host and nothing else of the request, so that it can be shown for any reference. */
export class HttpFailure extends Error {
  readonly kind: FailureKind
  readonly hint: string | undefined

  constructor(kind: FailureKind, message: string, hint?: string) {
    super(message)
    this.name = 'HttpFailure'
    this.kind = kind
    this.hint = hint
  }
}

/** `1500` → `1.5 s`. */
export function seconds(milliseconds: number): string {
  return `${Math.round(milliseconds / 100) / 10} s`
}

/** In place of an error that befell the connection with the proxy, not what goes through it. */
export function proxyError(cause: unknown): Error {
  return Object.assign(new Error('no connection with the proxy', { cause }), { name: PROXY_ERROR })
}

export function isProxyError(error: unknown): error is Error {
  return error instanceof Error && error.name === PROXY_ERROR
}

const PROXY_ERROR = 'ProxyError'

/**
 * Node's and undici's errors, by their codes.
 * @see https://github.com/nodejs/undici/blob/v7.x/docs/docs/api/Errors.md
 */
export function toFailure(
  error: unknown,
  { host, protocol }: Pick<URL, 'host' | 'protocol'>,
  asked: {
    /** Milliseconds. */
    readonly connectTimeout: number
    readonly responseTimeout: number
    readonly bodyTimeout: number
    /** URL of the proxy in between. */
    readonly proxy: string | undefined
    /** Takes credentials out of what the other side says. */
    readonly conceal: (text: string) => string
  },
  /** With the certificates that are stored for the host. */
  problem?: string,
): HttpFailure {
  if (error instanceof HttpFailure) return error
  const variable = protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY'
  const hint =
    asked.proxy === undefined
      ? undefined
      : `${variable} is set: check that proxy, or name ${host} in NO_PROXY.`
  const failure = (kind: FailureKind, message: string): HttpFailure => new HttpFailure(kind, message, hint)
  const { code, ...described } = describe(error)
  const message = maskSecrets(asked.conceal(described.message))
  const proxy = asked.proxy === undefined ? undefined : `the proxy ${new URL(asked.proxy).host}`
  const by = proxy === undefined ? host : `${host}, by way of ${proxy},`
  const refused = proxy === undefined ? undefined : PROXY_REFUSAL.exec(message)
  if (refused) return ofProxy(Number(refused[1] ?? refused[2]), proxy!, host, variable, failure)
  // What opens a tunnel tells its own errors apart; else the proxy is what we connect to, and what looks names up.
  const isTunnel =
    /^https:/.test(asked.proxy ?? '') || (/^http:/.test(asked.proxy ?? '') && protocol === 'https:')
  const atProxy = proxy !== undefined && isProxyError(error)
  const tls = (advice: string | undefined): HttpFailure =>
    new HttpFailure(
      atProxy ? 'proxy' : 'tls',
      `no TLS connection with ${atProxy ? proxy : host}: ${message}`,
      advice,
    )
  const peer = proxy !== undefined && (atProxy || !isTunnel) ? proxy : by
  switch (code) {
    case 'UND_ERR_CONNECT_TIMEOUT':
      return failure(
        'connect-timeout',
        `no connection with ${peer} came about within ${seconds(asked.connectTimeout)}`,
      )
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return failure('connect-timeout', `${peer} cannot be reached (${code})`)
    case 'ECONNREFUSED':
      return failure('refused', `${peer} refused the connection`)
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return failure('unresolved', `the name of ${peer} cannot be looked up (${code})`)
    case 'UND_ERR_HEADERS_TIMEOUT':
      if (!atProxy)
        return failure('answer-timeout', `${by} did not answer within ${seconds(asked.responseTimeout)}`)
      return failure(
        'connect-timeout',
        `${proxy} opened no way to ${host} within ${seconds(asked.connectTimeout)}`,
      )
    case 'UND_ERR_BODY_TIMEOUT':
      return failure('body-timeout', `${by} stopped in mid-answer for ${seconds(asked.bodyTimeout)}`)
  }
  if (isUntrusted(error)) {
    const extra = 'name that file in NODE_EXTRA_CA_CERTS'
    const trust = atProxy
      ? `Have the certificate of its authority in a file and ${extra}, or name ${host} in NO_PROXY.`
      : `Put the certificate of its authority into /etc/docker/certs.d/${host}/ca.crt or ${extra}; or declare the registry insecure.`
    return tls(problem ?? trust)
  }
  if (/^(?:ERR_TLS_|ERR_SSL_|CERT_|EPROTO)/.test(code)) return tls(problem ?? hint)
  const detail = code === '' || message.includes(code) ? message : `${message} (${code})`
  // As which a client's certificate is refused, from TLS 1.3 on.
  return new HttpFailure(
    'broken',
    `the connection to ${atProxy ? proxy : by} broke: ${detail}`,
    problem ?? hint,
  )
}

/** undici's words for an answer of a proxy that opens no way: to CONNECT, and to a plain request. */
const PROXY_REFUSAL = /^Proxy response \((\d{3})\)|^Proxy Authentication Required \((\d{3})\)/

function ofProxy(
  status: number,
  proxy: string,
  host: string,
  variable: string,
  failure: (kind: FailureKind, message: string) => HttpFailure,
): HttpFailure {
  if (status >= 500) return failure('broken', `${proxy} does not reach ${host} (${status})`)
  // tinyproxy answers a wrong password with 401.
  if (status !== 407 && status !== 401)
    return failure('proxy', `${proxy} does not let us through to ${host} (${status})`)
  return new HttpFailure(
    'proxy',
    `${proxy} wants a user and a password that it knows (${status})`,
    `Put them into ${variable}, as in http://USER:PASSWORD@HOST:PORT, or name ${host} in NO_PROXY.`,
  )
}

/** Whether nobody that we trust vouches for the certificate of the other side. */
export function isUntrusted(error: unknown): boolean {
  return /SELF_SIGNED|^UNABLE_TO_/.test(describe(error).code)
}

/** Of several addresses that were tried, the first error speaks. Of a message the first line: OpenSSL's go on. */
function describe(failed: unknown): { code: string; message: string } {
  const error: unknown = isProxyError(failed) ? failed.cause : failed
  const first: unknown = error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error
  const { code, message, cause } = first as { code?: unknown; message?: unknown; cause?: unknown }
  const inner = field(cause, 'code')
  return {
    code: String([inner, code].find(value => typeof value === 'string') ?? ''),
    message: String(message ?? error)
      .split('\n')[0]!
      .slice(0, 200),
  }
}
