/**
 * Credentials for a registry: user and password; an identity token, which is exchanged for access tokens; or a registry token, which is
 * an access token. Never logged or written.
 */
export type Credentials =
  | { readonly username: string; readonly password: string }
  | { readonly identityToken: string }
  | { readonly registryToken: string }

/** The secret itself. */
export function secretOf(credentials: Credentials): string {
  if ('password' in credentials) return credentials.password
  return 'identityToken' in credentials ? credentials.identityToken : credentials.registryToken
}

/** Base64 of `user:password`. */
export function basic({
  username,
  password,
}: {
  readonly username: string
  readonly password: string
}): string {
  return Buffer.from(`${username}:${password}`).toString('base64')
}
