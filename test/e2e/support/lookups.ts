/**
 * What BuildKit looks up for a Dockerfile: an engine whose every registry is one that answers any name and tag and notes what is asked.
 * docker.io comes by way of a mirror, all other hosts by way of an HTTP proxy, so that names need not be rewritten.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type AnyImages, createAnyImages, platforms } from './any-images.ts'
import { type Answer, openBuildKit, type ReadOptions } from './buildkit.ts'
import { type Engine, type EngineKind, startEngine } from './engines.ts'

export interface Lookups {
  readonly kind: EngineKind
  /** The version of the engine. */
  readonly version: string
  /** For its own client. */
  readonly env: Engine['env']
  /** `127.0.0.1:PORT`: a registry that is reached without a proxy. */
  readonly host: string
  /** A digest that every repository has and that BuildKit does not: it keeps what it has once read, and asks no more. */
  mintDigest(algorithm: 'sha256' | 'sha512'): string
  /** Whether images of the registry can be had here, and for the platform, if there is one. */
  serves(registry: string, platform: string | undefined): boolean
  /** Reads a Dockerfile; one at a time. */
  read(source: string, options: LookupOptions): Promise<Reading>
  /** What the engine looks up while a client of it does something. */
  during(action: (engine: Engine) => Promise<unknown>): Promise<ReadonlySet<string>>
  stop(): Promise<void>
}

export interface LookupOptions extends ReadOptions {
  /** Says that there is no such image, to whatever is asked. */
  readonly denyAll?: boolean
}

export interface Reading extends Answer {
  /** `HOST/REPOSITORY:TAG` or `HOST/REPOSITORY@DIGEST`, and behind it, if it got so far, the platform that was chosen. */
  readonly asked: ReadonlySet<string>
}

interface Current {
  readonly source: string
  readonly denyAll: boolean
  readonly asked: Map<string, Set<string>>
}

/** `insecureRegistries`: the hosts beside docker.io that are to be reached. */
export async function startLookups(
  kind: EngineKind,
  insecureRegistries: readonly string[],
): Promise<Lookups> {
  const images = createAnyImages()
  let current: Current | undefined
  let reads = 0
  const server = createServer((incoming, outgoing) => {
    if (current !== undefined) answer(incoming, outgoing, current, images)
    else outgoing.writeHead(503).end()
  })
  // A host that BuildKit would speak TLS with: told that it is a plain one, it tries again without if it may.
  server.on('connect', (_incoming: IncomingMessage, socket: Socket) => {
    socket.on('error', () => {})
    socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'))
    socket.write('HTTP/1.1 200 OK\r\n\r\n')
  })
  server.keepAliveTimeout = 60_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const engine = await startEngine(kind, {
    registryMirrors: [url],
    insecureRegistries: ['127.0.0.0/8', ...insecureRegistries],
    proxy: url,
  }).catch((error: unknown) => {
    server.close()
    throw error
  })
  const buildkit = await openBuildKit(engine.socket)
  const host = url.slice('http://'.length)
  const served = new Set(['docker.io', host, host.replace('127.0.0.1', 'localhost'), ...insecureRegistries])
  const record = async <T>(source: string, denyAll: boolean, action: () => Promise<T>) => {
    if (current !== undefined) throw new Error('one at a time')
    const recording: Current = { source, denyAll, asked: new Map() }
    current = recording
    images.forgetTags()
    try {
      const answer = await action()
      return { answer, asked: new Set([...recording.asked].flatMap(withPlatforms)) }
    } finally {
      current = undefined
    }
  }
  return {
    kind,
    version: engine.version,
    env: engine.env,
    host,
    mintDigest: images.mint,
    serves: (registry, platform) =>
      served.has(registry) && (platform === undefined || platforms.includes(platform)),
    async read(source, { denyAll = false, ...options }) {
      const { answer, asked } = await record(source, denyAll, async () => {
        const answer = await buildkit.read(`${url}/dockerfiles/${++reads}`, options)
        // What was under way when the first error ended it all must not be taken for the next file's.
        if (answer.refusal !== undefined) await sleep(20)
        return answer
      })
      return { ...answer, asked }
    },
    async during(action) {
      return (await record('', false, () => action(engine))).asked
    },
    async stop() {
      buildkit.close()
      await engine.stop()
      server.closeAllConnections()
      server.close()
    },
  }
}

function withPlatforms([name, platforms]: readonly [string, ReadonlySet<string>]): string[] {
  return platforms.size === 0 ? [name] : [...platforms].map(platform => `${name} ${platform}`)
}

function answer(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  current: Current,
  images: AnyImages,
): void {
  const { url = '', method, headers } = incoming
  // A proxy is asked for the whole URL, and a mirror told the host that it stands for.
  const [, authority = headers.host, path = '', query] =
    /^(?:http:\/\/([^/]+))?([^?]*)(?:\?(.*))?$/.exec(url) ?? []
  const asked = new URLSearchParams(query).get('ns') ?? authority
  const host = asked === 'registry-1.docker.io' ? 'docker.io' : asked
  const [, repository, kind, reference = ''] = /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/.exec(path) ?? []
  const send = (status: number, type: string, body: Buffer | string, more = {}) => {
    outgoing.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body), ...more })
    outgoing.end(method === 'HEAD' ? undefined : body)
  }
  if (path.startsWith('/dockerfiles/')) send(200, 'text/plain', current.source)
  else if (kind === 'manifests' && repository !== undefined) sendManifest(`${host}/${repository}`, reference)
  else if (kind === 'blobs' && images.blob(reference) !== undefined) {
    send(200, 'application/octet-stream', images.blob(reference) ?? '')
  } else send(path === '/v2/' ? 200 : 404, 'application/json', '{}')

  function sendManifest(repository: string, reference: string): void {
    const isDigest = reference.includes(':')
    const name = `${repository}${isDigest ? '@' : ':'}${reference}`
    const part = isDigest ? images.part(reference) : undefined
    if (part === undefined && !current.asked.has(name)) current.asked.set(name, new Set())
    if (part?.platform !== undefined) {
      for (const [asked, platforms] of current.asked) if (part.isOf(asked)) platforms.add(part.platform)
    }
    const found = current.denyAll ? undefined : (part ?? images.image(name, isDigest ? reference : undefined))
    if (found === undefined) send(404, 'application/json', '{"errors":[{"code":"MANIFEST_UNKNOWN"}]}')
    else send(200, found.mediaType, found.body, { 'docker-content-digest': found.digest })
  }
}
