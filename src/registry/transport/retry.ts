/** Repeats requests that fail for a reason that may pass. */
import { backoff, type RetryOutcome, retry as retryUntil, wait } from '../../lib/retry.ts'
import { type CircuitBreaker, hostKey } from './circuit-breaker.ts'
import { type FailureKind, HttpFailure } from './failure.ts'
import type { HttpRequest } from './request.ts'
import type { HttpResponse } from './response.ts'
import { retryAfter } from './retry-after.ts'

/**
 * How often a request is sent if its connection breaks. `full`: until all attempts are used. `once`: a single attempt, because another
 * scheme is tried next. `remaining`: the attempts that are left after `once`.
 */
export type RetryMode = 'full' | 'once' | 'remaining'

/** @throws HttpFailure, or the reason of the signal */
export type SendWithRetries = (request: HttpRequest, mode: RetryMode) => Promise<HttpResponse>

/** If one request in ten fails, one in a hundred thousand fails five times. */
const ATTEMPTS = 5
/** Milliseconds before the first retry. The pause doubles each time, and stays short because a person is waiting. */
const PAUSE = 150
/** The longest Retry-After that is respected, in milliseconds. With a longer one, the response is final. */
const RETRY_AFTER_MAX = 5_000

const RETRYABLE_FAILURES = new Set<FailureKind>([
  'broken',
  'refused',
  'unresolved',
  'connect-timeout',
  'answer-timeout',
  'body-timeout',
  'share',
])
const RETRYABLE_STATUSES = new Set([408, 429, 500, 502, 503, 504])

export function createRetries(breaker: CircuitBreaker): SendWithRetries {
  /** Hosts that answered all attempts of a request with errors. Later requests to them are sent once. */
  const failingHosts = new Set<string>()
  const succeededAt = new Map<string, number>()

  const isFinalFailure = (request: HttpRequest, error: unknown, mode: RetryMode): boolean => {
    if (!(error instanceof HttpFailure) || !RETRYABLE_FAILURES.has(error.kind)) return true
    return breaker.isOpen(request) || (mode === 'once' && error.kind === 'broken')
  }

  return async (request, mode) => {
    const host = hostKey(request.url)
    const start = performance.now()
    const pauseAfter = (outcome: RetryOutcome<HttpResponse>, attempt: number): number | undefined => {
      const isLast = attempt === ATTEMPTS
      const pause = backoff(attempt, PAUSE)
      if (!outcome.ok) return isLast || isFinalFailure(request, outcome.error, mode) ? undefined : pause
      const { status, headers } = outcome.value
      if (!RETRYABLE_STATUSES.has(status)) {
        succeededAt.set(host, performance.now())
        failingHosts.delete(host)
        return undefined
      }
      const asked = retryAfter(headers['retry-after'])
      if (isLast && (succeededAt.get(host) ?? -1) < start) failingHosts.add(host)
      return isLast || failingHosts.has(host) || asked > RETRY_AFTER_MAX ? undefined : Math.max(pause, asked)
    }
    if (mode === 'remaining') await wait(backoff(1, PAUSE), request.signal)
    const from = mode === 'remaining' ? 2 : 1
    return retryUntil(attempt => breaker.send(request, attempt), { signal: request.signal, pauseAfter, from })
  }
}
