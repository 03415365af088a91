/**
 * Podman in this process, on a unix socket, that gives the recorded answers of a real one. `fixtures/podman-*.json` hold what 4.3.1 and 5.8.6
 * said in several states of their stores, shortened.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Digest, parseDigest } from '../../src/core/digest.ts'
import { detectStore } from '../../src/stores/index.ts'
import type { Store } from '../../src/stores/store.ts'

export const PODMANS = ['podman-4', 'podman-5'] as const
export type PodmanName = (typeof PODMANS)[number]

/** What the store held; `digest` is that of the index of alpine:3.23. */
export type PodmanState =
  | 'empty'
  /** By digest alone. */
  | 'untagged'
  /** By digest, and tagged. */
  | 'present'
  | 'byTag'
  /** By digest; alpine:3.23 is on another image. */
  | 'elsewhere'
  /** By digest, for linux/arm64. */
  | 'otherPlatform'
  /** linux/arm64 as alpine:3.23, then linux/amd64 by digest; and the other way round. */
  | 'bothOwn'
  | 'bothOther'
  /** By tag, and that taken off. */
  | 'nameless'

interface ListedImage {
  Id: string
  RepoTags: string[] | null
  Names?: string[]
  RepoDigests: string[] | null
  [field: string]: unknown
}

interface Recording {
  readonly ping: Readonly<Record<string, string>>
  readonly images: {
    readonly digest: string
    readonly other: string
    readonly platforms: Readonly<Record<string, string>>
  }
  readonly info: Readonly<Record<string, unknown>>
  readonly scenarios: Readonly<
    Record<
      PodmanState,
      { readonly images: readonly ListedImage[]; readonly inspects: Readonly<Record<string, object>> }
    >
  >
  readonly pulls: Readonly<
    Record<
      'good' | 'missing' | 'noPlatform' | 'refused',
      { readonly status: number; readonly lines: readonly string[] }
    >
  >
  readonly absent: { readonly status: number; readonly text: string }
  readonly resolve: { readonly status: number; readonly text: string }
}

export function podmanRecording(name: PodmanName): Recording {
  return JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), 'utf8')) as Recording
}

export function podmanDigest(name: PodmanName): Digest {
  return parseDigest(podmanRecording(name).images.digest)!
}

export interface FakePodmanOptions {
  readonly state?: PodmanState
  /** What a pull says; default `good`, after which the store is `after`. */
  readonly pull?: keyof Recording['pulls']
  readonly after?: PodmanState
  /** Instead of the recorded one. */
  readonly info?: object
  /** Applied to the text of a recorded list of images. */
  readonly rewrite?: (images: string) => string
}

export interface FakePodman {
  readonly host: string
  /** `GET /libpod/info`: without the version, in the order in which they came. */
  readonly requests: readonly string[]
  readonly headers: readonly IncomingMessage['headers'][]
}

/** Runs `action` with a Podman and a store of it, and stops it afterwards. */
export async function withPodman(
  name: PodmanName,
  options: FakePodmanOptions,
  action: (podman: FakePodman, store: Store) => Promise<void>,
): Promise<void> {
  const recorded = podmanRecording(name)
  const folder = mkdtempSync(join(tmpdir(), 'dock-lock-podman-'))
  const requests: string[] = []
  const headers: IncomingMessage['headers'][] = []
  let content = structuredClone(recorded.scenarios[options.state ?? 'empty'])

  const say = (response: ServerResponse, status: number, text: string) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(text)
  const namesOf = ({ RepoTags, Names }: ListedImage) => [...(RepoTags ?? []), ...(Names ?? [])]

  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '', 'http://podman')
    if (url.pathname === '/_ping') {
      requests.push('GET /_ping')
      return response.writeHead(200, { ...recorded.ping }).end('OK')
    }
    const [, version = '', path = ''] = /^\/v([\d.]+)(\/.*)$/.exec(decodeURI(url.pathname)) ?? []
    requests.push(`${request.method} ${path}${url.search}`)
    headers.push(request.headers)
    const libpod = path.startsWith('/libpod/')
    const own = recorded.ping[libpod ? 'libpod-api-version' : 'api-version']
    if (version !== own) return say(response, 400, JSON.stringify({ message: `version ${version}?` }))
    if (path === '/libpod/info') return say(response, 200, JSON.stringify(options.info ?? recorded.info))
    if (path === '/libpod/images/json')
      return say(response, 200, (options.rewrite ?? String)(JSON.stringify(content.images)))
    if (path === '/images/create') {
      const pull = options.pull ?? 'good'
      const { status, lines } = recorded.pulls[pull]
      if (pull === 'good') content = structuredClone(recorded.scenarios[options.after ?? 'untagged'])
      return say(response, status, lines.map(line => `${line}\n`).join(''))
    }
    const [, image = '', action] = /^\/libpod\/images\/(.+)\/(json|tag|resolve)$/.exec(path) ?? []
    if (action === 'resolve') return say(response, recorded.resolve.status, recorded.resolve.text)
    const found = content.images.find(each => each.Id === image || namesOf(each).includes(image))
    if (found === undefined) {
      return say(response, 404, recorded.absent.text.replaceAll('docker.io/library/alpine:nope', image))
    }
    if (action === 'json') return say(response, 200, JSON.stringify(content.inspects[found.Id]))
    const tag = `${url.searchParams.get('repo')}:${url.searchParams.get('tag')}`
    for (const each of content.images)
      for (const field of ['RepoTags', 'Names'] as const)
        each[field] = (each[field] ?? []).filter(other => other !== tag)
    found.RepoTags = [tag, ...(found.RepoTags ?? [])]
    return response.writeHead(201).end()
  }

  const server = createServer((request, response) => void answer(request, response))
  const socket = join(folder, 'podman.sock')
  await new Promise<void>(resolve => server.listen(socket, resolve))
  const host = `unix://${socket}`
  const store = await detectStore({ env: {}, host, signal: new AbortController().signal })
  try {
    await action({ host, requests, headers }, store)
  } finally {
    store.close()
    const closed = new Promise(resolve => server.close(resolve))
    server.closeAllConnections()
    await closed
    rmSync(folder, { recursive: true, force: true })
  }
}
