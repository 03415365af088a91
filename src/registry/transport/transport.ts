/** A request and its answer with patience and caution: repeats what may pass, follows redirects, and leaves hosts alone that are down. */
import { backoff, type RetryOutcome, retry, wait } from '../../lib/retry.ts'
import type { Endpoints } from '../endpoints/endpoints.ts'
import { type FailureKind, HttpFailure } from './failure.ts'
import type { Http, HttpRequest } from './request.ts'
import type { HttpResponse } from './response.ts'
import { retryAfter } from './retry-after.ts'

export interface TransportRequest extends HttpRequest {
  /** Goes to the origin of `url` alone, not to where that redirects. */
  readonly authorization?: string | undefined
  readonly patience?: RetryMode
}

/** When a connection breaks: `first` leaves it at that, `rest` is for who comes back and makes the attempts that remain. */
export type RetryMode = 'all' | 'first' | 'rest'

export interface TransportResponse extends HttpResponse {
  /** Where the answer came from in the end. */
  readonly url: URL
}

/** @throws HttpFailure, or the reason of the signal */
export type Transport = (request: TransportRequest) => Promise<TransportResponse>

/** With one request in ten failing, one in a hundred thousand fails five times. */
const ATTEMPTS = 5
/** Where nobody gets an answer at all: enough for a registry that is just being restarted, and still fast. */
const ATTEMPTS_UNANSWERED = 3
const REDIRECTS = 5
/** Milliseconds before the first repetition; it doubles. A person is waiting. */
const PAUSE = 150
/** Milliseconds that a registry may make us wait by Retry-After; when it asks for more, its answer stands. */
const PAUSE_MAX = 5_000

/** `conceal` takes credentials out of what came from outside. */
export function createTransport(
  http: Http,
  hosts: Endpoints,
  conceal: (text: string) => string = text => text,
): Transport {
  /** What ended the talk with a host, until it answers after all: by `host:port`, or by {@link poolKeyOf} where that alone is concerned. */
  const down = new Map<string, HttpFailure>()
  /** Hosts that had only errors to offer to somebody who asked {@link ATTEMPTS} times. They are asked once for each request. */
  const failingHosts = new Set<string>()
  const answeredAt = new Map<string, number>()
  const servedAt = new Map<string, number>()

  const attempt = async (request: HttpRequest, count: number): Promise<HttpResponse> => {
    const way = poolKeyOf(request)
    const host = hostOf(request.url)
    const known = down.get(host) ?? down.get(way)
    if (known !== undefined) throw known
    const start = performance.now()
    try {
      const answer = await http.send(request)
      answeredAt.set(host, performance.now())
      down.delete(host)
      return answer
    } catch (error) {
      // A host that answers others meanwhile is not down: this was bad luck.
      if (error instanceof HttpFailure && (answeredAt.get(host) ?? -1) < start) {
        const never = !answeredAt.has(host)
        const last = count >= ATTEMPTS_UNANSWERED
        if (ofTheScheme.has(error.kind) || (error.kind === 'broken' && never && last)) down.set(way, error)
        if (fast.has(error.kind) && last) down.set(host, error)
        if (slow.has(error.kind) && (never || count > 1)) down.set(host, error)
      }
      throw error
    }
  }

  const withRetries = async (request: HttpRequest, patience: RetryMode): Promise<HttpResponse> => {
    const host = hostOf(request.url)
    const start = performance.now()
    const pauseAfter = (outcome: RetryOutcome<HttpResponse>, count: number): number | undefined => {
      const pause = backoff(count, PAUSE)
      if (!outcome.ok) {
        const { error } = outcome
        const repeatable = error instanceof HttpFailure && isPassing(error)
        const gone = down.has(host) || down.has(poolKeyOf(request))
        const enough = patience === 'first' && error instanceof HttpFailure && error.kind === 'broken'
        return count === ATTEMPTS || !repeatable || gone || enough ? undefined : pause
      }
      const { status, headers } = outcome.value
      if (!RETRYABLE.has(status)) {
        servedAt.set(host, performance.now())
        failingHosts.delete(host)
        return undefined
      }
      const asked = retryAfter(headers['retry-after'])
      if (count === ATTEMPTS && (servedAt.get(host) ?? -1) < start) failingHosts.add(host)
      return count === ATTEMPTS || failingHosts.has(host) || asked > PAUSE_MAX
        ? undefined
        : Math.max(pause, asked)
    }
    const from = patience === 'rest' ? 2 : 1
    return retry(count => attempt(request, count), { signal: request.signal, pauseAfter, from })
  }

  return async ({ authorization, patience = 'all', ...request }) => {
    if (patience === 'rest') await wait(backoff(1, PAUSE), request.signal)
    let { url, verifyTls, asClient = true, fromAnswer = false } = request
    let credentials = authorization
    let first: string | undefined
    for (let hops = 0; ; hops++) {
      const headers = { ...request.headers, ...(credentials !== undefined && { authorization: credentials }) }
      const sent = { ...request, url, verifyTls, asClient, fromAnswer, headers }
      const answer = await withRetries(sent, hops === 0 ? patience : 'all')
      const { location } = answer.headers
      if (!redirects.has(answer.status) || location === undefined) return { ...answer, url }
      const called = fromAnswer ? conceal(url.host) : url.host
      first ??= called
      if (hops === REDIRECTS)
        throw new HttpFailure('redirect', `${first} redirects more than ${REDIRECTS} times`)
      const target = redirectTarget(location, url, called, conceal)
      // Its body holds credentials, and only these two statuses leave it as it is.
      const stays = target.origin === url.origin && [307, 308].includes(answer.status)
      if (request.method === 'POST' && !stays)
        throw new HttpFailure('redirect', `${called} redirects a request that holds credentials`)
      if (target.origin !== url.origin) {
        credentials = undefined
        asClient = false
        // A redirect may hold in its URL what only somebody with credentials, or with a client certificate, is told.
        const asSomebody = authorization !== undefined || request.asClient !== false
        verifyTls = hosts.verifiesTls(target.host, asSomebody)
      }
      url = target
      fromAnswer = true
    }
  }
}

/** Failures that speak of the host as one scheme reaches it. */
const ofTheScheme = new Set<FailureKind>(['tls', 'proxy'])
/** Failures that speak of the host: those that come at once, and those that somebody has waited for long enough. */
const fast = new Set<FailureKind>(['refused', 'unresolved'])
const slow = new Set<FailureKind>(['connect-timeout', 'answer-timeout', 'body-timeout', 'share'])

function isPassing({ kind }: HttpFailure): boolean {
  return kind === 'broken' || fast.has(kind) || slow.has(kind)
}

const RETRYABLE = new Set([408, 429, 500, 502, 503, 504])
const redirects = new Set([301, 302, 303, 307, 308])

/** The scheme of a host, and whether its certificate counts. */
function poolKeyOf({ url, verifyTls }: HttpRequest): string {
  return `${url.origin} ${verifyTls}`
}

/** With the port, also where it is the scheme's own. */
function hostOf({ hostname, port, protocol }: URL): string {
  return `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`
}

/** `called`: as messages call the host. */
function redirectTarget(location: string, from: URL, called: string, conceal: (text: string) => string): URL {
  const target = URL.canParse(location, from.href) ? new URL(location, from) : undefined
  if (
    target === undefined ||
    !/^https?:$/.test(target.protocol) ||
    target.username !== '' ||
    target.password !== ''
  )
    throw new HttpFailure('redirect', `${called} redirects to something that is no plain http or https URL`)
  if (from.protocol === 'https:' && target.protocol === 'http:')
    throw new HttpFailure(
      'redirect',
      `${called} redirects from https to plain http (${conceal(target.host)})`,
    )
  return target
}
