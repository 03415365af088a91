/**
 * The token service that a Bearer challenge names.
 * @see https://distribution.github.io/distribution/spec/auth/token/ and …/spec/auth/oauth/
 */
import type { Credentials } from '../core/credentials.ts'
import { DockLockError } from '../core/error.ts'
import type { Challenge } from './challenge.ts'
import type { Exchange, ExchangeAnswer, ExchangeRequest } from './exchange.ts'
import type { Endpoint } from './hosts.ts'
import { login } from './refusal.ts'

export interface TokenRequest {
  /** From {@link realmOf}. */
  readonly realm: URL
  readonly service: string | undefined
  /** `repository:library/alpine:pull`; several are separated by spaces. */
  readonly scope: string
  readonly credentials: Exclude<Credentials, { registryToken: string }> | undefined
  /** For messages. */
  readonly registry: string
}

export interface Token {
  readonly text: string
  /** Seconds; somewhat less than promised, for the request has a way to go yet. */
  readonly lifetime: number
}

/**
 * GET, with Basic where there is a password; POST for an identity token, which is an OAuth refresh token, and for a password where
 * the service knows no GET.
 * @throws HttpFailure; DockLockError `unauthorized`, `denied`, `rate-limited`, `unreachable`
 */
export async function requestToken(
  exchange: Exchange,
  { realm, service, scope, credentials, registry }: TokenRequest,
  common: Pick<ExchangeRequest, 'verifyTls' | 'certificatesOf' | 'signal'>,
): Promise<Token> {
  const fields = service === undefined ? {} : { service }
  const post = (grant: Record<string, string>): Promise<ExchangeAnswer> => {
    const body = new URLSearchParams({ ...fields, ...grant, client_id: 'dock-lock', scope }).toString()
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    return exchange({ ...common, url: realm, method: 'POST', headers, body })
  }
  const get = (): Promise<ExchangeAnswer> => {
    const url = new URL(realm)
    for (const [name, value] of Object.entries(fields)) url.searchParams.append(name, value)
    for (const each of scope.split(' ').filter(Boolean)) url.searchParams.append('scope', each)
    const authorization = credentials && 'password' in credentials ? `Basic ${basic(credentials)}` : undefined
    return exchange({ ...common, url, method: 'GET', headers: {}, authorization })
  }
  let answer: ExchangeAnswer
  if (credentials !== undefined && 'identityToken' in credentials) {
    answer = await post({ grant_type: 'refresh_token', refresh_token: credentials.identityToken })
  } else {
    answer = await get()
    const knowsNoGet = [404, 405].includes(answer.status) && answer.url.origin === realm.origin
    if (credentials !== undefined && knowsNoGet)
      answer = await post({ grant_type: 'password', ...credentials })
  }
  if (answer.status !== 200)
    throw tokenRefusal(answer.status, realm.host, registry, credentials !== undefined)
  return readToken(answer, realm)
}

/** The base64 of `user:password`. */
export function basic({
  username,
  password,
}: {
  readonly username: string
  readonly password: string
}): string {
  return Buffer.from(`${username}:${password}`).toString('base64')
}

/**
 * Where the challenge sends us.
 * @throws DockLockError `unauthorized` when that is no place for credentials
 */
export function realmOf({ parameters }: Challenge, endpoint: Endpoint): URL {
  const url = URL.canParse(parameters.realm ?? '') ? new URL(parameters.realm!) : undefined
  const refuse = (why: string): DockLockError =>
    new DockLockError(
      'unauthorized',
      `${endpoint.registry} names a token service that ${why}; nothing was sent to it`,
    )
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    throw refuse('is no http or https URL')
  if (url.protocol === 'http:' && endpoint.origin.startsWith('https:') && endpoint.verifyTls)
    throw refuse(`is reached over plain http (${url.host})`)
  url.hash = ''
  return url
}

function tokenRefusal(status: number, host: string, registry: string, authenticated: boolean): DockLockError {
  if (status === 429)
    return new DockLockError('rate-limited', `${host} limits requests for tokens`, {
      hint: authenticated
        ? 'Try again later.'
        : `Try again later, or ${login(registry)}: that may raise the limit.`,
    })
  if (status >= 500 || status === 408)
    return new DockLockError(
      'unreachable',
      `${host}, which gives the tokens for ${registry}, answered with status ${status}`,
    )
  if (status === 403 && authenticated)
    return new DockLockError('denied', `${host} gives us no token to pull it from ${registry} (403)`, {
      hint: 'Ask its owner for the right to pull it.',
    })
  return new DockLockError(
    'unauthorized',
    authenticated
      ? `${host} refused the credentials that are stored for ${registry} (${status})`
      : `${host} gives no token for ${registry} to somebody without credentials (${status})`,
    { hint: authenticated ? `To renew them, ${login(registry)}.` : `To have some, ${login(registry)}.` },
  )
}

function readToken({ body }: ExchangeAnswer, { host }: URL): Token {
  let answer: { token?: unknown; access_token?: unknown; expires_in?: unknown } = {}
  try {
    answer = (JSON.parse(body.toString()) as typeof answer | null) ?? {}
  } catch {
    // Said below.
  }
  const token = [answer.token, answer.access_token].find(
    text => typeof text === 'string' && /^[\x21-\x7e]+$/.test(text),
  )
  if (token === undefined) throw new DockLockError('unreachable', `${host} answered without a token`)
  const { expires_in: promised } = answer
  const lifetime = typeof promised === 'number' && promised > 0 ? promised : 60
  return { text: String(token), lifetime: lifetime - Math.min(10, lifetime / 10) }
}
