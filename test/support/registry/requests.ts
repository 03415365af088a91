import type { IncomingMessage } from 'node:http'

/** One request as the registry saw it. Secrets are not kept. */
export interface RecordedRequest {
  readonly method: string
  /** Without the query, e.g. `/v2/library/alpine/manifests/3.23`; `/token` is the token endpoint. */
  readonly path: string
  readonly query: URLSearchParams
  /** Lower-case names; `authorization` is its scheme alone, e.g. `Bearer`. */
  readonly headers: Readonly<Record<string, string>>
  /** The fields of a POST to the token endpoint, with the values of secrets replaced by `***`. */
  form?: URLSearchParams
  /** Whether the registry accepted the credentials or token; undefined when none were sent. */
  authorized?: boolean
  /** The kind of the fault that struck. */
  fault?: string
  /** Undefined as long as nothing was answered (also for ever, e.g. when the socket was closed instead). */
  status?: number
  /** Milliseconds since 1970. */
  readonly at: number
  /** When the response had been written or the connection was gone. */
  endedAt?: number
}

export function recordRequest(message: IncomingMessage): RecordedRequest {
  const base = 'http://registry.invalid/'
  const target = message.url ?? '/'
  const url = new URL(URL.canParse(target, base) ? target : '/', base)
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(message.headers)) headers[name] = String(value)
  if (headers.authorization !== undefined) headers.authorization = headers.authorization.split(' ')[0]!
  return {
    method: message.method ?? 'GET',
    path: decodePath(url.pathname),
    query: url.searchParams,
    headers,
    at: Date.now(),
  }
}

export function redactForm(form: URLSearchParams): URLSearchParams {
  const redacted = new URLSearchParams(form)
  for (const name of ['password', 'refresh_token', 'client_secret']) {
    if (redacted.has(name)) redacted.set(name, '***')
  }
  return redacted
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
