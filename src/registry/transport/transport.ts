/** HTTP with retries, redirects and a per-host circuit breaker. */
import type { Endpoints } from '../endpoints/endpoints.ts'
import { createCircuitBreaker } from './circuit-breaker.ts'
import { createRedirects, type Transport } from './redirect.ts'
import type { Http } from './request.ts'
import { createRetries } from './retry.ts'

export type { Transport, TransportRequest, TransportResponse } from './redirect.ts'

/** `conceal` removes credentials from what errors quote of a response. */
export function createTransport(
  http: Http,
  endpoints: Pick<Endpoints, 'verifiesTls'>,
  conceal: (text: string) => string = text => text,
): Transport {
  return createRedirects(createRetries(createCircuitBreaker(http)), endpoints, conceal)
}
