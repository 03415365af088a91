/** An answer before it is put on the wire, so that a fault may still alter it. */
export interface Reply {
  readonly status: number
  /** Lower-case names. `content-length` is set from the body. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  /** Sent in chunks with no `content-length`. */
  readonly chunked?: boolean
}

export function jsonReply(status: number, value: unknown, headers: Record<string, string> = {}): Reply {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: Buffer.from(JSON.stringify(value)),
  }
}

/**
 * `{"errors":[{"code","message","detail"}]}`.
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes
 */
export function errorReply(
  status: number,
  code: string,
  message: string,
  detail: unknown = null,
  headers: Record<string, string> = {},
): Reply {
  return jsonReply(status, { errors: [{ code, message, detail }] }, headers)
}
