/**
 * The dialogue that opens a registry: a challenge, a token or a password, and the request again.
 * @see https://distribution.github.io/distribution/spec/auth/token/ and …/spec/auth/oauth/
 */
import { DockLockError } from '../../core/error.ts'
import { createSecrets, type Secrets } from '../../core/secrets.ts'
import type { Endpoint, Endpoints } from '../endpoints/endpoints.ts'
import { loginAdvice } from '../registry-error.ts'
import { abortable } from '../transport/deadline.ts'
import type { Transport, TransportRequest, TransportResponse } from '../transport/transport.ts'
import { type Challenge, parseChallenges } from './challenge.ts'
import { createCredentialGate } from './credential-gate.ts'
import type { Keychain } from './keychain.ts'
import { type Authorization, createTokenCache, routeOf } from './token-cache.ts'

export interface Authorizer {
  /**
   * The answer to `request`, with whatever credentials the endpoint wants and we have.
   * @throws HttpFailure; DockLockError `unauthorized`, `denied`, `rate-limited`, `config`; the reason of the signal
   */
  send(request: TransportRequest, endpoint: Endpoint, repository: string): Promise<Authorized>
}

export interface Authorized {
  readonly answer: TransportResponse
  /** Whether it was asked in somebody's name; a token for everybody does not count. */
  readonly authenticated: boolean
}

/** `signal` ends token requests, which belong to no single reference. What is used of the keychain goes into `secrets`. */
export function createAuthorizer(
  exchange: Transport,
  hosts: Endpoints,
  keychain: Keychain,
  signal: AbortSignal,
  secrets: Secrets = createSecrets(),
): Authorizer {
  /** By route, what the endpoint asked for last: the next repository need not be refused first. */
  const challenges = new Map<string, Challenge>()
  /** By origin, the first request over TLS. */
  const firstRequests = new Map<string, Promise<unknown>>()
  const trials = createCredentialGate()
  const grants = createTokenCache(exchange, hosts, keychain, { secrets, trials, signal })

  /**
   * Over TLS the first request to a host goes alone. From its answer the others know whether a token is needed, or that the host
   * is down, and can resume its TLS session. Plain http has nothing of this to save.
   */
  const afterScout = async <T>(request: TransportRequest, send: () => Promise<T>): Promise<T> => {
    const { origin, protocol } = request.url
    const scout = firstRequests.get(origin)
    if (scout !== undefined) await abortable(scout, request.signal)
    if (scout !== undefined || protocol === 'http:') return send()
    const sent = send()
    firstRequests.set(
      origin,
      sent.catch(() => undefined),
    )
    return sent
  }

  const send: Authorizer['send'] = async (request, endpoint, repository) => {
    const { origin } = request.url
    const route = routeOf(endpoint)
    const grantFor = (challenge: Challenge, rejected?: string): Promise<Authorization | undefined> =>
      abortable(grants.answerTo(challenge, endpoint, repository, rejected), request.signal)
    const sendWith = async (grant: Authorization | undefined): Promise<Authorized> => {
      const answer = await exchange({ ...request, authorization: grant?.header })
      return { answer, authenticated: grant?.authenticated ?? false }
    }
    const ask = async (grant: Authorization | undefined): Promise<Authorized> => {
      if (grant?.verbatim !== true) return sendWith(grant)
      const trial = trials(`${endpoint.registry} ${grant.header}`, async () => {
        const value = await sendWith(grant)
        const { status, url } = value.answer
        if (status === 401 && url.origin === origin) return { refusal: refusedCredentials(endpoint) }
        return { value, open: !letIn.has(status) }
      })
      return abortable(trial, request.signal)
    }

    let grant: Authorization | undefined
    const first = await afterScout(request, async () => {
      const known = challenges.get(route)
      try {
        grant = known && (await grantFor({ ...known, parameters: withoutRepository(known.parameters) }))
        return await ask(grant)
      } catch (error) {
        // Another repository was challenged; this one may be public.
        if (!isRefusal(error)) throw error
        const open = await sendWith(undefined)
        if (open.answer.status === 401) throw error
        return open
      }
    })
    // A challenge from where we were redirected to is not the registry's: its credentials are none of that host's business.
    if (first.answer.status !== 401 || first.answer.url.origin !== origin) return first
    const challenge = choose(first.answer.headers['www-authenticate'] ?? '')
    if (challenge === undefined) return first
    challenges.set(route, challenge)
    const next = await grantFor(challenge, grant?.header)
    return next === undefined ? first : ask(next)
  }

  return {
    async send(request, endpoint, repository) {
      let sent: Authorized | undefined
      let refused: unknown
      try {
        sent = await send(request, endpoint, repository)
        if ((sent.answer.status !== 401 && sent.answer.status !== 403) || !challenges.has(routeOf(endpoint)))
          return sent
      } catch (error) {
        if (!isRefusal(error)) throw error
        refused = error
      }
      const problem = await abortable(grants.problem(endpoint, repository), request.signal)
      if (problem !== undefined) throw problem
      if (sent === undefined) throw refused
      return sent
    },
  }
}

/** What is answered to somebody whose credentials are good; of an error, or a refusal, nobody can tell. */
const letIn = new Set([200, 404, 405, 501])

function isRefusal(error: unknown): error is DockLockError {
  return error instanceof DockLockError && (error.code === 'unauthorized' || error.code === 'denied')
}

function refusedCredentials({ registry }: Endpoint): DockLockError {
  return new DockLockError(
    'unauthorized',
    `${registry} refused the credentials that are stored for it (401)`,
    {
      hint: `To renew them, ${loginAdvice(registry)}.`,
    },
  )
}

/** Bearer before Basic, as the engines choose. */
function choose(header: string): Challenge | undefined {
  const challenges = parseChallenges(header)
  return (
    challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters.realm !== undefined) ??
    challenges.find(({ scheme }) => scheme === 'basic')
  )
}

/** For another repository. A scope that names none is good for all: ECR Public's is `aws`. */
function withoutRepository({ realm, service, scope }: Challenge['parameters']): Challenge['parameters'] {
  return {
    ...(realm !== undefined && { realm }),
    ...(service !== undefined && { service }),
    ...(scope !== undefined && !scope.includes('repository:') && { scope }),
  }
}
