/** Follows redirects. Credentials and client certificates stay with the origin that they were meant for. */
import type { Endpoints } from '../endpoints/endpoints.ts'
import { HttpFailure } from './failure.ts'
import type { HttpRequest } from './request.ts'
import type { HttpResponse } from './response.ts'
import type { RetryMode, SendWithRetries } from './retry.ts'

export interface TransportRequest extends HttpRequest {
  /** Sent to the origin of `url` only. A redirect to another origin drops it. */
  readonly authorization?: string | undefined
  /** By default `full`. */
  readonly retry?: RetryMode
}

export interface TransportResponse extends HttpResponse {
  /** The URL that answered, after all redirects. */
  readonly url: URL
}

/** @throws HttpFailure, or the reason of the signal */
export type Transport = (request: TransportRequest) => Promise<TransportResponse>

const REDIRECTS_MAX = 5
const REDIRECTS = new Set([301, 302, 303, 307, 308])
/** Redirects that keep the method and the body. */
const KEEPS_BODY = new Set([307, 308])

/** `conceal` removes credentials from what errors quote of a response. */
export function createRedirects(
  send: SendWithRetries,
  endpoints: Pick<Endpoints, 'verifiesTls'>,
  conceal: (text: string) => string,
): Transport {
  return async ({ authorization, retry = 'full', ...request }) => {
    let { url, verifyTls, sendsClientCertificate = true, urlFromResponse = false } = request
    let credentials = authorization
    let firstHost: string | undefined
    for (let count = 0; ; count++) {
      const headers = { ...request.headers, ...(credentials !== undefined && { authorization: credentials }) }
      const hop = { ...request, url, verifyTls, sendsClientCertificate, urlFromResponse, headers }
      const answer = await send(hop, count === 0 ? retry : 'full')
      const { location } = answer.headers
      if (!REDIRECTS.has(answer.status) || location === undefined) return { ...answer, url }
      const host = urlFromResponse ? conceal(url.host) : url.host
      firstHost ??= host
      if (count === REDIRECTS_MAX)
        throw new HttpFailure('redirect', `${firstHost} redirects more than ${REDIRECTS_MAX} times`)
      const target = redirectTarget({ location, from: url, host }, conceal)
      refuseBody(request.method, answer, { url, target, host })
      if (target.origin !== url.origin) {
        credentials = undefined
        sendsClientCertificate = false
        // The URL may contain a secret that is given only to clients with credentials or with a certificate.
        const isPrivate = authorization !== undefined || request.sendsClientCertificate !== false
        verifyTls = endpoints.verifiesTls(target.host, isPrivate)
      }
      url = target
      urlFromResponse = true
    }
  }
}

/** The body of a POST contains credentials. It stays within its origin. */
function refuseBody(
  method: TransportRequest['method'],
  { status }: HttpResponse,
  { url, target, host }: { readonly url: URL; readonly target: URL; readonly host: string },
): void {
  const isKept = target.origin === url.origin && KEEPS_BODY.has(status)
  if (method === 'POST' && !isKept)
    throw new HttpFailure('redirect', `${host} redirects a request that contains credentials`)
}

/** `host`: the name of the host in messages. */
function redirectTarget(
  { location, from, host }: { readonly location: string; readonly from: URL; readonly host: string },
  conceal: (text: string) => string,
): URL {
  const target = URL.canParse(location, from.href) ? new URL(location, from) : undefined
  if (
    target === undefined ||
    !/^https?:$/.test(target.protocol) ||
    target.username !== '' ||
    target.password !== ''
  )
    throw new HttpFailure('redirect', `${host} redirects to something that is no plain http or https URL`)
  if (from.protocol === 'https:' && target.protocol === 'http:')
    throw new HttpFailure('redirect', `${host} redirects from https to plain http (${conceal(target.host)})`)
  return target
}
