/** Requests of the distribution API to one endpoint. */
import type { Authorizer } from './auth/authorizer.ts'
import type { Endpoint } from './endpoints/endpoints.ts'
import { type Fetch, isMethodUnknown } from './manifests.ts'
import { explainAnonymous, registryError } from './registry-error.ts'
import { HttpFailure } from './transport/failure.ts'
import type { RetryMode } from './transport/retry.ts'

/** `conceal` removes credentials from what errors quote of a response. */
export function createFetches(
  authorizer: Authorizer,
  conceal: (text: string) => string,
): (endpoint: Endpoint, retry: RetryMode, signal: AbortSignal) => Fetch {
  return (endpoint, retry, signal) => async (method, path, accept) => {
    const { repository, verifyTls, names: certificatesOf } = endpoint
    const url = new URL(`/v2/${repository}/${path}`, endpoint.origin)
    if (endpoint.namespace !== undefined) url.searchParams.set('ns', endpoint.namespace)
    // Compressed responses are decoded, but plain ones are simpler: the digest is that of the plain bytes.
    const headers = { accept, 'accept-encoding': 'identity', 'user-agent': 'dock-lock' }
    const sendsClientCertificate = endpoint.anonymous === undefined
    const options = { verifyTls, certificatesOf, sendsClientCertificate, retry, signal }
    const { answer, authenticated } = await authorizer
      .send({ method, url, headers, ...options }, endpoint, repository)
      .catch(explainAnonymous(endpoint))
    // If both schemes are tried, https has its own attempt. A redirect would arrive there without credentials.
    if (retry !== 'full' && url.protocol === 'http:' && answer.url.origin === `https://${url.host}`)
      throw new HttpFailure('scheme', `${url.host} redirects to https`)
    if (answer.status === 200 || (method === 'HEAD' && isMethodUnknown(answer))) return answer
    // TLS servers answer plain http with 400.
    if (answer.status === 400 && endpoint.origin.startsWith('http:'))
      throw new HttpFailure('scheme', `${url.host} answered with status 400`)
    return explainAnonymous(endpoint)(registryError(endpoint, answer, authenticated, conceal))
  }
}
