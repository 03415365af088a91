import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

export interface Token {
  /** An identity token gets access tokens and is none itself. */
  readonly use: 'access' | 'identity'
  readonly user: string | undefined
  /** E.g. `repository:library/alpine:pull`. */
  readonly scopes: readonly string[]
}

export interface Tokens {
  /** `ttl` in seconds. */
  issue(token: Token, ttl: number): string
  /** Undefined for anything that was not issued here or has expired. */
  read(text: string): Token | undefined
}

/** Tokens that are signed with a key of this process; opaque to clients. `seconds` is the clock. */
export function createTokens(seconds: () => number): Tokens {
  const key = randomBytes(32)
  const sign = (payload: string): Buffer => createHmac('sha256', key).update(payload).digest()
  return {
    issue(token, ttl) {
      const payload = Buffer.from(JSON.stringify({ ...token, expires: seconds() + ttl })).toString(
        'base64url',
      )
      return `${payload}.${sign(payload).toString('base64url')}`
    },
    read(text) {
      const [payload = '', signature = ''] = text.split('.')
      const given = Buffer.from(signature, 'base64url')
      const wanted = sign(payload)
      if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined
      const { expires, ...token } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Token & {
        expires: number
      }
      return expires > seconds() ? token : undefined
    },
  }
}
