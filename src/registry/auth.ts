/**
 * The dialogue that opens a registry: a challenge, a token or a password, and the request again.
 * @see https://distribution.github.io/distribution/spec/auth/token/ and …/spec/auth/oauth/
 */
import { type Credentials, secretOf } from '../core/credentials.ts'
import { DockLockError } from '../core/error.ts'
import { type Challenge, parseChallenges } from './challenge.ts'
import type { Exchange, ExchangeAnswer, ExchangeRequest } from './exchange.ts'
import type { Endpoint, Hosts } from './hosts.ts'
import type { Keychain } from './keychain.ts'
import { login } from './refusal.ts'
import { abortable } from './signals.ts'
import { basic, realmOf, requestToken, type Token, type TokenRequest } from './token.ts'
import { createTrials, type Verdict } from './trials.ts'
import { createTurns } from './turns.ts'

export interface Authorizer {
  /**
   * The answer to `request`, with whatever credentials the endpoint wants and we have.
   * @throws HttpFailure; DockLockError `unauthorized`, `denied`, `rate-limited`, `config`; the reason of the signal
   */
  send(request: ExchangeRequest, endpoint: Endpoint, repository: string): Promise<Authorized>
  /** `text` without the passwords and tokens that have been used: a registry may send them back in its messages. */
  conceal(text: string): string
}

export interface Authorized {
  readonly answer: ExchangeAnswer
  /** Whether it was asked in somebody's name; a token for everybody does not count. */
  readonly authenticated: boolean
}

/** An `Authorization` header. */
interface Grant {
  readonly header: string
  readonly authenticated: boolean
  /** Whether it holds the credentials themselves, so that a 401 speaks of them. */
  readonly verbatim?: boolean
  /** By the clock of performance.now(). */
  readonly expires: number
}

/** A helper that failed is no reason to give up on a public image; it is told when access is refused without it. */
type Lookup = { readonly credentials?: Credentials | undefined; readonly problem?: DockLockError }

/** Making a token costs more than answering with one, and a service that many registries share counts who asks how often. */
const TOKENS_AT_ONCE = 50

/** `signal` ends token requests, which belong to no single reference. */
export function createAuthorizer(
  exchange: Exchange,
  hosts: Hosts,
  keychain: Keychain,
  signal: AbortSignal,
): Authorizer {
  /** By origin, what the endpoint asked for last: the next repository need not be refused first. */
  const challenges = new Map<string, Challenge>()
  const grants = new Map<string, Promise<Grant>>()
  /** By origin, the first request over TLS. */
  const scouts = new Map<string, Promise<unknown>>()
  const secrets = new Set<string>()
  const trials = createTrials()
  const turn = createTurns(TOKENS_AT_ONCE)

  const lookUp = async (endpoint: Endpoint, repository: string): Promise<Lookup> => {
    try {
      const credentials = await keychain(endpoint.registry, repository)
      if (credentials !== undefined) {
        secrets.add(secretOf(credentials))
        if ('password' in credentials) secrets.add(basic(credentials))
      }
      return { credentials }
    } catch (error) {
      if (error instanceof DockLockError && error.code === 'unauthorized') return { problem: error }
      throw error
    }
  }

  /** The header that answers `challenge`; undefined when we have none, or none but `rejected`. */
  const answerTo = async (
    challenge: Challenge,
    endpoint: Endpoint,
    repository: string,
    rejected?: string,
  ): Promise<Grant | undefined> => {
    if (challenge.scheme === 'basic') {
      const { credentials } = await lookUp(endpoint, repository)
      if (credentials === undefined || !('password' in credentials)) return undefined
      const header = `Basic ${basic(credentials)}`
      if (header === rejected) return undefined
      return { header, authenticated: true, verbatim: true, expires: Infinity }
    }
    const { credentials } = await lookUp(endpoint, repository)
    if (credentials !== undefined && 'registryToken' in credentials) {
      const header = `Bearer ${credentials.registryToken}`
      return header === rejected ? undefined : { header, authenticated: true, expires: Infinity }
    }
    const scope = challenge.parameters.scope ?? `repository:${repository}:pull`
    const key = [endpoint.origin, challenge.parameters.realm, challenge.parameters.service, scope].join(' ')
    const current = grants.get(key)
    if (current !== undefined) {
      const grant = await current
      if (grant.header !== rejected && grant.expires > performance.now()) return grant
      if (grant.header === rejected && challenge.parameters.error === 'insufficient_scope') return undefined
      // Another caller may have renewed it while we looked.
      if (grants.get(key) === current) grants.delete(key)
    }
    const renewed = grants.get(key) ?? renew(challenge, scope, endpoint, credentials, repository)
    grants.set(key, renewed)
    renewed.catch(() => grants.get(key) === renewed && grants.delete(key))
    return renewed
  }

  const renew = async (
    challenge: Challenge,
    scope: string,
    endpoint: Endpoint,
    credentials: TokenRequest['credentials'],
    repository: string,
  ): Promise<Grant> => {
    const realm = realmOf(challenge, endpoint)
    const request = {
      realm,
      service: challenge.parameters.service,
      scope,
      credentials,
      registry: endpoint.registry,
    }
    // As with the engines, what is stored for a registry holds for its token service.
    const common = { verifyTls: !hosts.isInsecure(realm.host), certificatesOf: endpoint.names, signal }
    const asked = (): Promise<Verdict<Token>> =>
      turn(() => requestToken(exchange, request, common)).then(
        value => ({ value }),
        (error: unknown) => {
          if (error instanceof DockLockError && error.code === 'unauthorized') return { refusal: error }
          throw error
        },
      )
    let token: Token
    if (credentials !== undefined) {
      token = await trials(`${endpoint.registry} ${JSON.stringify(credentials)}`, asked)
    } else {
      const verdict = await asked()
      if ('refusal' in verdict) throw (await lookUp(endpoint, repository)).problem ?? verdict.refusal
      token = verdict.value
    }
    secrets.add(token.text)
    const expires = performance.now() + token.lifetime * 1000
    return { header: `Bearer ${token.text}`, authenticated: credentials !== undefined, expires }
  }

  /**
   * Over TLS the first request to a host goes alone. From its answer the others know whether a token is needed, or that the host
   * is down, and can resume its TLS session. Plain http has nothing of this to save.
   */
  const afterScout = async <T>(request: ExchangeRequest, send: () => Promise<T>): Promise<T> => {
    const { origin, protocol } = request.url
    const scout = scouts.get(origin)
    if (scout !== undefined) await abortable(scout, request.signal)
    if (scout !== undefined || protocol === 'http:') return send()
    const sent = send()
    scouts.set(
      origin,
      sent.catch(() => undefined),
    )
    return sent
  }

  return {
    async send(request, endpoint, repository) {
      const { origin } = request.url
      const grantFor = (challenge: Challenge, rejected?: string): Promise<Grant | undefined> =>
        abortable(answerTo(challenge, endpoint, repository, rejected), request.signal)
      const sendWith = async (grant: Grant | undefined): Promise<Authorized> => {
        const answer = await exchange({ ...request, authorization: grant?.header })
        return { answer, authenticated: grant?.authenticated ?? false }
      }
      const ask = async (grant: Grant | undefined): Promise<Authorized> => {
        if (grant?.verbatim !== true) return sendWith(grant)
        const trial = trials(`${endpoint.registry} ${grant.header}`, async () => {
          const value = await sendWith(grant)
          const refused = value.answer.status === 401 && value.answer.url.origin === origin
          return refused ? { refusal: refusedCredentials(endpoint) } : { value }
        })
        return abortable(trial, request.signal)
      }

      let grant: Grant | undefined
      const first = await afterScout(request, async () => {
        const known = challenges.get(origin)
        grant = known && (await grantFor({ ...known, parameters: withoutRepository(known.parameters) }))
        return ask(grant)
      })
      // A challenge from where we were redirected to is not the registry's: its credentials are none of that host's business.
      if (first.answer.status !== 401 || first.answer.url.origin !== origin) return first
      const challenge = choose(first.answer.headers['www-authenticate'] ?? '')
      if (challenge === undefined) return first
      challenges.set(origin, challenge)
      const next = await grantFor(challenge, grant?.header)
      const second = next === undefined ? first : await ask(next)
      if (second.answer.status === 401 || second.answer.status === 403) {
        const { problem } = await lookUp(endpoint, repository)
        if (problem !== undefined) throw problem
      }
      return second
    },
    conceal(text) {
      let result = text
      for (const secret of secrets) if (secret.length >= 4) result = result.replaceAll(secret, '***')
      return result
    },
  }
}

function refusedCredentials({ registry }: Endpoint): DockLockError {
  return new DockLockError(
    'unauthorized',
    `${registry} refused the credentials that are stored for it (401)`,
    {
      hint: `To renew them, ${login(registry)}.`,
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
