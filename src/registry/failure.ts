/**
 * Why a host gave no answer. `refused`, `unresolved`, `connect-timeout`, `answer-timeout` and `body-timeout` speak of the host,
 * `tls` and `proxy` of the host by that scheme, `broken` (reset, closed, not HTTP) of the one connection, `too-large` of the answer,
 * `redirect` of where it sends us, `scheme` of http where it wants https, `deadline` of the reference as a whole.
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
  const message = asked.conceal(described.message)
  // With a proxy, that is what we connect to, and what looks names up.
  const peer = asked.proxy === undefined ? host : `the proxy ${new URL(asked.proxy).host}`
  const refused = asked.proxy === undefined ? undefined : PROXY_REFUSAL.exec(message)
  if (refused) return ofProxy(Number(refused[1] ?? refused[2]), peer, host, variable, failure)
  switch (code) {
    case 'UND_ERR_CONNECT_TIMEOUT':
      return failure(
        'connect-timeout',
        `${peer} did not accept a connection within ${seconds(asked.connectTimeout)}`,
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
      return failure('answer-timeout', `${host} did not answer within ${seconds(asked.responseTimeout)}`)
    case 'UND_ERR_BODY_TIMEOUT':
      return failure('body-timeout', `${host} stopped in mid-answer for ${seconds(asked.bodyTimeout)}`)
  }
  if (isUntrusted(error)) {
    const trust = `Put the certificate of its authority into /etc/docker/certs.d/${host}/ca.crt or name that file in NODE_EXTRA_CA_CERTS; or declare the registry insecure.`
    return new HttpFailure('tls', `no TLS connection with ${host}: ${message}`, problem ?? trust)
  }
  if (/^(?:ERR_TLS_|ERR_SSL_|CERT_|EPROTO)/.test(code))
    return new HttpFailure('tls', `no TLS connection with ${host}: ${message}`, problem ?? hint)
  const detail = code === '' || message.includes(code) ? message : `${message} (${code})`
  return failure('broken', `the connection to ${host} broke: ${detail}`)
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
function describe(error: unknown): { code: string; message: string } {
  const first: unknown = error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error
  const { code, message, cause } = first as { code?: unknown; message?: unknown; cause?: unknown }
  const inner = typeof cause === 'object' && cause !== null ? (cause as { code?: unknown }).code : undefined
  return {
    code: String([inner, code].find(value => typeof value === 'string') ?? ''),
    message: String(message ?? error)
      .split('\n')[0]!
      .slice(0, 200),
  }
}
