/** Stops sending requests to a host that does not answer, so that many images do not each wait for a timeout. */
import { type FailureKind, HttpFailure } from './failure.ts'
import type { Http, HttpRequest } from './request.ts'
import type { HttpResponse } from './response.ts'

export interface CircuitBreaker {
  /**
   * Sends the request. `attempt` counts from 1.
   * @throws HttpFailure, at once if the circuit is open; or the reason of the signal
   */
  send(request: HttpRequest, attempt: number): Promise<HttpResponse>
  /** Whether requests to the host of `request` fail at once. */
  isOpen(request: HttpRequest): boolean
}

/** Failed attempts that open the circuit of a host that fails fast. Enough for a registry that is being restarted. */
const FAST_FAILURES_MAX = 3

/** Failures of one scheme of a host. */
const SCHEME_FAILURES = new Set<FailureKind>(['tls', 'proxy'])
/** Failures of a host that come at once. */
const FAST_FAILURES = new Set<FailureKind>(['refused', 'unresolved'])
/** Failures of a host that took a long wait. */
const SLOW_FAILURES = new Set<FailureKind>(['connect-timeout', 'answer-timeout', 'body-timeout', 'share'])

export function createCircuitBreaker(http: Http): CircuitBreaker {
  /** Open circuits: the last failure, by `host:port` or by host, scheme and TLS mode. */
  const open = new Map<string, HttpFailure>()
  const answeredAt = new Map<string, number>()

  const openCircuit = (request: HttpRequest, failure: HttpFailure, attempt: number): void => {
    const host = hostKey(request.url)
    const { kind } = failure
    const hasAnswered = answeredAt.has(host)
    const isLast = attempt >= FAST_FAILURES_MAX
    if (SCHEME_FAILURES.has(kind) || (kind === 'broken' && !hasAnswered && isLast))
      open.set(routeKey(request), failure)
    if (FAST_FAILURES.has(kind) && isLast) open.set(host, failure)
    if (SLOW_FAILURES.has(kind) && (!hasAnswered || attempt > 1)) open.set(host, failure)
  }

  return {
    async send(request, attempt) {
      const host = hostKey(request.url)
      const known = open.get(host) ?? open.get(routeKey(request))
      if (known !== undefined) throw known
      const start = performance.now()
      try {
        const answer = await http.send(request)
        answeredAt.set(host, performance.now())
        open.delete(host)
        return answer
      } catch (error) {
        // If the host answered another request in the meantime, it is not down.
        const answeredSince = (answeredAt.get(host) ?? -1) >= start
        if (error instanceof HttpFailure && !answeredSince) openCircuit(request, error, attempt)
        throw error
      }
    },
    isOpen: request => open.has(hostKey(request.url)) || open.has(routeKey(request)),
  }
}

/** A scheme of a host, and whether its certificate is verified. */
function routeKey({ url, verifyTls }: HttpRequest): string {
  return `${url.origin} ${verifyTls}`
}

/** Always with the port, also if it is the default of the scheme. */
export function hostKey({ hostname, port, protocol }: URL): string {
  return `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`
}
