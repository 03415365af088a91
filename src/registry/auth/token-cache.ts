/** Answers challenges: with the password itself, or with a token, which is kept until it expires. */
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
import { createTokenRequests, realmOf, type Token, type TokenRequest, unusableRealm } from './token.ts'

export interface TokenCache {
  /**
   * The header that answers `challenge`; undefined if there is none other than `rejected`. `anonymous`: without stored credentials.
   * @throws HttpFailure; DockLockError `unauthorized`, `denied`, `rate-limited`, `unreachable`; the reason of the signal
   */
  answerTo(
    challenge: Challenge,
    endpoint: Endpoint,
    repository: string,
    options?: { readonly rejected?: string | undefined; readonly anonymous?: boolean },
  ): Promise<Authorization | undefined>
  /** Why credentials could not be looked up. It matters only if access is denied without them. */
  lookUpProblem(endpoint: Endpoint, repository: string): Promise<DockLockError | undefined>
}

/** An `Authorization` header. */
export interface Authorization {
  readonly header: string
  readonly authenticated: boolean
  /** The header contains the credentials themselves, so a 401 rejects them. */
  readonly holdsCredentials?: boolean
  /** By the clock of performance.now(). */
  readonly expires: number
}

/** A public image needs no credentials, so a problem is reported only if access is denied. */
type CredentialLookup = { readonly credentials?: Credentials | undefined; readonly problem?: DockLockError }

/** Token requests to one service at a time. A token costs the service more than other answers, and many registries may share it. */
const TOKENS_AT_ONCE = 50

/** `signal` ends token requests, which are shared by several references. Credentials that are used are added to `secrets`. */
export function createTokenCache(
  transport: Transport,
  endpoints: Endpoints,
  keychain: Keychain,
  { secrets, gate, signal }: { secrets: Secrets; gate: CredentialGate; signal: AbortSignal },
): TokenCache {
  const authorizations = new Map<string, Promise<Authorization>>()
  const requestToken = createTokenRequests(transport, secrets.conceal)
  /** One limiter for each host, so that a service that hangs does not block the others. */
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

  const answerTo: TokenCache['answerTo'] = async (challenge, endpoint, repository, options = {}) => {
    const { rejected, anonymous = false } = options
    const { credentials } = anonymous ? {} : await lookUp(endpoint, repository)
    if (challenge.scheme === 'basic') {
      if (credentials === undefined || !('password' in credentials)) return undefined
      const header = `Basic ${basic(credentials)}`
      if (header === rejected) return undefined
      return { header, authenticated: true, holdsCredentials: true, expires: Infinity }
    }
    if (credentials !== undefined && 'registryToken' in credentials) {
      const header = `Bearer ${credentials.registryToken}`
      return header === rejected ? undefined : { header, authenticated: true, expires: Infinity }
    }
    const scope = challenge.parameters.scope || `repository:${repository}:pull`
    const { realm, service } = challenge.parameters
    // Repositories may share a scope but have different credentials.
    const key = JSON.stringify([routeOf(endpoint), anonymous, realm, service, scope, credentials])
    const current = authorizations.get(key)
    if (current !== undefined) {
      const authorization = await current
      if (authorization.header !== rejected && authorization.expires > performance.now()) return authorization
      if (authorization.header === rejected && challenge.parameters.error === 'insufficient_scope')
        return undefined
      // Another caller may have renewed it in the meantime.
      if (authorizations.get(key) === current) authorizations.delete(key)
    }
    const isAnonymous = anonymous || endpoint.anonymous !== undefined
    const renewed = authorizations.get(key) ?? renew({ challenge, scope, endpoint, credentials, isAnonymous })
    authorizations.set(key, renewed)
    renewed.catch(() => authorizations.get(key) === renewed && authorizations.delete(key))
    return renewed
  }

  const renew = async ({
    challenge,
    scope,
    endpoint,
    credentials,
    isAnonymous,
  }: {
    readonly challenge: Challenge
    readonly scope: string
    readonly endpoint: Endpoint
    readonly credentials: TokenRequest['credentials']
    readonly isAnonymous: boolean
  }): Promise<Authorization> => {
    const realm = realmOf(challenge, endpoint, secrets.conceal)
    const urlFromResponse = realm.host !== new URL(endpoint.origin).host
    const request = {
      realm,
      service: challenge.parameters.service,
      scope,
      credentials,
      registry: endpoint.registry,
      serviceName: urlFromResponse ? secrets.conceal(realm.host) : realm.host,
    }
    const insecure = endpoints.isInsecure(realm.host)
    if (credentials !== undefined && realm.protocol === 'http:' && !insecure && !sameMachine(realm, endpoint))
      throw unusableRealm(endpoint, `uses plain http (${secrets.conceal(realm.host)})`)
    const verifyTls = endpoints.verifiesTls(realm.host, credentials !== undefined)
    // As in Docker and Podman, the certificates stored for a registry apply to its token service.
    const common = {
      verifyTls,
      certificatesOf: endpoint.names,
      sendsClientCertificate: !isAnonymous && (verifyTls || insecure),
      urlFromResponse,
      signal,
    }
    const limit = onceFor(limiters, realm.host, () => createLimiter(TOKENS_AT_ONCE))
    const send = (): Promise<AuthResult<Token>> => limit(() => requestToken(request, common))
    const token =
      credentials === undefined
        ? unwrap(await send())
        : await gate(`${endpoint.registry} ${JSON.stringify(credentials)}`, send)
    secrets.add(token.text)
    const expires = performance.now() + token.lifetime * 1000
    return { header: `Bearer ${token.text}`, authenticated: credentials !== undefined, expires }
  }

  return {
    answerTo,
    lookUpProblem: async (endpoint, repository) => (await lookUp(endpoint, repository)).problem,
  }
}

/** A user who declares a registry insecure trusts the network to its host, whatever the port. */
function sameMachine(realm: URL, { origin, verifyTls }: Endpoint): boolean {
  return !verifyTls && new URL(origin).hostname === realm.hostname
}

/** A challenge from one route is not used on another, because the other may be verified and carry credentials. */
export function routeOf({ origin, verifyTls, anonymous }: Endpoint): string {
  return `${origin} ${verifyTls} ${anonymous ?? ''}`
}

function unwrap<T>(result: AuthResult<T>): T {
  if ('rejection' in result) throw result.rejection
  return result.value
}
