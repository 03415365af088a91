/**
 * Which engine: chosen as the docker CLI chooses it.
 * @see https://docs.docker.com/engine/manage-resources/contexts/ and https://docs.docker.com/reference/cli/docker/#environment-variables
 */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { DockLockError } from '../../core/error.ts'
import { homeFolder } from '../../lib/home.ts'
import type { Program } from '../../lib/spawn.ts'
import { configFolder, currentContext, readContext, readTls, type TlsOptions } from './docker-config.ts'
import { formatSsh, parseSsh, type SshTarget, sshProgram } from './ssh.ts'

/** Where an engine listens. */
export interface EngineEndpoint {
  /** Normalized, for people: `unix:///var/run/docker.sock`, `tcp://10.0.0.1:2376`. */
  readonly host: string
  /** What named it: `--host`, `DOCKER_HOST`, `context "x"`, or `default`. */
  readonly source: string
  readonly connect: Connect
  /** Before every path; usually empty. */
  readonly basePath: string
  /** Absent: no TLS. */
  readonly tls?: TlsOptions
  /** Sent with every request: `HttpHeaders` of the Docker configuration. */
  readonly headers?: Readonly<Record<string, string>>
}

/** For node:http, or whose program forwards to the engine. */
export type Connect =
  | { readonly socketPath: string }
  | { readonly host: string; readonly port: number }
  | { readonly ssh: SshTarget; readonly program: Program }

type Env = Readonly<Record<string, string | undefined>>

const DEFAULT_SOCKET = '/var/run/docker.sock'
/** Bytes: `sun_path` of unix(7) and unix(4) without its end. */
const SOCKET_PATH_MAX = process.platform === 'darwin' ? 103 : 107
const DEFAULT_PIPE = '//./pipe/docker_engine'
/** Of an address without one, with TLS and without. */
const DEFAULT_PORT = 2375
/** Where nothing names an engine, and TLS is asked for. */
const DEFAULT_TLS_PORT = 2376
const PODMAN_VARIABLE = 'CONTAINER_HOST'
/** The context that there always is: DOCKER_HOST, or the default socket. */
export const DEFAULT_CONTEXT = 'default'

/** What a user says of the engine; at most one of them. */
export interface EngineChoice {
  /** As DOCKER_HOST. */
  readonly host?: string | undefined
  /** As DOCKER_CONTEXT. */
  readonly context?: string | undefined
}

/**
 * The endpoint that `--host`, `--context`, DOCKER_HOST, DOCKER_CONTEXT, `currentContext` of the Docker configuration, or else the default
 * sockets name. Nothing is asked of the engine.
 * @throws DockLockError `usage`, `config`, `unsupported`
 */
export async function findEndpoint({
  env,
  host,
  context,
}: EngineChoice & { readonly env: Env }): Promise<EngineEndpoint> {
  if (host && context) {
    throw new DockLockError('usage', '--host and --context both name an engine', {
      hint: 'Give one of them.',
    })
  }
  if (host) return withEnvTls(parseHost(host, '--host', env), env)
  if (context && context !== DEFAULT_CONTEXT) return contextEndpoint(context, env, '--context')
  if (env.DOCKER_HOST?.trim()) return withEnvTls(parseHost(env.DOCKER_HOST, 'DOCKER_HOST', env), env)
  // The docker command takes a blank one for the default socket, whatever the context in use.
  if (env.DOCKER_HOST) return defaultEndpoint(env)
  // Docker takes `--context default` for the context "default", which DOCKER_HOST decides, and not for the one in use.
  const name = context || env.DOCKER_CONTEXT || (await currentContext(env))
  if (name !== undefined && name !== DEFAULT_CONTEXT) return contextEndpoint(name, env)
  return defaultEndpoint(env)
}

/**
 * What the docker CLI takes when nothing names an engine: its socket, or TLS on this machine. Where there is none, a docker command
 * fails, and so the sockets are tried that a user's own engine has: rootless Docker, Docker Desktop, Podman, which has a variable of
 * its own.
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
 * What DOCKER_HOST may hold: `unix:///path`, `tcp://host:port`, `host:port`, `/path`, `npipe:////./pipe/name`, `ssh://user@host:port/path`.
 * @throws DockLockError `usage` (of --host), `config`
 */
export function parseHost(text: string, source: string, env: Env = {}): EngineEndpoint {
  const trimmed = text.trim()
  const isPath = /^\.?\//.test(trimmed)
  const [, scheme = isPath ? 'unix' : 'tcp', rest = ''] =
    /^(?:([a-z][a-z0-9+.-]*):\/\/)?(.*)$/i.exec(trimmed) ?? []
  switch (scheme) {
    case 'unix': {
      const socketPath = rest || DEFAULT_SOCKET
      // As in the docker command: what follows is an address of another kind.
      if (rest.includes('://')) break
      // Node would cut it off, and might find another socket.
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
      hint: 'Write it as unix:///path/to/docker.sock, tcp://host:port or ssh://user@host.',
    },
  )
}

/** TLS as DOCKER_TLS_VERIFY (verified) or DOCKER_TLS (not verified) turn it on; the files are in DOCKER_CERT_PATH. */
async function withEnvTls(endpoint: EngineEndpoint, env: Env): Promise<EngineEndpoint> {
  if (!wantsTls(env) || !('port' in endpoint.connect)) return endpoint
  const folder = env.DOCKER_CERT_PATH || configFolder(env)
  return { ...endpoint, tls: await readTls(folder, Boolean(env.DOCKER_TLS_VERIFY)) }
}

/** Whatever the value is, `0` too. */
function wantsTls(env: Env): boolean {
  return Boolean(env.DOCKER_TLS_VERIFY || env.DOCKER_TLS)
}

/** `flag`: what the context was named by, when it was named by the command line. */
async function contextEndpoint(name: string, env: Env, flag?: '--context'): Promise<EngineEndpoint> {
  const context = await readContext(name, env)
  if (context === undefined) {
    throw new DockLockError(flag ? 'usage' : 'config', `the Docker context "${name}" does not exist`, {
      hint: 'docker context ls shows those that do; --context, DOCKER_CONTEXT or docker context use choose one.',
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
