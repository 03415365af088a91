/**
 * Authorizes requests to a registry: reads its challenge, gets a token or a password, and sends the request again.
 * @see https://distribution.github.io/distribution/spec/auth/token/ and …/spec/auth/oauth/
 */
import { DockLockError } from '../../core/error.ts'
import { createSecrets, type Secrets } from '../../core/secrets.ts'
import type { Endpoint, Endpoints } from '../endpoints/endpoints.ts'
import { loginAdvice } from '../registry-error.ts'
import { abortable } from '../transport/deadline.ts'
import type { Transport, TransportRequest, TransportResponse } from '../transport/transport.ts'
import { type Challenge, chooseChallenge, withoutRepository } from './challenge.ts'
import { createCredentialGate } from './credential-gate.ts'
import type { Keychain } from './keychain.ts'
import { type Authorization, createTokenCache, routeOf } from './token-cache.ts'

export interface Authorizer {
  /**
   * Sends `request` with the credentials that the endpoint asks for, if there are any.
   * @throws HttpFailure; DockLockError `unauthorized`, `denied`, `rate-limited`, `config`; the reason of the signal
   */
  send(request: TransportRequest, endpoint: Endpoint, repository: string): Promise<Authorized>
}

export interface Authorized {
  readonly answer: TransportResponse
  /** Whether credentials were used. An anonymous token does not count. */
  readonly authenticated: boolean
}

/** A registry may ask for a wider scope once it has seen a token. A registry that never stops asking must not keep us busy. */
const CHALLENGES_MAX = 3

/** `signal` ends token requests, which are shared by several references. Credentials that are used are added to `secrets`. */
export function createAuthorizer(
  transport: Transport,
  endpoints: Endpoints,
  keychain: Keychain,
  signal: AbortSignal,
  secrets: Secrets = createSecrets(),
): Authorizer {
  /** The last challenge by route. The next repository is then authorized without a 401 of its own. */
  const challenges = new Map<string, Challenge>()
  /** The first request over TLS, by origin. */
  const firstRequests = new Map<string, Promise<unknown>>()
  const gate = createCredentialGate()
  const tokens = createTokenCache(transport, endpoints, keychain, { secrets, gate, signal })

  /**
   * Over TLS, the first request to a host is sent alone. Its answer shows whether a token is needed or the host is down, and later
   * requests can resume the TLS session. Plain http gains nothing from this.
   */
  const afterFirstRequest = async <T>(request: TransportRequest, send: () => Promise<T>): Promise<T> => {
    const { origin, protocol } = request.url
    const first = firstRequests.get(origin)
    if (first !== undefined) await abortable(first, request.signal)
    if (first !== undefined || protocol === 'http:') return send()
    const sent = send()
    firstRequests.set(
      origin,
      sent.catch(() => undefined),
    )
    return sent
  }

  const sendWith = async (
    request: TransportRequest,
    authorization: Authorization | undefined,
  ): Promise<Authorized> => {
    const answer = await transport({ ...request, authorization: authorization?.header })
    return { answer, authenticated: authorization?.authenticated ?? false }
  }

  const sendGated = async (
    request: TransportRequest,
    endpoint: Endpoint,
    authorization: Authorization | undefined,
  ): Promise<Authorized> => {
    if (authorization?.holdsCredentials !== true) return sendWith(request, authorization)
    const sent = gate(`${endpoint.registry} ${authorization.header}`, async () => {
      const value = await sendWith(request, authorization)
      const { status, url } = value.answer
      if (status === 401 && url.origin === request.url.origin)
        return { rejection: rejectedCredentials(endpoint) }
      return { value, inconclusive: !ACCEPTED.has(status) }
    })
    return abortable(sent, request.signal)
  }

  /** A host that a redirect leads to may want a token of its own. It gets an anonymous one, never the registry's credentials. */
  const answerRedirectTarget = async (
    request: TransportRequest,
    redirected: Authorized,
    repository: string,
  ): Promise<Authorized> => {
    const { url, headers } = redirected.answer
    const challenge = chooseChallenge(headers['www-authenticate'] ?? '')
    if (challenge?.scheme !== 'bearer') return redirected
    const verifyTls = endpoints.verifiesTls(url.host, true)
    const registry = secrets.conceal(url.host)
    const target: Endpoint = { origin: url.origin, registry, names: [url.host], verifyTls, repository }
    try {
      const token = tokens.answerTo(challenge, target, repository, { anonymous: true })
      const authorization = await abortable(token, request.signal)
      const direct = { ...request, url, verifyTls, sendsClientCertificate: false, urlFromResponse: true }
      const { answer } = await sendWith(direct, authorization)
      return { answer, authenticated: redirected.authenticated }
    } catch (error) {
      if (isAccessError(error)) return redirected
      throw error
    }
  }

  const sendAuthorized: Authorizer['send'] = async (request, endpoint, repository) => {
    const { origin } = request.url
    const route = routeOf(endpoint)
    let authorization: Authorization | undefined
    const authorize = async (challenge: Challenge): Promise<Authorization | undefined> => {
      const rejected = authorization?.header
      return abortable(tokens.answerTo(challenge, endpoint, repository, { rejected }), request.signal)
    }

    let sent = await afterFirstRequest(request, async () => {
      const known = challenges.get(route)
      try {
        authorization =
          known && (await authorize({ ...known, parameters: withoutRepository(known.parameters) }))
        return await sendGated(request, endpoint, authorization)
      } catch (error) {
        // The challenge was for another repository. This one may be public.
        if (!isAccessError(error)) throw error
        const anonymous = await sendWith(request, undefined)
        if (anonymous.answer.status === 401) throw error
        return anonymous
      }
    })
    const answered = new Set<string>()
    while (sent.answer.status === 401 && answered.size < CHALLENGES_MAX) {
      if (sent.answer.url.origin !== origin) return answerRedirectTarget(request, sent, repository)
      const challenge = chooseChallenge(sent.answer.headers['www-authenticate'] ?? '')
      const { error: _, ...asked } = challenge?.parameters ?? {}
      const key = JSON.stringify([challenge?.scheme, asked])
      if (challenge === undefined || answered.has(key)) return sent
      answered.add(key)
      challenges.set(route, challenge)
      const next = await authorize(challenge)
      if (next === undefined) return sent
      authorization = next
      sent = await sendGated(request, endpoint, next)
    }
    return sent
  }

  return {
    async send(request, endpoint, repository) {
      let sent: Authorized | undefined
      let failure: unknown
      try {
        sent = await sendAuthorized(request, endpoint, repository)
        if ((sent.answer.status !== 401 && sent.answer.status !== 403) || !challenges.has(routeOf(endpoint)))
          return sent
      } catch (error) {
        if (!isAccessError(error)) throw error
        failure = error
      }
      const problem = await abortable(tokens.lookUpProblem(endpoint, repository), request.signal)
      if (problem !== undefined) throw problem
      if (sent === undefined) throw failure
      return sent
    },
  }
}

/** Statuses that prove credentials were accepted. 403 and 5xx prove nothing. */
const ACCEPTED = new Set([200, 404, 405, 501])

function isAccessError(error: unknown): error is DockLockError {
  return error instanceof DockLockError && (error.code === 'unauthorized' || error.code === 'denied')
}

function rejectedCredentials({ registry }: Endpoint): DockLockError {
  return new DockLockError(
    'unauthorized',
    `${registry} refused the credentials that are stored for it (401)`,
    {
      hint: `To renew them, ${loginAdvice(registry)}`,
    },
  )
}
