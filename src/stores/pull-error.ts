/** Classifies the errors of engines' pulls. */
import type { ErrorCode } from '../core/error.ts'

const NO_SPACE = /no space left on device|disk quota exceeded/i

/** The first match counts. The texts are those of dockerd, containerd and the registries. */
const PULL_ERRORS: readonly (readonly [ErrorCode, RegExp, string?])[] = [
  ['engine', NO_SPACE, "Make room on the engine's disk (docker system df, docker system prune)"],
  ['rate-limited', /toomanyrequests|too many requests|rate limit|\b429\b/i, 'Log in (docker login), or wait'],
  [
    'not-found',
    /no matching manifest|no match for platform|no image found in (?:image index|manifest list)|does not match the specified platform/i,
    'The image has no such platform',
  ],
  ['untrusted', /verification failed|unexpected commit digest|digest mismatch|failed size validation/i],
  [
    'denied',
    /access denied|\bdenied\b|\b403\b|insufficient_scope/i,
    'Check the name, and log in to its registry (docker login)',
  ],
  [
    'unauthorized',
    /unauthorized|authentication required|no basic auth credentials|\b401\b/i,
    'Log in to its registry (docker login)',
  ],
  ['not-found', /manifest unknown|not found|name unknown|does not exist/i],
  [
    'unreachable',
    /connection refused|no such host|timeout|timed out|deadline exceeded|unreachable|connection reset|\bEOF\b|dial tcp|TLS|x509|server gave HTTP response|\b50[0-4]\b/i,
  ],
]

/**
 * The error code and hint for an engine's message about a failed pull; `engine` if the message is unknown.
 * @param puller whose network and proxy count
 */
export function pullError(
  message: string,
  puller = 'the daemon',
): { readonly code: ErrorCode; readonly hint?: string } {
  const found = PULL_ERRORS.find(([, pattern]) => pattern.test(message))
  if (found === undefined) return { code: 'engine' }
  const [code, , advice] = found
  const hint =
    code === 'unreachable'
      ? `The engine contacts the registry, not dock-lock: check the network and proxy of ${puller}`
      : advice
  return { code, ...(hint !== undefined && { hint }) }
}
