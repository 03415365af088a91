/** What opens a registry: user and password, or an identity token, which is exchanged for access tokens. Never logged or written. */
export type Credentials =
  | { readonly username: string; readonly password: string }
  | { readonly identityToken: string }
