import { maskSecrets } from '../../core/mask.ts'
import { field } from '../../lib/json.ts'

/**
 * Why there was no usable response.
 *
 * - `refused`, `unresolved`, `connect-timeout`, `answer-timeout`, `body-timeout`: the host fails.
 * - `tls`, `proxy`: the host fails by this scheme.
 * - `broken`: the connection was reset or closed, or the response is not HTTP.
 * - `too-large`: the response is.
 * - `redirect`: it must not be followed.
 * - `scheme`: the host wants https, not http.
 * - `share`: a mirror took more than its share of the time.
 * - `deadline`: the whole reference took too long.
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

/** There was no usable response. The message names the host only, so that several references can share it. */
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

/** Marks an error of the connection to the proxy, as opposed to the connection through it. */
export function proxyError(cause: unknown): Error {
  return Object.assign(new Error('no connection to the proxy', { cause }), { name: PROXY_ERROR })
}

export function isProxyError(error: unknown): error is Error {
  return error instanceof Error && error.name === PROXY_ERROR
}

const PROXY_ERROR = 'ProxyError'

/**
 * Describes an error of Node or undici by its code.
 * @see https://github.com/nodejs/undici/blob/v7.x/docs/docs/api/Errors.md
 */
export function toFailure(
  error: unknown,
  { host, protocol }: Pick<URL, 'host' | 'protocol'>,
  request: {
    /** Milliseconds. */
    readonly connectTimeout: number
    readonly responseTimeout: number
    readonly bodyTimeout: number
    /** The URL of the proxy, if one is used. */
    readonly proxy: string | undefined
    /** Removes credentials from texts of the other side. */
    readonly conceal: (text: string) => string
  },
  /** What is wrong with the certificates that are stored for the host. */
  problem?: string,
): HttpFailure {
  if (error instanceof HttpFailure) return error
  const variable = protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY'
  const hint =
    request.proxy === undefined
      ? undefined
      : `${variable} is set: check that proxy, or add ${host} to NO_PROXY`
  const failure = (kind: FailureKind, message: string): HttpFailure => new HttpFailure(kind, message, hint)
  const { code, ...described } = describe(error)
  const message = maskSecrets(request.conceal(described.message))
  const proxy = request.proxy === undefined ? undefined : `the proxy ${new URL(request.proxy).host}`
  const route = proxy === undefined ? host : `${host} via ${proxy}`
  const refused = proxy === undefined ? undefined : PROXY_REFUSAL.exec(message)
  if (refused) return proxyRefusal(Number(refused[1] ?? refused[2]), proxy!, host, variable, failure)
  // Through a tunnel, errors of the proxy are marked. Without one, every connection is to the proxy, and it looks up names.
  const isTunnel =
    /^https:/.test(request.proxy ?? '') || (/^http:/.test(request.proxy ?? '') && protocol === 'https:')
  const atProxy = proxy !== undefined && isProxyError(error)
  const tls = (advice: string | undefined): HttpFailure =>
    new HttpFailure(
      atProxy ? 'proxy' : 'tls',
      `no TLS connection to ${atProxy ? proxy : host}: ${message}`,
      advice,
    )
  const peer = proxy !== undefined && (atProxy || !isTunnel) ? proxy : route
  switch (code) {
    case 'UND_ERR_CONNECT_TIMEOUT':
      return failure('connect-timeout', `no connection to ${peer} within ${seconds(request.connectTimeout)}`)
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
        return failure('answer-timeout', `${route} did not answer within ${seconds(request.responseTimeout)}`)
      return failure(
        'connect-timeout',
        `${proxy} did not connect to ${host} within ${seconds(request.connectTimeout)}`,
      )
    case 'UND_ERR_BODY_TIMEOUT':
      return failure(
        'body-timeout',
        `${route} sent nothing for ${seconds(request.bodyTimeout)} in the middle of a response`,
      )
  }
  if (isUntrusted(error)) {
    const extra = 'set NODE_EXTRA_CA_CERTS to that file'
    const trust = atProxy
      ? `Store the certificate of its authority in a file and ${extra}, or add ${host} to NO_PROXY`
      : `Store the certificate of its authority as /etc/docker/certs.d/${host}/ca.crt, or ${extra}; or declare the registry insecure`
    return tls(problem ?? trust)
  }
  // OpenSSL's words for an answer over plain http.
  const isPlain = /wrong.version.number|packet.length/i.test(message)
  if (isPlain && !atProxy)
    return new HttpFailure(
      'tls',
      `no TLS connection to ${host}: it answers without TLS`,
      `Check the port and the network. If ${host} has no TLS, declare it insecure in ~/.config/dock-lock/config.yaml`,
    )
  if (/^(?:ERR_TLS_|ERR_SSL_|CERT_|EPROTO)/.test(code)) return tls(problem ?? hint)
  const detail = code === '' || message.includes(code) ? message : `${message} (${code})`
  // With TLS 1.3, a server that refuses a client certificate closes the connection.
  return new HttpFailure(
    'broken',
    `the connection to ${atProxy ? proxy : route} broke: ${detail}`,
    problem ?? hint,
  )
}

/** undici's messages if a proxy refuses: to CONNECT, and to a plain request. */
const PROXY_REFUSAL = /^Proxy response \((\d{3})\)|^Proxy Authentication Required \((\d{3})\)/

function proxyRefusal(
  status: number,
  proxy: string,
  host: string,
  variable: string,
  failure: (kind: FailureKind, message: string) => HttpFailure,
): HttpFailure {
  if (status >= 500) return failure('broken', `${proxy} cannot reach ${host} (${status})`)
  // tinyproxy answers a wrong password with 401.
  if (status !== 407 && status !== 401)
    return failure('proxy', `${proxy} refuses connections to ${host} (${status})`)
  return new HttpFailure(
    'proxy',
    `${proxy} requires a valid user and password (${status})`,
    `Add them to ${variable}, as in http://USER:PASSWORD@HOST:PORT, or add ${host} to NO_PROXY`,
  )
}

/** Whether the certificate of the other side is not signed by a trusted authority. */
export function isUntrusted(error: unknown): boolean {
  return /SELF_SIGNED|^UNABLE_TO_/.test(describe(error).code)
}

/** If several addresses were tried, the first error counts. OpenSSL's messages have several lines; the first is enough. */
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
