/**
 * The Engine API: a negotiated version, JSON in, JSON out.
 * @see https://docs.docker.com/reference/api/engine/
 */
import { DockLockError } from '../../core/error.ts'
import { maskSecrets } from '../../core/mask.ts'
import { textField } from '../../lib/json.ts'
import { once } from '../../lib/once.ts'
import type { EngineHttp, EngineRequest, EngineResponse } from './engine-http.ts'

/** 1.51 is the newest API version that this code knows. A newer engine is called with it, an older one with its own version. */
const NEWEST_MINOR = 51
/** The API version of engines that do not report one (Docker 1.12). */
const OLDEST = '1.24'

export interface ApiResponse {
  readonly status: number
  /** Parsed; undefined when the body is empty. */
  readonly document: unknown
}

export interface DockerApi {
  /** What `/_ping` reports, requested once per store. @throws DockLockError `unreachable`, `engine`, `interrupted` */
  version(signal: AbortSignal): Promise<ApiVersion>
  /** Whether the version in use is at least `1.minor`. */
  speaks(minor: number, signal: AbortSignal): Promise<boolean>
  /** Returns the response, whatever its status. @throws DockLockError `unreachable`, `engine` (not JSON), `interrupted` */
  call(request: EngineRequest): Promise<ApiResponse>
  /** Like `call`, for a field that API version `1.minor` added; undefined if the engine is older. */
  callNewer(minor: number, request: EngineRequest): Promise<ApiResponse | undefined>
  /** Like `call`, for Podman's own API. */
  callLibpod(request: EngineRequest): Promise<ApiResponse>
  /** Like `call`, for a stream: with status 200 each JSON document goes to `onMessage`, and `document` is undefined. */
  stream(request: EngineRequest, onMessage: (message: unknown) => void): Promise<ApiResponse>
}

export interface ApiVersion {
  /** `1.41`: the version in use. */
  readonly api: string
  /** The minor part of the newest version that the engine has. */
  readonly newest: number
  /** The engine's server header: `Docker/28.5.2 (linux)`, `Libpod/4.3.1 (linux)`; may be empty. */
  readonly server: string
  /** The version of Podman's own API: `5.8.6`. */
  readonly libpod?: string
}

/** The API client of every kind of engine. */
export interface EngineConnection {
  readonly http: EngineHttp
  readonly api: DockerApi
}

export function dockerApi(http: EngineHttp): DockerApi {
  const { host } = http.endpoint

  async function negotiate(signal: AbortSignal): Promise<ApiVersion> {
    // Only this path works without a version.
    const reply = await http.send({ method: 'GET', path: '/_ping', signal })
    const offered = header(reply, 'api-version')
    if ([401, 403, 407].includes(reply.status)) throw refused(host, '/_ping', reply)
    if (reply.status !== 200 || (offered === '' && reply.text.trim() !== 'OK')) {
      throw notAnEngine(host, '/_ping', reply)
    }
    const libpod = header(reply, 'libpod-api-version')
    return {
      api: knownVersion(offered || OLDEST),
      newest: minorOf(offered || OLDEST),
      server: header(reply, 'server'),
      ...(libpod !== '' && { libpod }),
    }
  }

  const version = once(negotiate)

  async function versioned(request: EngineRequest): Promise<EngineRequest> {
    const { api } = await version(request.signal)
    return { ...request, path: `/v${api}${request.path}` }
  }

  return {
    version,
    async speaks(minor, signal) {
      return minorOf((await version(signal)).api) >= minor
    },
    async call(request) {
      const reply = await http.send(await versioned(request))
      return { status: reply.status, document: parse(host, request.path, reply) }
    },
    async callNewer(minor, request) {
      if ((await version(request.signal)).newest < minor) return undefined
      const reply = await http.send({ ...request, path: `/v1.${minor}${request.path}` })
      return { status: reply.status, document: parse(host, request.path, reply) }
    },
    async callLibpod(request) {
      const { libpod = '' } = await version(request.signal)
      const reply = await http.send({ ...request, path: `/v${libpod}/libpod${request.path}` })
      // The error for a path that this API version lacks.
      if (reply.status === 405) return { status: 405, document: undefined }
      return { status: reply.status, document: parse(host, request.path, reply) }
    },
    async stream(request, onMessage) {
      const reply = await http.sendForLines(await versioned(request), line =>
        onMessage(parse(host, request.path, { status: 200, text: line })),
      )
      return { status: reply.status, document: parse(host, request.path, reply) }
    },
  }
}

/** The error for a response with an unexpected status. */
export function engineError(host: string, what: string, { status, document }: ApiResponse): DockLockError {
  const message = maskSecrets(textField(document, 'message')) || `HTTP status ${status}`
  return new DockLockError('engine', `the engine at ${host} refuses ${what}: ${message}`)
}

function parse(host: string, path: string, reply: Pick<EngineResponse, 'status' | 'text'>): unknown {
  if (reply.text.trim() === '') return undefined
  try {
    return JSON.parse(reply.text)
  } catch {
    throw reply.status >= 400 ? refused(host, path, reply) : notAnEngine(host, path, reply)
  }
}

/** An engine gives its reason as JSON. HTML comes from a proxy in between. */
function refused(host: string, path: string, reply: Pick<EngineResponse, 'status' | 'text'>): DockLockError {
  const said = firstWords(reply.text)
  return new DockLockError(
    'engine',
    `refused by the engine at ${host} or a proxy in front of it: ${path.replace(/\?.*/s, '')} gave status ${reply.status}${said && ` and "${said}"`}`,
    { hint: 'Allow this request in the proxy, or set DOCKER_HOST to the engine itself' },
  )
}

function firstWords(text: string): string {
  return maskSecrets(text.trim()).slice(0, 120)
}

function notAnEngine(
  host: string,
  path: string,
  reply: Pick<EngineResponse, 'status' | 'text'>,
): DockLockError {
  const said = firstWords(reply.text)
  return new DockLockError(
    'engine',
    `the server at ${host} is not a Docker engine: ${path.replace(/\?.*/s, '')} gave status ${reply.status}${said && ` and "${said}"`}`,
    {
      hint: /HTTPS (?:server|port)/i.test(said)
        ? 'It requires TLS: set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH'
        : 'Check DOCKER_HOST, the Docker context or --host',
    },
  )
}

function header(reply: EngineResponse, name: string): string {
  const value = reply.headers[name]
  return typeof value === 'string' ? value : ''
}

/** The engine's API version, limited to the newest one known here. */
function knownVersion(offered: string): string {
  return `1.${Math.min(minorOf(offered), NEWEST_MINOR)}`
}

/** All API versions start with 1: https://docs.docker.com/reference/api/engine/version-history/ */
function minorOf(version: string): number {
  return Number(/^1\.(\d+)$/.exec(version)?.[1] ?? NEWEST_MINOR)
}
