/**
 * Why a host gave no answer. `refused`, `unresolved`, `connect-timeout`, `answer-timeout` and `body-timeout` speak of the host,
 * `tls` of the host by that scheme, `broken` (reset, closed, not HTTP) of the one connection, `too-large` of the answer,
 * `redirect` of where it sends us, `scheme` of http where it wants https, `deadline` of the reference as a whole.
 */
export type FailureKind =
  | 'refused'
  | 'unresolved'
  | 'connect-timeout'
  | 'answer-timeout'
  | 'body-timeout'
  | 'tls'
  | 'broken'
  | 'too-large'
  | 'redirect'
  | 'scheme'
  | 'deadline'

/** No usable answer came. The message names the host and nothing else of the request, so that it can be shown for any reference. */
export class HttpFailure extends Error {
  readonly kind: FailureKind
  readonly hint: string | undefined

  constructor(kind: FailureKind, message: string, hint?: string) {
    super(message)
    this.name = 'HttpFailure'
    this.kind = kind
    this.hint = hint
  }
}

/** `1500` → `1.5 s`. */
export function seconds(milliseconds: number): string {
  return `${Math.round(milliseconds / 100) / 10} s`
}
