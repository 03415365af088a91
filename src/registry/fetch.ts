/** Requests of the distribution API to one endpoint. */
import type { Authorizer } from './auth/authorizer.ts'
import type { Endpoint } from './endpoints/endpoints.ts'
import { explainAnonymous, isPageRefused, listError, registryError } from './registry-error.ts'
import { HttpFailure } from './transport/failure.ts'
import type { HttpResponse } from './transport/response.ts'
import type { RetryMode } from './transport/retry.ts'

/**
 * Requests `manifests/3.20`, `blobs/sha256:…` or `tags/list?n=1000` of a repository from one endpoint. Returns successful responses, and
 * also a response that says that HEAD is not supported ({@link isMethodUnknown}), or that `n` is too large ({@link isPageRefused}). Throws
 * for all others. `receive`: see `HttpRequest`; only lists of tags need it.
 */
export type Fetch = (
  method: 'GET' | 'HEAD',
  path: string,
  accept: string,
  receive?: () => (chunk: Buffer) => void,
) => Promise<HttpResponse>

/** `conceal` removes credentials from what errors quote of a response. */
export function createFetches(
  authorizer: Authorizer,
  conceal: (text: string) => string,
): (endpoint: Endpoint, retry: RetryMode, signal: AbortSignal) => Fetch {
  return (endpoint, retry, signal) => async (method, path, accept, receive) => {
    const { repository, verifyTls, names: certificatesOf } = endpoint
    const url = new URL(`/v2/${repository}/${path}`, endpoint.origin)
    if (endpoint.namespace !== undefined) url.searchParams.set('ns', endpoint.namespace)
    // Compressed responses are decoded, but plain ones are simpler: the digest is that of the plain bytes.
    const headers = { accept, 'accept-encoding': 'identity', 'user-agent': 'dock-lock' }
    const sendsClientCertificate = endpoint.anonymous === undefined
    const options = {
      verifyTls,
      certificatesOf,
      sendsClientCertificate,
      retry,
      signal,
      ...(receive !== undefined && { receive }),
    }
    const { answer, authenticated } = await authorizer
      .send({ method, url, headers, ...options }, endpoint, repository)
      .catch(explainAnonymous(endpoint))
    // If both schemes are tried, https has its own attempt. A redirect would arrive there without credentials.
    if (retry !== 'full' && url.protocol === 'http:' && answer.url.origin === `https://${url.host}`)
      throw new HttpFailure('scheme', `${url.host} redirects to https`)
    if (answer.status === 200 || (method === 'HEAD' && isMethodUnknown(answer))) return answer
    if (url.searchParams.has('n') && isPageRefused(answer)) return answer
    // TLS servers answer plain http with 400.
    if (answer.status === 400 && endpoint.origin.startsWith('http:') && !isPageRefused(answer))
      throw new HttpFailure('scheme', `${url.host} answered with status 400`)
    const toError = receive === undefined ? registryError : listError
    return explainAnonymous(endpoint)(toError(endpoint, answer, authenticated, conceal))
  }
}

/** Whether the registry does not support HEAD. The request is then sent as GET, as in containerd. */
export function isMethodUnknown({ status }: HttpResponse): boolean {
  return status === 405 || status === 501
}
