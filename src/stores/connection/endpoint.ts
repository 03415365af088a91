/**
 * Chooses the engine as the docker CLI does.
 * @see https://docs.docker.com/engine/manage-resources/contexts/ and https://docs.docker.com/reference/cli/docker/#environment-variables
 */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { DockLockError } from '../../core/error.ts'
import { dockerFolder, homeFolder } from '../../lib/home.ts'
import type { Program } from '../../lib/spawn.ts'
import { currentContext, readContext, readTls, type TlsOptions } from './docker-config.ts'
import { formatSsh, parseSsh, type SshTarget, sshProgram } from './ssh.ts'

/** Where an engine listens. */
export interface EngineEndpoint {
  /** Normalized, for display: `unix:///var/run/docker.sock`, `tcp://10.0.0.1:2376`. */
  readonly host: string
  /** The setting that named it: `--host`, `DOCKER_HOST`, `context "x"`, or `default`. */
  readonly source: string
  readonly connect: Connect
  /** Prefix of every path; usually empty. */
  readonly basePath: string
  /** Absent: no TLS. */
  readonly tls?: TlsOptions
  /** Sent with every request: `HttpHeaders` of the Docker configuration. */
  readonly headers?: Readonly<Record<string, string>>
}

/** Options for node:http, or the program that forwards to the engine. */
export type Connect =
  | { readonly socketPath: string }
  | { readonly host: string; readonly port: number }
  | { readonly ssh: SshTarget; readonly program: Program }

type Env = Readonly<Record<string, string | undefined>>

const DEFAULT_SOCKET = '/var/run/docker.sock'
/** Bytes: the size of `sun_path` in unix(7) and unix(4) without its terminator. */
const SOCKET_PATH_MAX = process.platform === 'darwin' ? 103 : 107
const DEFAULT_PIPE = '//./pipe/docker_engine'
/** The ports of an address without one, with and without TLS. */
const DEFAULT_PORT = 2375
/** The address when no engine is named and TLS is enabled. */
const DEFAULT_TLS_PORT = 2376
const PODMAN_VARIABLE = 'CONTAINER_HOST'
/** The context that always exists: DOCKER_HOST, or the default socket. */
export const DEFAULT_CONTEXT = 'default'

/** The user's options for the engine; at most one of them is set. */
export interface EngineChoice {
  /** Like DOCKER_HOST. */
  readonly host?: string | undefined
  /** Like DOCKER_CONTEXT. */
  readonly context?: string | undefined
  /** The setting that names the host, for messages. Absent: `--host`. */
  readonly setting?: string | undefined
}

/**
 * The endpoint from `--host`, `--context`, DOCKER_HOST, DOCKER_CONTEXT, `currentContext` in the Docker configuration, or else the default
 * sockets. The engine is not contacted.
 * @throws DockLockError `usage`, `config`, `unsupported`
 */
export async function findEndpoint({
  env,
  host,
  context,
  setting = '--host',
}: EngineChoice & { readonly env: Env }): Promise<EngineEndpoint> {
  if (host && context) {
    throw new DockLockError('usage', '--host and --context both name an engine', {
      hint: 'Give one of them',
    })
  }
  if (host) return withEnvTls(parseHost(host, setting, env), env)
  if (context && context !== DEFAULT_CONTEXT) return contextEndpoint(context, env, '--context')
  if (env.DOCKER_HOST?.trim()) return withEnvTls(parseHost(env.DOCKER_HOST, 'DOCKER_HOST', env), env)
  // For the docker command a blank value means the default socket, even if another context is in use.
  if (env.DOCKER_HOST) return defaultEndpoint(env)
  // For Docker, `--context default` is the context "default", which uses DOCKER_HOST, rather than the context in use.
  const name = context || env.DOCKER_CONTEXT || (await currentContext(env))
  if (name !== undefined && name !== DEFAULT_CONTEXT) return contextEndpoint(name, env)
  return defaultEndpoint(env)
}

/**
 * The docker CLI's default when no engine is named: its socket, or TLS on this machine. A docker command fails if the socket is missing.
 * This then tries the sockets of a user's own engine: rootless Docker, Docker Desktop, and Podman, for which there is a separate
 * variable.
 */
async function defaultEndpoint(env: Env): Promise<EngineEndpoint> {
  if (wantsTls(env)) return withEnvTls(parseHost(`tcp://localhost:${DEFAULT_TLS_PORT}`, 'default', env), env)
  if (process.platform === 'win32') return parseHost(`npipe://${DEFAULT_PIPE}`, 'default', env)
  const runtime = env.XDG_RUNTIME_DIR
  const home = homeFolder(env)
  const docker = await firstOf([
    DEFAULT_SOCKET,
    ...(runtime ? [join(runtime, 'docker.sock')] : []),
    join(home, '.docker/run/docker.sock'),
    join(home, '.docker/desktop/docker.sock'),
  ])
  if (docker === undefined && env[PODMAN_VARIABLE])
    return parseHost(env[PODMAN_VARIABLE], PODMAN_VARIABLE, env)
  const podman = [...(runtime ? [join(runtime, 'podman/podman.sock')] : []), '/run/podman/podman.sock']
  return parseHost(`unix://${docker ?? (await firstOf(podman)) ?? DEFAULT_SOCKET}`, 'default', env)
}

async function firstOf(sockets: readonly string[]): Promise<string | undefined> {
  for (const socket of sockets) if (await exists(socket)) return socket
  return undefined
}

/**
 * Parses a value of DOCKER_HOST: `unix:///path`, `tcp://host:port`, `host:port`, `/path`, `npipe:////./pipe/name`, `ssh://user@host:port/path`.
 * @throws DockLockError `usage` (from --host), `config`
 */
export function parseHost(text: string, source: string, env: Env = {}): EngineEndpoint {
  const trimmed = text.trim()
  const isPath = /^\.?\//.test(trimmed)
  const [, scheme = isPath ? 'unix' : 'tcp', rest = ''] =
    /^(?:([a-z][a-z0-9+.-]*):\/\/)?(.*)$/i.exec(trimmed) ?? []
  switch (scheme) {
    case 'unix': {
      const socketPath = rest || DEFAULT_SOCKET
      // The docker command treats the rest as an address of another kind, too.
      if (rest.includes('://')) break
      // Node would truncate the path and might find another socket.
      if (Buffer.byteLength(socketPath) > SOCKET_PATH_MAX) break
      return { host: `unix://${socketPath}`, source, connect: { socketPath }, basePath: '' }
    }
    case 'npipe': {
      if (rest.includes('://')) break
      const socketPath = rest || DEFAULT_PIPE
      return { host: `npipe://${socketPath}`, source, connect: { socketPath }, basePath: '' }
    }
    case 'tcp': {
      const found = /^(\[[0-9a-f:.]+\]|[^:/[\]@\s]*)(?::(\d{0,5}))?(\/[^\s?#]*)?$/i.exec(rest)
      const port = Number(found?.[2] || DEFAULT_PORT)
      if (found === null || port > 65535 || (scheme === 'tcp' && trimmed === '')) break
      const name = found[1] || 'localhost'
      const basePath = (found[3] ?? '').replace(/\/+$/, '')
      const connect = { host: name.replace(/^\[|\]$/g, ''), port }
      return { host: `tcp://${name}:${port}${basePath}`, source, connect, basePath }
    }
    case 'ssh': {
      const target = parseSsh(rest)
      if (target === undefined) break
      const ssh: SshTarget = source === PODMAN_VARIABLE ? { ...target, command: 'podman' } : target
      return { host: formatSsh(ssh), source, connect: { ssh, program: sshProgram(ssh, env) }, basePath: '' }
    }
  }
  throw new DockLockError(
    source === '--host' ? 'usage' : 'config',
    `${source} is no engine's address: "${trimmed}"`,
    {
      hint: 'Write it as unix:///path/to/docker.sock, tcp://host:port or ssh://user@host',
    },
  )
}

/** TLS as enabled by DOCKER_TLS_VERIFY (verified) or DOCKER_TLS (not verified), with the files in DOCKER_CERT_PATH. */
async function withEnvTls(endpoint: EngineEndpoint, env: Env): Promise<EngineEndpoint> {
  if (!wantsTls(env) || !('port' in endpoint.connect)) return endpoint
  const folder = env.DOCKER_CERT_PATH || dockerFolder(env)
  return { ...endpoint, tls: await readTls(folder, Boolean(env.DOCKER_TLS_VERIFY)) }
}

/** True for any non-empty value, including `0`. */
function wantsTls(env: Env): boolean {
  return Boolean(env.DOCKER_TLS_VERIFY || env.DOCKER_TLS)
}

/** `flag`: the command-line option that named the context, if any. */
async function contextEndpoint(name: string, env: Env, flag?: '--context'): Promise<EngineEndpoint> {
  const context = await readContext(name, env)
  if (context === undefined) {
    throw new DockLockError(flag ? 'usage' : 'config', `the Docker context "${name}" does not exist`, {
      hint: 'docker context ls shows those that do; --context, DOCKER_CONTEXT or docker context use choose one',
    })
  }
  const endpoint = parseHost(context.host, `context "${name}"`, env)
  const { tls } = context
  return 'port' in endpoint.connect && tls !== undefined ? { ...endpoint, tls } : endpoint
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
