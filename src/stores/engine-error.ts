/** What can go wrong between us and an engine, in words. */
import { DockLockError, type ErrorCode } from '../core/error.ts'
import type { Endpoint } from './endpoint.ts'
import { explainSocket } from './socket-error.ts'
import { sshByHand } from './ssh.ts'
import { explainSsh } from './ssh-error.ts'
import { explainTls } from './tls-error.ts'

/** Nothing came for so many milliseconds. */
export class TimedOut extends Error {
  readonly milliseconds: number

  constructor(milliseconds: number) {
    super(`no answer in ${milliseconds / 1000} s`)
    this.milliseconds = milliseconds
  }
}

/** A program that should forward to the engine could not be started, or ended with a failure of its own. */
export class ProgramFailed extends Error {
  /** Exit code, the signal that ended it, or the system's error code when it could not be started. */
  readonly ended: number | string
  /** The last that it said of its own accord, a few lines; not made printable. */
  readonly said: string

  constructor(command: string, ended: number | string, said: string) {
    super(`${command} ended with ${ended}`)
    this.ended = ended
    this.said = said
  }
}

export function interrupted(): DockLockError {
  return new DockLockError('interrupted', 'interrupted')
}

/** The connection failed, or broke off. */
export function unreachable(endpoint: Endpoint, what: string, cause: unknown): DockLockError {
  const { message, hint } = explain(endpoint, what, cause)
  return new DockLockError('unreachable', message, { hint, cause })
}

export interface Explained {
  readonly message: string
  readonly hint?: string
}

function explain(endpoint: Endpoint, what: string, cause: unknown): Explained {
  const { host, connect, tls } = endpoint
  const elsewhere =
    endpoint.source === 'default' ? 'set DOCKER_HOST or give --host' : `change ${endpoint.source}`
  if (cause instanceof TimedOut) {
    return {
      message: `the engine at ${host} does not answer (${what}: ${cause.message})`,
      hint: 'The daemon may be starting, overloaded or hanging; see its log.',
    }
  }
  if ('ssh' in connect && cause instanceof ProgramFailed) return explainSsh(host, connect.ssh, cause)
  const code = errorCode(cause)
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return {
        message: `no engine at ${host}: there is no such socket`,
        hint: `Start the engine, or, if its socket is elsewhere, ${elsewhere}.`,
      }
    case 'ECONNREFUSED':
      return {
        message: `no engine at ${host}: nothing listens there`,
        hint: `Is it running? Start it, or, if it is elsewhere, ${elsewhere}.`,
      }
    case 'EACCES':
    case 'EPERM':
      return explainSocket(host, 'socketPath' in connect ? connect.socketPath : undefined)
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return {
        message: `no engine at ${host}: the host name is unknown`,
        hint: `Check the name, or ${elsewhere}.`,
      }
  }
  const said = cause instanceof Error ? cause.message : String(cause)
  const text = code === 'ECONNRESET' || said === 'aborted' ? 'the connection broke off' : said
  const known = tls === undefined ? undefined : explainTls(code, said, tls)
  if (known !== undefined) {
    return { ...known, message: `no TLS connection with the engine at ${host}: ${known.message}` }
  }
  // The parser of node:http has codes of its own.
  if ('ssh' in connect && code?.startsWith('HPE_')) {
    return {
      message: `what answers at ${host} is no Docker engine (${what}: ${text})`,
      hint: `Nothing over there may print when a shell starts that is not interactive (.bashrc, a banner): ${sshByHand(connect.ssh)} true`,
    }
  }
  return {
    message: `the engine at ${host} cannot be asked (${what}): ${text}`,
    hint:
      'port' in connect && tls === undefined
        ? 'Does it want TLS? DOCKER_TLS_VERIFY=1 turns it on; the certificates are read from DOCKER_CERT_PATH, or are those of the Docker context.'
        : `Is it running? ${endpoint.source === 'default' ? 'If it is elsewhere, set DOCKER_HOST or give --host.' : ''}`.trim(),
  }
}

/** Whether an engine was there and then was not: it may be there again, unlike one that nobody finds. */
export function brokeOff(cause: unknown): boolean {
  if (cause instanceof ProgramFailed) return /broken pipe|reset by peer|not responding/i.test(cause.said)
  const code = errorCode(cause)
  return code === 'ECONNRESET' || code === 'EPIPE' || (cause instanceof Error && cause.message === 'aborted')
}

function errorCode(error: unknown): string | undefined {
  // Connecting to a name with several addresses fails with one error for each.
  if (error instanceof AggregateError) return errorCode(error.errors[0])
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
}

const NO_SPACE = /no space left on device|disk quota exceeded/i

/** In this order: the first that fits is the reason. The words are those of dockerd, containerd and the registries themselves. */
const PULL_ERRORS: readonly (readonly [ErrorCode, RegExp, string?])[] = [
  ['engine', NO_SPACE, "Make room on the engine's disk (docker system df, docker system prune)."],
  [
    'rate-limited',
    /toomanyrequests|too many requests|rate limit|\b429\b/i,
    'Log in (docker login), or wait.',
  ],
  [
    'not-found',
    /no matching manifest|no match for platform|no image found in (?:image index|manifest list)|does not match the specified platform/i,
    'The image has no such platform.',
  ],
  ['untrusted', /verification failed|unexpected commit digest|digest mismatch|failed size validation/i],
  [
    'denied',
    /access denied|\bdenied\b|\b403\b|insufficient_scope/i,
    'Check the name, and log in to its registry (docker login).',
  ],
  [
    'unauthorized',
    /unauthorized|authentication required|no basic auth credentials|\b401\b/i,
    'Log in to its registry (docker login).',
  ],
  ['not-found', /manifest unknown|not found|name unknown|does not exist/i],
  [
    'unreachable',
    /connection refused|no such host|timeout|timed out|deadline exceeded|unreachable|connection reset|\bEOF\b|dial tcp|TLS|x509|server gave HTTP response|\b50[0-4]\b/i,
    'The engine, not dock-lock, asks the registry: check the network and proxy of the daemon.',
  ],
]

/** What an engine's message about a failed pull means; `engine` when nobody knows. */
export function pullError(message: string): { readonly code: ErrorCode; readonly hint?: string } {
  const found = PULL_ERRORS.find(([, pattern]) => pattern.test(message))
  if (found === undefined) return { code: 'engine' }
  const [code, , hint] = found
  return { code, ...(hint !== undefined && { hint }) }
}
