/**
 * Requests to the token service that a Bearer challenge names.
 * @see https://distribution.github.io/distribution/spec/auth/token/ and …/spec/auth/oauth/
 */
import { basic, type Credentials } from '../../core/credentials.ts'
import { DockLockError } from '../../core/error.ts'
import type { Endpoint } from '../endpoints/endpoints.ts'
import { loginAdvice, quotedReason } from '../registry-error.ts'
import type { Transport, TransportRequest, TransportResponse } from '../transport/transport.ts'
import type { Challenge } from './challenge.ts'
import type { AuthResult } from './credential-gate.ts'
import { fieldInAnyCase, parseLenientJson } from './lenient-json.ts'

export interface TokenRequest {
  /** From {@link realmOf}. */
  readonly realm: URL
  readonly service: string | undefined
  /** `repository:library/alpine:pull`; several are separated by spaces. */
  readonly scope: string
  readonly credentials: Exclude<Credentials, { registryToken: string }> | undefined
  /** The registry and its token service, for messages. */
  readonly registry: string
  readonly serviceName: string
}

export interface Token {
  readonly text: string
  /** Seconds. A little less than the service says, because the next request takes time to arrive. */
  readonly lifetime: number
}

/**
 * Gets a token. A rejection applies to the credentials, or to anonymous requests. Thrown errors apply to one repository or to the
 * service.
 * @throws HttpFailure; DockLockError `denied`, `rate-limited`, `unreachable`; `unauthorized` if the service redirects to a host that
 *   gets no credentials
 */
export type RequestToken = (
  request: TokenRequest,
  common: Pick<
    TransportRequest,
    'verifyTls' | 'certificatesOf' | 'sendsClientCertificate' | 'urlFromResponse' | 'signal'
  >,
) => Promise<AuthResult<Token>>

/**
 * A password is sent by GET with Basic. An identity token is an OAuth refresh token and is sent by POST. Each falls back to the other
 * method if the service does not know the first one. `conceal` removes credentials from what a service answers.
 */
export function createTokenRequests(transport: Transport, conceal: (text: string) => string): RequestToken {
  /** Services that do not know POST either, so a 404 to GET was about the repository. */
  const onlyGet = new Set<string>()

  return async (request, common) => {
    const { realm, service, scope, credentials } = request
    const fields = service === undefined ? {} : { service }
    const post = (parameters: Record<string, string>): Promise<TransportResponse> => {
      const form = { ...fields, ...parameters, client_id: 'dock-lock', scope }
      const body = new URLSearchParams(form).toString()
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      return transport({ ...common, url: realm, method: 'POST', headers, body })
    }
    const get = (): Promise<TransportResponse> => {
      const url = new URL(realm)
      for (const [name, value] of Object.entries(fields)) url.searchParams.append(name, value)
      for (const each of scope.split(' ').filter(Boolean)) url.searchParams.append('scope', each)
      const authorization = credentials && `Basic ${basic(asPassword(credentials))}`
      return transport({ ...common, url, method: 'GET', headers: {}, authorization })
    }
    const sendPassword = async (): Promise<TransportResponse> => {
      const answer = await get()
      if (credentials === undefined || !('password' in credentials)) return answer
      if (!isUnknown(answer) || answer.url.origin !== realm.origin || onlyGet.has(realm.href)) return answer
      const posted = await post({ grant_type: 'password', ...credentials })
      if (!isUnknown(posted)) return posted
      onlyGet.add(realm.href)
      return answer
    }
    const sendIdentityToken = async (identityToken: string): Promise<TransportResponse> => {
      const answer = await post({ grant_type: 'refresh_token', refresh_token: identityToken })
      // Only 404, as in containerd: services without POST answer it, for example Google's.
      return answer.status === 404 ? get() : answer
    }
    const answer =
      credentials !== undefined && 'identityToken' in credentials
        ? await sendIdentityToken(credentials.identityToken)
        : await sendPassword()
    return answer.status === 200
      ? { value: readToken(answer, request.serviceName) }
      : rejectionOf(answer, request, conceal)
  }
}

/** containerd sends an identity token as the password of an empty user. */
function asPassword(credentials: NonNullable<TokenRequest['credentials']>): {
  readonly username: string
  readonly password: string
} {
  return 'password' in credentials ? credentials : { username: '', password: credentials.identityToken }
}

function isUnknown({ status }: TransportResponse): boolean {
  return status === 404 || status === 405
}

/**
 * The URL of the token service. `conceal` removes credentials from what errors quote of it.
 * @throws DockLockError `unauthorized` if credentials must not be sent there
 */
export function realmOf(
  { parameters }: Challenge,
  endpoint: Endpoint,
  conceal: (text: string) => string,
): URL {
  const url = URL.canParse(parameters.realm ?? '') ? new URL(parameters.realm!) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    throw unusableRealm(endpoint, 'has no http or https URL')
  if (url.protocol === 'http:' && endpoint.origin.startsWith('https:') && endpoint.verifyTls)
    throw unusableRealm(endpoint, `uses plain http (${conceal(url.host)})`)
  url.hash = ''
  return url
}

export function unusableRealm({ registry }: Endpoint, reason: string): DockLockError {
  return new DockLockError(
    'unauthorized',
    `${registry} names a token service that ${reason}; nothing was sent to it`,
  )
}

/** 401 rejects the credentials. RFC 6749 uses 400 for a refresh token. Any other status throws. */
function rejectionOf(
  answer: TransportResponse,
  { realm, registry, credentials, serviceName: host }: TokenRequest,
  conceal: (text: string) => string,
): { readonly rejection: DockLockError } {
  const { status, url } = answer
  if (status === 429)
    throw new DockLockError('rate-limited', `${host} limits requests for tokens`, {
      hint:
        credentials === undefined
          ? `Try again later, or ${loginAdvice(registry)}: that may raise the limit`
          : 'Try again later',
    })
  if (status >= 500 || status === 408)
    throw new DockLockError(
      'unreachable',
      `${host}, the token service of ${registry}, answered with status ${status}`,
    )
  const reason = quotedReason(answer, conceal)
  const anonymous = `gives no token for ${registry} without credentials (${status})${reason}`
  if (credentials === undefined)
    return {
      rejection: new DockLockError('unauthorized', `${host} ${anonymous}`, {
        hint: `To store some, ${loginAdvice(registry)}`,
      }),
    }
  if (url.origin !== realm.origin)
    throw new DockLockError('unauthorized', `${conceal(url.host)} ${anonymous}`, {
      hint: `${host} redirects there, and credentials for ${registry} are not sent to another host`,
    })
  if (status === 401 || (status === 400 && 'identityToken' in credentials))
    return {
      rejection: new DockLockError(
        'unauthorized',
        `${host} refused the credentials that are stored for ${registry} (${status})`,
        { hint: `To renew them, ${loginAdvice(registry)}` },
      ),
    }
  throw new DockLockError(
    'denied',
    `${host} gives no token to pull it from ${registry} (${status})${reason}`,
    {
      hint:
        status === 403
          ? 'Ask its owner for permission to pull it'
          : 'Check its name, and ask its owner whether it can be pulled',
    },
  )
}

function readToken({ body }: TransportResponse, host: string): Token {
  let answer: unknown
  try {
    answer = parseLenientJson(body.toString())
  } catch {
    // The missing token is reported below.
  }
  const token = ['token', 'access_token']
    .map(name => fieldInAnyCase(answer, name))
    .find(text => typeof text === 'string' && /^[\x21-\x7e]+$/.test(text))
  if (token === undefined) throw new DockLockError('unreachable', `${host} answered without a token`)
  const promised = fieldInAnyCase(answer, 'expires_in')
  const lifetime = typeof promised === 'number' && promised > 0 ? promised : 60
  return { text: String(token), lifetime: lifetime - Math.min(10, lifetime / 10) }
}
