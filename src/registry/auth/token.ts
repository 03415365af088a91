/**
 * The token service that a Bearer challenge names.
 * @see https://distribution.github.io/distribution/spec/auth/token/ and …/spec/auth/oauth/
 */
import { basic, type Credentials } from '../../core/credentials.ts'
import { DockLockError } from '../../core/error.ts'
import type { Endpoint } from '../endpoints/endpoints.ts'
import { loginAdvice, quotedReason } from '../registry-error.ts'
import type { Transport, TransportRequest, TransportResponse } from '../transport/transport.ts'
import type { Challenge } from './challenge.ts'
import type { AuthResult } from './credential-gate.ts'

export interface TokenRequest {
  /** From {@link realmOf}. */
  readonly realm: URL
  readonly service: string | undefined
  /** `repository:library/alpine:pull`; several are separated by spaces. */
  readonly scope: string
  readonly credentials: Exclude<Credentials, { registryToken: string }> | undefined
  /** For messages: the registry, and how its token service is called. */
  readonly registry: string
  readonly called: string
}

export interface Token {
  readonly text: string
  /** Seconds; somewhat less than promised, for the request has a way to go yet. */
  readonly lifetime: number
}

/**
 * A token, or that the credentials are refused, or that nobody gets one without. What is thrown speaks of the one repository, or of
 * the service.
 * @throws HttpFailure; DockLockError `denied`, `rate-limited`, `unreachable`; `unauthorized` where the service sends us to a host
 *   that gets no credentials
 */
export type RequestToken = (
  request: TokenRequest,
  common: Pick<TransportRequest, 'verifyTls' | 'certificatesOf' | 'asClient' | 'fromAnswer' | 'signal'>,
) => Promise<AuthResult<Token>>

/**
 * GET, with Basic where there is a password; POST for an identity token, which is an OAuth refresh token, and for a password where
 * the service knows no GET. `conceal` takes the credentials out of what a service says.
 */
export function createTokenRequests(exchange: Transport, conceal: (text: string) => string): RequestToken {
  /** Services that know no POST either: what they said to GET was about the repository. */
  const onlyGet = new Set<string>()

  return async (request, common) => {
    const { realm, service, scope, credentials } = request
    const fields = service === undefined ? {} : { service }
    const post = (grant: Record<string, string>): Promise<TransportResponse> => {
      const body = new URLSearchParams({ ...fields, ...grant, client_id: 'dock-lock', scope }).toString()
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      return exchange({ ...common, url: realm, method: 'POST', headers, body })
    }
    const get = (): Promise<TransportResponse> => {
      const url = new URL(realm)
      for (const [name, value] of Object.entries(fields)) url.searchParams.append(name, value)
      for (const each of scope.split(' ').filter(Boolean)) url.searchParams.append('scope', each)
      const authorization =
        credentials && 'password' in credentials ? `Basic ${basic(credentials)}` : undefined
      return exchange({ ...common, url, method: 'GET', headers: {}, authorization })
    }
    let answer: TransportResponse
    if (credentials !== undefined && 'identityToken' in credentials) {
      answer = await post({ grant_type: 'refresh_token', refresh_token: credentials.identityToken })
    } else {
      answer = await get()
      const noGet = isUnknown(answer) && answer.url.origin === realm.origin && !onlyGet.has(realm.href)
      if (credentials !== undefined && noGet) {
        const posted = await post({ grant_type: 'password', ...credentials })
        if (isUnknown(posted)) onlyGet.add(realm.href)
        else answer = posted
      }
    }
    return answer.status === 200
      ? { value: readToken(answer, request.called) }
      : judge(answer, request, conceal)
  }
}

function isUnknown({ status }: TransportResponse): boolean {
  return status === 404 || status === 405
}

/**
 * Where the challenge sends us; `conceal` is for what messages repeat of it.
 * @throws DockLockError `unauthorized` when that is no place for credentials
 */
export function realmOf(
  { parameters }: Challenge,
  endpoint: Endpoint,
  conceal: (text: string) => string,
): URL {
  const url = URL.canParse(parameters.realm ?? '') ? new URL(parameters.realm!) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    throw refusedRealm(endpoint, 'is no http or https URL')
  if (url.protocol === 'http:' && endpoint.origin.startsWith('https:') && endpoint.verifyTls)
    throw refusedRealm(endpoint, `is reached over plain http (${conceal(url.host)})`)
  url.hash = ''
  return url
}

export function refusedRealm({ registry }: Endpoint, why: string): DockLockError {
  return new DockLockError(
    'unauthorized',
    `${registry} names a token service that ${why}; nothing was sent to it`,
  )
}

/** Of what is no token. Of 401 alone the credentials are to blame; of a refresh token RFC 6749 has 400 say it. */
function judge(
  answer: TransportResponse,
  { realm, registry, credentials, called: host }: TokenRequest,
  conceal: (text: string) => string,
): { readonly refusal: DockLockError } {
  const { status, url } = answer
  if (status === 429)
    throw new DockLockError('rate-limited', `${host} limits requests for tokens`, {
      hint:
        credentials === undefined
          ? `Try again later, or ${loginAdvice(registry)}: that may raise the limit.`
          : 'Try again later.',
    })
  if (status >= 500 || status === 408)
    throw new DockLockError(
      'unreachable',
      `${host}, which gives the tokens for ${registry}, answered with status ${status}`,
    )
  const words = quotedReason(answer, conceal)
  const without = `gives no token for ${registry} to somebody without credentials (${status})${words}`
  if (credentials === undefined)
    return {
      refusal: new DockLockError('unauthorized', `${host} ${without}`, {
        hint: `To have some, ${loginAdvice(registry)}.`,
      }),
    }
  if (url.origin !== realm.origin)
    throw new DockLockError('unauthorized', `${conceal(url.host)} ${without}`, {
      hint: `${host} redirects there, where credentials for ${registry} are not sent.`,
    })
  if (status === 401 || (status === 400 && 'identityToken' in credentials))
    return {
      refusal: new DockLockError(
        'unauthorized',
        `${host} refused the credentials that are stored for ${registry} (${status})`,
        { hint: `To renew them, ${loginAdvice(registry)}.` },
      ),
    }
  throw new DockLockError(
    'denied',
    `${host} gives us no token to pull it from ${registry} (${status})${words}`,
    {
      hint:
        status === 403
          ? 'Ask its owner for the right to pull it.'
          : 'Check its name, and ask its owner whether it can be pulled.',
    },
  )
}

function readToken({ body }: TransportResponse, host: string): Token {
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
