import { randomUUID, sign, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Authority } from './authority.ts'

/** A server of tokens that the distribution registry accepts. */
export interface TokenServer {
  /** The registry's settings. */
  readonly auth: object
  /** `GET repository:o/i:pull user 200`, oldest first; `-` is nobody. */
  readonly requests: readonly string[]
  /** Every token that was given. */
  readonly tokens: readonly string[]
  stop(): Promise<void>
}

export interface TokenServerOptions {
  readonly authority: Authority
  readonly username: string
  readonly password: string
  /** In place of the password, by POST. */
  readonly identityToken: string
  /** Whether everybody may pull from that repository. */
  readonly isPublic: (repository: string) => boolean
}

/**
 * Speaks both dialects: GET with Basic, and OAuth2 by POST, with a refresh token or, as containerd does, with a password.
 * @see https://distribution.github.io/distribution/spec/auth/jwt/
 */
export async function startTokenServer(options: TokenServerOptions): Promise<TokenServer> {
  const { authority, username, password, identityToken, isPublic } = options
  const service = 'dock-lock test'
  const issuer = 'dock-lock test tokens'
  const key = readFileSync(authority.key)
  const requests: string[] = []
  const tokens: string[] = []

  /** The user who asks, `-` for nobody, undefined for somebody with wrong credentials. */
  const userOf = (authorization: string | undefined, form: URLSearchParams): string | undefined => {
    const [user, word] = [form.get('username'), form.get('password')]
    const given =
      form.get('refresh_token') ?? (user === null ? authorization : `Basic ${basic(`${user}:${word}`)}`)
    if (given === undefined) return '-'
    return [identityToken, `Basic ${basic(`${username}:${password}`)}`].includes(given) ? username : undefined
  }

  const tokenFor = (user: string, scope: string): string => {
    const [type = '', name = '', actions = ''] = scope.split(':')
    const allowed = user !== '-' || isPublic(name) ? actions.split(',') : []
    const now = Math.floor(Date.now() / 1000)
    const header = { typ: 'JWT', alg: 'ES256', x5c: [chain] }
    const claims = {
      ...{ iss: issuer, sub: user, aud: service, jti: randomUUID() },
      ...{ nbf: now - 10, iat: now, exp: now + 300 },
      access: [{ type, name, actions: allowed }],
    }
    const parts = [header, claims].map(each => Buffer.from(JSON.stringify(each)).toString('base64url'))
    const signature = sign('sha256', Buffer.from(parts.join('.')), { key, dsaEncoding: 'ieee-p1363' })
    return `${parts.join('.')}.${signature.toString('base64url')}`
  }
  const chain = new X509Certificate(readFileSync(authority.certificate)).raw.toString('base64')

  const server = createServer(async (request, response) => {
    const { searchParams } = new URL(request.url ?? '/', 'http://localhost')
    const form = new URLSearchParams(await textOf(request))
    const scope = form.get('scope') ?? searchParams.get('scope') ?? ''
    const user = userOf(request.headers.authorization, form)
    const status = user === undefined ? 401 : 200
    requests.push(`${request.method} ${scope} ${user ?? '?'} ${status}`)
    response.writeHead(status, { 'content-type': 'application/json' })
    if (user === undefined) return void response.end('{"details":"incorrect username or password"}')
    const token = tokenFor(user, scope)
    tokens.push(token)
    response.end(
      JSON.stringify({ [request.method === 'POST' ? 'access_token' : 'token']: token, expires_in: 300 }),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const realm = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`
  return {
    auth: { token: { realm, service, issuer, rootcertbundle: authority.certificate } },
    requests,
    tokens,
    async stop() {
      server.closeAllConnections()
      server.close()
    },
  }
}

const basic = (text: string) => Buffer.from(text).toString('base64')

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}
