/** Turns a failed connection to an engine into an error with a hint. */
import { DockLockError } from '../../core/error.ts'
import { maskSecrets } from '../../core/mask.ts'
import type { EngineEndpoint } from './endpoint.ts'
import { type Explained, ProgramFailed, TimedOut } from './failure.ts'
import { explainSocket } from './socket-error.ts'
import { sshByHand } from './ssh.ts'
import { explainSsh } from './ssh-error.ts'
import { explainTls } from './tls-error.ts'

/** The connection failed or was lost. */
export function unreachable(endpoint: EngineEndpoint, what: string, cause: unknown): DockLockError {
  const { message, hint } = explain(endpoint, what, cause)
  return new DockLockError('unreachable', message, { hint, cause })
}

function explain(endpoint: EngineEndpoint, what: string, cause: unknown): Explained {
  const { host, connect, tls } = endpoint
  const elsewhere =
    endpoint.source === 'default' ? 'set DOCKER_HOST or give --host' : `change ${endpoint.source}`
  if (cause instanceof TimedOut) {
    return {
      message: `the engine at ${host} does not answer (${what}: ${cause.message})`,
      hint: 'The daemon may be starting, overloaded or hanging; see its log',
    }
  }
  if ('ssh' in connect && cause instanceof ProgramFailed) return explainSsh(host, connect.ssh, cause)
  const code = errorCode(cause)
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return {
        message: `no engine at ${host}: there is no such socket`,
        hint: `Start the engine, or, if its socket is elsewhere, ${elsewhere}`,
      }
    case 'ECONNREFUSED':
      return {
        message: `no engine at ${host}: nothing listens there`,
        hint: `Is it running? Start it, or, if it is elsewhere, ${elsewhere}`,
      }
    case 'EACCES':
    case 'EPERM':
      return explainSocket(host, 'socketPath' in connect ? connect.socketPath : undefined)
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return {
        message: `no engine at ${host}: the host name is unknown`,
        hint: `Check the name, or ${elsewhere}`,
      }
  }
  const said = maskSecrets(cause instanceof Error ? cause.message : String(cause))
  const text = code === 'ECONNRESET' || said === 'aborted' ? 'the connection broke off' : said
  const known = tls === undefined ? undefined : explainTls(code, said, tls)
  if (known !== undefined) {
    return { ...known, message: `no TLS connection with the engine at ${host}: ${known.message}` }
  }
  // node:http's parser has its own codes.
  if ('ssh' in connect && code?.startsWith('HPE_')) {
    return {
      message: `the server at ${host} is not a Docker engine (${what}: ${text})`,
      hint: `A non-interactive shell on that host must print nothing (.bashrc, a banner). Check it: ${sshByHand(connect.ssh)} true`,
    }
  }
  return {
    message: `the engine at ${host} cannot be reached (${what}): ${text}`,
    hint:
      'port' in connect && tls === undefined
        ? 'If it requires TLS, set DOCKER_TLS_VERIFY=1. The certificates come from DOCKER_CERT_PATH or the Docker context'
        : `Is it running? ${endpoint.source === 'default' ? 'If it is elsewhere, set DOCKER_HOST or give --host' : ''}`.trim(),
  }
}

/** Whether a connection to a running engine was lost. A retry may help then, but not if no engine was found. */
export function brokeOff(cause: unknown): boolean {
  if (cause instanceof ProgramFailed) return /broken pipe|reset by peer|not responding/i.test(cause.said)
  const code = errorCode(cause)
  return code === 'ECONNRESET' || code === 'EPIPE' || (cause instanceof Error && cause.message === 'aborted')
}

function errorCode(error: unknown): string | undefined {
  // Connecting to a name with several addresses gives one error per address.
  if (error instanceof AggregateError) return errorCode(error.errors[0])
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
}
