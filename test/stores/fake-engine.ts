/**
 * An engine in this process, on a unix socket, that gives the recorded answers of a real one. `fixtures/` holds, for each engine, what it
 * said in several states of its store (recorded from Docker 20.10.24, 26.1.5 and 28.5.2, shortened), for an image that is there for linux/amd64
 * unless the state says otherwise.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { type Digest, parseDigest } from '../../src/core/digest.ts'
import { parseReference, type Reference } from '../../src/core/reference.ts'
import type { Wanted } from '../../src/core/wanted.ts'
import { detectStore } from '../../src/stores/index.ts'
import type { Store } from '../../src/stores/store.ts'
import { answer, type FakeOptions as BuildkitOptions } from './fake-buildx.ts'

export const ENGINES = ['docker-20.10', 'docker-28-graphdriver', 'docker-28-containerd'] as const
/** Docker 26's containerd store was an experiment: its BuildKit looks images up by other names. */
export type EngineName = (typeof ENGINES)[number] | 'docker-26-containerd'

/** What the engine held when its answers were recorded; `digest` is that of alpine:3.23. */
export type State =
  | 'empty'
  /** digest */
  | 'untagged'
  /** digest, alpine:3.23 */
  | 'present'
  /** digest, alpine:3.23 and foo/bar:1 */
  | 'retagged'
  /** digest; alpine:3.23 is on another image */
  | 'elsewhere'
  /** digest and alpine:3.23, for linux/arm64 alone */
  | 'otherPlatform'
  /** As before, and then pulled for linux/amd64: only a containerd store has both. */
  | 'bothPlatforms'
  /** digest, alpine:3.23 and a record with the name alpine:3.23@digest; of Docker 26 alone */
  | 'exact'

interface ListedImage {
  Id: string
  RepoTags: string[] | null
  RepoDigests: string[] | null
  [field: string]: unknown
}

export interface Recording {
  readonly ping: { readonly api: string; readonly headers: Readonly<Record<string, string>> }
  readonly images: Readonly<
    Record<
      '3.23' | 'latest',
      { readonly digest: string; readonly platforms: Readonly<Record<string, string>> }
    >
  >
  readonly info: Readonly<Record<string, unknown>>
  readonly scenarios: Readonly<
    Record<
      State,
      {
        readonly images: readonly ListedImage[]
        readonly inspects: Readonly<Record<string, Readonly<Record<string, unknown>>>>
      }
    >
  >
  readonly pulls: Readonly<
    Record<
      'good' | 'noPlatform' | 'missing' | 'refused',
      { readonly status: number; readonly lines: readonly string[] }
    >
  >
  readonly absent: { readonly status: number; readonly text: string }
}

export function recording(name: EngineName): Recording {
  return JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), 'utf8')) as Recording
}

export function digestOf(name: EngineName, tag: '3.23' | 'latest' = '3.23'): Digest {
  return parseDigest(recording(name).images[tag].digest)!
}

/** The wanted image for `alpine:3.23`, locked to `digest`. */
export function want(text: string, digest: Digest, more: Partial<Wanted> = {}): Wanted {
  const parsed = parseReference(text)
  if (!parsed.ok) throw new Error(parsed.problem.message)
  const reference: Reference = parsed.reference
  return { key: text, reference, digest, ...more }
}

export type Answer = (request: IncomingMessage, response: ServerResponse) => void

export interface FakeOptions {
  readonly state?: State
  /** What a pull says; default `good`, after which the store is `untagged` (or `elsewhere`, if it was). */
  readonly pull?: keyof Recording['pulls'] | Answer
  /** Instead of what the recorded engine says. */
  readonly api?: string
  /** Records of the build cache; there are none by default. Nor is there BuildKit's content. */
  readonly buildCache?: readonly { readonly Description: string }[]
  /** The image that has the tag in the state `elsewhere` was built here: it has no digest of a repository. */
  readonly built?: boolean
  /** BuildKit's content, over `/grpc`; absent: the engine does not know that path. */
  readonly blobs?: BuildkitOptions['blobs']
  /** `Identity` in the answers about single images, from API 1.53 on, in the documented shape. */
  readonly identity?: unknown
  /** Instead of the recorded answer, by the path without its version: `/info`. */
  readonly answers?: Readonly<Record<string, Answer>>
}

export interface FakeEngine {
  readonly host: string
  /** `GET /v1.41/info`, in the order in which they came. */
  readonly requests: readonly string[]
  readonly headers: readonly IncomingMessage['headers'][]
  /** Connections so far. */
  connections(): number
  /** Connections that are open now. */
  open(): Promise<number>
  /** Ends all connections as a killed daemon would. */
  kill(): void
  setState(state: State): void
  /** A store of it, with nothing in the environment but the host. */
  store(): Promise<Store>
  stop(): Promise<void>
}

export async function fakeEngine(name: EngineName, options: FakeOptions = {}): Promise<FakeEngine> {
  const recorded = recording(name)
  const folder = mkdtempSync(join(tmpdir(), 'dock-lock-engine-'))
  const socket = join(folder, 'docker.sock')
  const requests: string[] = []
  const headers: IncomingMessage['headers'][] = []
  const stores: Store[] = []
  const upgraded = new Set<Duplex>()
  const api = options.api ?? recorded.ping.api
  let connections = 0
  const contentIn = (state: State) => {
    const images = structuredClone(recorded.scenarios[state])
    if (options.built === true)
      for (const image of images.images)
        if (image.RepoTags?.includes('alpine:3.23') === true && state === 'elsewhere') image.RepoDigests = []
    return images
  }
  let content = contentIn(options.state ?? 'empty')

  const json = (response: ServerResponse, status: number, document: unknown) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(`${JSON.stringify(document)}\n`)
  }
  const familiar = (text: string) => text.replace(/^docker\.io\/(library\/)?/, '')
  const isNamed = (image: ListedImage, name: string) =>
    [image.Id, ...(image.RepoTags ?? []), ...(image.RepoDigests ?? [])].includes(familiar(name))

  const routes: Answer = (request, response) => {
    const url = new URL(request.url ?? '', 'http://engine')
    const [, version, path = ''] = /^\/v(\d+\.\d+)(\/.*)$/.exec(url.pathname) ?? [
      undefined,
      undefined,
      url.pathname,
    ]
    const own = options.answers?.[path]
    if (own !== undefined) return own(request, response)
    if (path === '/_ping') {
      const { server, ostype } = recorded.ping.headers
      response.writeHead(200, { 'api-version': api, server, ostype, 'content-type': 'text/plain' })
      return response.end('OK')
    }
    if (version === undefined) return json(response, 404, { message: 'page not found' })
    if (Number(version.slice(2)) > Number(api.slice(2))) {
      const message = `client version ${version} is too new. Maximum supported API version is ${api}`
      return json(response, 400, { message })
    }
    if (path === '/info') return json(response, 200, recorded.info)
    if (path === '/system/df') return json(response, 200, { BuildCache: options.buildCache ?? [] })
    if (path === '/images/json') {
      const manifests = url.searchParams.get('manifests') === '1' && Number(version.slice(2)) >= 47
      const filters = JSON.parse(url.searchParams.get('filters') ?? '{}') as { reference?: string[] }
      const listed = content.images.filter(
        ({ RepoTags, RepoDigests }) =>
          filters.reference?.some(name =>
            [...(RepoTags ?? []), ...(RepoDigests ?? [])].some(other =>
              /^[:@]/.test(other.replace(name, '')),
            ),
          ) ?? true,
      )
      return json(
        response,
        200,
        listed.map(({ Manifests, ...rest }) => ({
          ...rest,
          ...(manifests && Manifests !== undefined && { Manifests }),
        })),
      )
    }
    if (path === '/images/create' && request.method === 'POST') {
      const pull = options.pull ?? 'good'
      if (typeof pull === 'function') return pull(request, response)
      const { status, lines } = recorded.pulls[pull]
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(lines.map(line => `${line}\r\n`).join(''))
      if (pull !== 'good') return
      const before = content
      content = contentIn(before.images.length === 0 ? 'untagged' : 'elsewhere')
      return
    }
    const [, image = '', action] = /^\/images\/(.+)\/(json|tag)$/.exec(decodeURI(path)) ?? []
    const found = content.images.find(each => isNamed(each, image))
    if (found === undefined) {
      const message = recorded.absent.text.replaceAll('alpine:nope', image)
      response.writeHead(404, { 'content-type': 'application/json' })
      return response.end(message)
    }
    if (action === 'json') {
      const Identity = Number(version.slice(2)) >= 53 ? options.identity : undefined
      return json(response, 200, {
        ...content.inspects[found.Id],
        ...names(found),
        ...(Identity !== undefined && { Identity }),
      })
    }
    const tag = familiar(`${url.searchParams.get('repo')}:${url.searchParams.get('tag')}`)
    for (const each of content.images) each.RepoTags = (each.RepoTags ?? []).filter(other => other !== tag)
    found.RepoTags = [tag, ...(found.RepoTags ?? [])]
    response.writeHead(201).end()
  }
  const names = ({ RepoTags, RepoDigests }: ListedImage) => ({ RepoTags, RepoDigests })

  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`)
    headers.push(request.headers)
    routes(request, response)
  })
  server.on('connection', () => {
    connections += 1
  })
  const buildkit = createHttp2Server()
  buildkit.on(
    'stream',
    (stream, sent) => void answer(stream, String(sent[':path']), { blobs: options.blobs ?? new Map() }),
  )
  if (options.blobs !== undefined)
    server.on('upgrade', (_request, socket) => {
      upgraded.add(socket)
      socket.on('error', () => {})
      socket.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n')
      buildkit.emit('connection', socket)
    })
  await new Promise<void>(resolve => server.listen(socket, resolve))
  const host = `unix://${socket}`

  return {
    host,
    requests,
    headers,
    connections: () => connections,
    open: () =>
      new Promise((resolve, reject) =>
        server.getConnections((error, count) => (error === null ? resolve(count) : reject(error))),
      ),
    kill: () => server.closeAllConnections(),
    setState(state) {
      content = contentIn(state)
    },
    async store() {
      const store = await detectStore({ env: {}, host, signal: new AbortController().signal })
      stores.push(store)
      return store
    },
    async stop() {
      for (const store of stores) store.close()
      const closed = new Promise(resolve => server.close(resolve))
      server.closeAllConnections()
      for (const socket of upgraded) socket.destroy()
      await closed
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Runs `action` with an engine and stops it afterwards. */
export async function withEngine(
  name: EngineName,
  options: FakeOptions,
  action: (engine: FakeEngine, store: Store) => Promise<void>,
): Promise<void> {
  const engine = await fakeEngine(name, options)
  try {
    await action(engine, await engine.store())
  } finally {
    await engine.stop()
  }
}
