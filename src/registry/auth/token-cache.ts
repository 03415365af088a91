/** What answers a challenge: a password as it is, or a token for it, which serves as long as it lives. */
import { basic, type Credentials } from '../../core/credentials.ts'
import { DockLockError } from '../../core/error.ts'
import type { Secrets } from '../../core/secrets.ts'
import { createLimiter, type Limiter } from '../../lib/limit.ts'
import { onceFor } from '../../lib/once.ts'
import type { Endpoint, Endpoints } from '../endpoints/endpoints.ts'
import type { Transport } from '../transport/transport.ts'
import type { Challenge } from './challenge.ts'
import type { AuthResult, CredentialGate } from './credential-gate.ts'
import type { Keychain } from './keychain.ts'
import { createTokenRequests, realmOf, refusedRealm, type Token, type TokenRequest } from './token.ts'

export interface TokenCache {
  /**
   * The header that answers `challenge`; undefined when we have none, or none but `rejected`.
   * @throws HttpFailure; DockLockError `unauthorized`, `denied`, `rate-limited`, `unreachable`; the reason of the signal
   */
  answerTo(
    challenge: Challenge,
    endpoint: Endpoint,
    repository: string,
    rejected?: string,
  ): Promise<Authorization | undefined>
  /** Why credentials could not be looked up, which matters where access is refused without them. */
  problem(endpoint: Endpoint, repository: string): Promise<DockLockError | undefined>
}

/** An `Authorization` header. */
export interface Authorization {
  readonly header: string
  readonly authenticated: boolean
  /** Whether it holds the credentials themselves, so that a 401 speaks of them. */
  readonly verbatim?: boolean
  /** By the clock of performance.now(). */
  readonly expires: number
}

/** What cannot be read is no reason to give up on a public image; it is told when access is refused without it. */
type CredentialLookup = { readonly credentials?: Credentials | undefined; readonly problem?: DockLockError }

/** Of one service. Making a token costs more than answering with one, and a service that many registries share counts who asks how often. */
const TOKENS_AT_ONCE = 50

/** `signal` ends token requests, which belong to no single reference. What is used of the keychain goes into `secrets`. */
export function createTokenCache(
  exchange: Transport,
  hosts: Endpoints,
  keychain: Keychain,
  { secrets, trials, signal }: { secrets: Secrets; trials: CredentialGate; signal: AbortSignal },
): TokenCache {
  const grants = new Map<string, Promise<Authorization>>()
  const requestToken = createTokenRequests(exchange, secrets.conceal)
  /** By host of the service: one that hangs keeps nobody from another. */
  const limiters = new Map<string, Limiter>()

  const lookUp = async (endpoint: Endpoint, repository: string): Promise<CredentialLookup> => {
    if (endpoint.anonymous !== undefined) return {}
    try {
      const credentials = await keychain(endpoint.registry, repository)
      if (credentials !== undefined) secrets.add(credentials)
      return { credentials }
    } catch (error) {
      if (error instanceof DockLockError && error.code === 'unauthorized') return { problem: error }
      throw error
    }
  }

  const answerTo: TokenCache['answerTo'] = async (challenge, endpoint, repository, rejected) => {
    const { credentials } = await lookUp(endpoint, repository)
    if (challenge.scheme === 'basic') {
      if (credentials === undefined || !('password' in credentials)) return undefined
      const header = `Basic ${basic(credentials)}`
      if (header === rejected) return undefined
      return { header, authenticated: true, verbatim: true, expires: Infinity }
    }
    if (credentials !== undefined && 'registryToken' in credentials) {
      const header = `Bearer ${credentials.registryToken}`
      return header === rejected ? undefined : { header, authenticated: true, expires: Infinity }
    }
    const scope = challenge.parameters.scope || `repository:${repository}:pull`
    const { realm, service } = challenge.parameters
    // A scope may be the same for all repositories where each has credentials of its own.
    const key = JSON.stringify([routeOf(endpoint), realm, service, scope, credentials])
    const current = grants.get(key)
    if (current !== undefined) {
      const grant = await current
      if (grant.header !== rejected && grant.expires > performance.now()) return grant
      if (grant.header === rejected && challenge.parameters.error === 'insufficient_scope') return undefined
      // Another caller may have renewed it while we looked.
      if (grants.get(key) === current) grants.delete(key)
    }
    const renewed = grants.get(key) ?? renew(challenge, scope, endpoint, credentials)
    grants.set(key, renewed)
    renewed.catch(() => grants.get(key) === renewed && grants.delete(key))
    return renewed
  }

  const renew = async (
    challenge: Challenge,
    scope: string,
    endpoint: Endpoint,
    credentials: TokenRequest['credentials'],
  ): Promise<Authorization> => {
    const realm = realmOf(challenge, endpoint, secrets.conceal)
    const fromAnswer = realm.host !== new URL(endpoint.origin).host
    const request = {
      realm,
      service: challenge.parameters.service,
      scope,
      credentials,
      registry: endpoint.registry,
      called: fromAnswer ? secrets.conceal(realm.host) : realm.host,
    }
    const insecure = hosts.isInsecure(realm.host)
    if (credentials !== undefined && realm.protocol === 'http:' && !insecure && !sameMachine(realm, endpoint))
      throw refusedRealm(endpoint, `is reached over plain http (${secrets.conceal(realm.host)})`)
    const verifyTls = hosts.verifiesTls(realm.host, credentials !== undefined)
    // As with the engines, what is stored for a registry holds for its token service.
    const common = {
      verifyTls,
      certificatesOf: endpoint.names,
      asClient: endpoint.anonymous === undefined && (verifyTls || insecure),
      fromAnswer,
      signal,
    }
    const limit = onceFor(limiters, realm.host, () => createLimiter(TOKENS_AT_ONCE))
    const ask = (): Promise<AuthResult<Token>> => limit(() => requestToken(request, common))
    const token =
      credentials === undefined
        ? granted(await ask())
        : await trials(`${endpoint.registry} ${JSON.stringify(credentials)}`, ask)
    secrets.add(token.text)
    const expires = performance.now() + token.lifetime * 1000
    return { header: `Bearer ${token.text}`, authenticated: credentials !== undefined, expires }
  }

  return {
    answerTo,
    problem: async (endpoint, repository) => (await lookUp(endpoint, repository)).problem,
  }
}

/** The user who declared the registry insecure has declared the way to its machine so, whatever the port. */
function sameMachine(realm: URL, { origin, verifyTls }: Endpoint): boolean {
  return !verifyTls && new URL(origin).hostname === realm.hostname
}

/** What an endpoint says by one route is not believed on another: the other may be verified, and carry credentials. */
export function routeOf({ origin, verifyTls, anonymous }: Endpoint): string {
  return `${origin} ${verifyTls} ${anonymous ?? ''}`
}

function granted(verdict: AuthResult<Token>): Token {
  if ('refusal' in verdict) throw verdict.refusal
  return verdict.value
}
