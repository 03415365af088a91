/** What comes back for a request. */

export interface HttpResponse {
  readonly status: number
  /** Lower-case names; of a header that came more than once, the values joined by `, `. */
  readonly headers: Readonly<Record<string, string>>
  /** At most {@link BODY_MAX} bytes; of an error's body perhaps only the start. */
  readonly body: Buffer
}

/** Bytes; what registries accept as a manifest at most. */
export const BODY_MAX: number = 4 * 1024 * 1024
/** Bytes of an error's body that are read: more than any message that is shown. */
export const ERROR_BODY_MAX: number = 64 * 1024

/** In place: undici makes the object for us. */
export function joined(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  for (const name in headers) {
    const value = headers[name]
    if (Array.isArray(value)) headers[name] = value.join(', ')
  }
  return headers as Record<string, string>
}
