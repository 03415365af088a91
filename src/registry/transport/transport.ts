/** HTTP with retries, redirects and a per-host circuit breaker. */
import type { Endpoints } from '../endpoints/endpoints.ts'
import { createCircuitBreaker } from './circuit-breaker.ts'
import { createRedirects } from './redirect.ts'
import type { Http, HttpRequest } from './request.ts'
import type { HttpResponse } from './response.ts'
import { createRetries, type RetryMode } from './retry.ts'

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

/** `conceal` removes credentials from what errors quote of a response. */
export function createTransport(
  http: Http,
  endpoints: Pick<Endpoints, 'verifiesTls'>,
  conceal: (text: string) => string = text => text,
): Transport {
  return createRedirects(createRetries(createCircuitBreaker(http)), endpoints, conceal)
}
