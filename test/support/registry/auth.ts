import { errorReply, jsonReply, type Reply } from './reply.ts'
import { createTokens } from './tokens.ts'

export interface AuthOptions {
  readonly kind: 'none' | 'basic' | 'bearer'
  /** Name → password. */
  readonly users?: Readonly<Record<string, string>>
  /** Whether pulls need no user (a bearer registry wants a token all the same). Default: true when there are no users. */
  readonly anonymousPull?: boolean
  /** Who may pull what; `user` is undefined for anonymous pulls. Default: everyone everything. */
  readonly access?: (user: string | undefined, repository: string) => boolean
  /** Seconds that a token is valid. Default 300. */
  readonly tokenTtl?: number
  /** Serves the token endpoint on a port of its own. */
  readonly separateTokenServer?: boolean
  /** Names this realm in challenges in place of the registry's own token endpoint. */
  readonly realm?: string
}

export interface Auth {
  /** The `WWW-Authenticate` of this registry for a repository. */
  challenge(repository: string | undefined, error?: string): string
  /**
   * Checks an `Authorization` header: `refusal` is the answer when it does not do for that repository (undefined =
   * `/v2/`); `authorized` is undefined when there was no such header.
   */
  check(
    authorization: string | undefined,
    repository: string | undefined,
  ): { readonly authorized?: boolean; readonly refusal?: Reply }
  /** The token endpoint; `form` is the body of a POST. */
  token(authorization: string | undefined, query: URLSearchParams, form?: URLSearchParams): Reply & Granted
  /** A token for the scopes, e.g. `repository:library/alpine:pull`, valid for `ttl` seconds (negative = expired). */
  mintToken(scopes: readonly string[], ttl?: number): string
  /** An identity token of that user, for the refresh_token grant. */
  identityToken(user: string): string
}

/** Whether the credentials were accepted; undefined when there were none. */
interface Granted {
  readonly authorized?: boolean
}

/**
 * Basic and Bearer as registries do them. `place` says where the server listens, once it does.
 * https://distribution.github.io/distribution/spec/auth/token/ and …/spec/auth/oauth/
 */
export function createAuth(
  options: AuthOptions,
  now: () => number,
  place: () => { realm: string; service: string },
): Auth {
  const users = new Map(Object.entries(options.users ?? {}))
  const anonymousPull = options.anonymousPull ?? users.size === 0
  const access = options.access ?? (() => true)
  const ttl = options.tokenTtl ?? 300
  const tokens = createTokens(() => Math.floor(now() / 1000))

  const challenge = (repository: string | undefined, error?: string): string => {
    const { realm, service } = place()
    if (options.kind !== 'bearer') return `Basic realm="${service}"`
    const scope = repository === undefined ? '' : `,scope="repository:${repository}:pull"`
    const suffix = error === undefined ? '' : `,error="${error}"`
    return `Bearer realm="${options.realm ?? realm}",service="${service}"${scope}${suffix}`
  }
  const unauthorized = (repository: string | undefined, error?: string): Reply =>
    errorReply(
      401,
      'UNAUTHORIZED',
      'authentication required',
      repository === undefined ? null : [{ Type: 'repository', Class: '', Name: repository, Action: 'pull' }],
      { 'www-authenticate': challenge(repository, error) },
    )
  const denied = (): Reply => errorReply(403, 'DENIED', 'requested access to the resource is denied')
  const userOf = (name: string, password: string): string | undefined =>
    users.get(name) === password ? name : undefined

  const check: Auth['check'] = (authorization, repository) => {
    const [scheme = '', value = ''] = (authorization ?? '').split(' ')
    if (options.kind === 'none') return {}
    if (options.kind === 'basic') {
      const user = /^basic$/i.test(scheme) ? userOf(...decodeBasic(value)) : undefined
      if (user === undefined && (authorization !== undefined || !anonymousPull)) {
        return refused(authorization, unauthorized(repository))
      }
      if (repository !== undefined && !access(user, repository)) return refused(authorization, denied())
      return authorization === undefined ? {} : { authorized: true }
    }
    if (!/^bearer$/i.test(scheme)) return refused(authorization, unauthorized(repository))
    const token = tokens.read(value)
    if (token?.use !== 'access') return refused(authorization, unauthorized(repository, 'invalid_token'))
    if (repository !== undefined && !token.scopes.some(scope => permits(scope, repository))) {
      return refused(authorization, unauthorized(repository, 'insufficient_scope'))
    }
    return { authorized: true }
  }

  const grant = (user: string | undefined, asked: readonly string[], extra: object): Reply => {
    const scopes = asked.filter(scope => {
      const [type, name, actions] = splitScope(scope)
      return type === 'repository' && actions.includes('pull') && access(user, name)
    })
    const token = tokens.issue({ use: 'access', user, scopes: scopes.map(onlyPull) }, ttl)
    return jsonReply(200, {
      access_token: token,
      expires_in: ttl,
      issued_at: new Date(now()).toISOString(),
      ...extra,
    })
  }

  const token: Auth['token'] = (authorization, query, form) => {
    const bad = errorReply(401, 'UNAUTHORIZED', 'incorrect username or password')
    const asked = (form ?? query).getAll('scope').flatMap(scope => scope.split(' ').filter(Boolean))
    if (form) {
      const [grantType, service, client] = ['grant_type', 'service', 'client_id'].map(name => form.get(name))
      if (!grantType || !service || !client) return jsonReply(400, { error: 'invalid_request' })
      if (grantType !== 'password' && grantType !== 'refresh_token') {
        return jsonReply(400, { error: 'unsupported_grant_type' })
      }
      const identity = tokens.read(form.get('refresh_token') ?? '')
      const user =
        grantType === 'password'
          ? userOf(form.get('username') ?? '', form.get('password') ?? '')
          : identity?.use === 'identity'
            ? identity.user
            : undefined
      if (user === undefined) return { ...bad, authorized: false }
      const offline = grantType === 'refresh_token' || form.get('access_type') === 'offline'
      const refresh = offline ? { refresh_token: identityToken(user) } : {}
      return { ...grant(user, asked, { scope: asked.join(' '), ...refresh }), authorized: true }
    }
    const value = authorization?.split(' ')[1] ?? ''
    const user = authorization === undefined ? undefined : userOf(...decodeBasic(value))
    if (authorization !== undefined && user === undefined) return { ...bad, authorized: false }
    if (user === undefined && !anonymousPull) {
      return errorReply(401, 'UNAUTHORIZED', 'authentication required')
    }
    const offline = query.get('offline_token') === 'true' && user !== undefined
    const reply = grant(user, asked, offline ? { refresh_token: identityToken(user) } : {})
    const body = JSON.parse(reply.body.toString()) as { access_token: string }
    const both = jsonReply(200, { token: body.access_token, ...body })
    return user === undefined ? both : { ...both, authorized: true }
  }

  const identityToken = (user: string): string => tokens.issue({ use: 'identity', user, scopes: [] }, 86_400)

  return {
    challenge,
    check,
    token,
    identityToken,
    mintToken: (scopes, seconds = ttl) => tokens.issue({ use: 'access', user: undefined, scopes }, seconds),
  }
}

function refused(authorization: string | undefined, refusal: Reply): ReturnType<Auth['check']> {
  return authorization === undefined ? { refusal } : { refusal, authorized: false }
}

function decodeBasic(value: string): [name: string, password: string] {
  const text = Buffer.from(value, 'base64').toString()
  const colon = text.indexOf(':')
  return colon < 0 ? ['', ''] : [text.slice(0, colon), text.slice(colon + 1)]
}

/** `type:name:actions`, where a name may hold a host with a port. */
function splitScope(scope: string): [type: string, name: string, actions: string[]] {
  const first = scope.indexOf(':')
  const last = scope.lastIndexOf(':')
  if (first < 0 || first === last) return ['', '', []]
  return [scope.slice(0, first), scope.slice(first + 1, last), scope.slice(last + 1).split(',')]
}

function onlyPull(scope: string): string {
  return `${scope.slice(0, scope.lastIndexOf(':'))}:pull`
}

function permits(scope: string, repository: string): boolean {
  const [type, name, actions] = splitScope(scope)
  return type === 'repository' && name === repository && actions.includes('pull')
}
