/** An HTTP response, and how large it may be. */
import { HttpFailure } from './failure.ts'

export interface HttpResponse {
  readonly status: number
  /** Names in lower case. The values of a repeated header are joined by `, `. */
  readonly headers: Readonly<Record<string, string>>
  /** At most {@link BODY_MAX} bytes. The body of an error may be cut off. */
  readonly body: Buffer
}

/** Bytes. Registries accept no larger manifests. */
export const BODY_MAX: number = 4 * 1024 * 1024
/** Bytes of an error's body that are read: more than any message that is shown. */
export const ERROR_BODY_MAX: number = 64 * 1024

export function manifestTooLarge(host: string): HttpFailure {
  return new HttpFailure(
    'too-large',
    `${host} sent more than ${BODY_MAX >> 20} MiB, the limit for a manifest`,
  )
}

/** Changes `headers` in place, as undici creates the object for us. */
export function joinValues(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  for (const name in headers) {
    const value = headers[name]
    if (Array.isArray(value)) headers[name] = value.join(', ')
  }
  return headers as Record<string, string>
}
