/**
 * A pretended Docker engine with a graphdriver store, for what is asked of dock-lock itself: it believes every digest it is told to
 * pull. Real engines are asked in test/e2e.
 */
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { parseReference, referenceKey, repositoryName } from '../../../src/core/reference.ts'

interface StoredImage {
  readonly id: string
  readonly tags: Set<string>
  readonly digests: Set<string>
  readonly architecture: string
}

export interface FakeEngine {
  /** `unix:///…/engine.sock`. */
  readonly host: string
  /** `POST /images/create?fromImage=…`, without the API version, decoded. */
  readonly requests: readonly string[]
  /** The headers of each request, with names in lower case. */
  readonly headers: readonly IncomingMessage['headers'][]
  /** How pulls go from now on: the engine's error message, `hang` after the first line of progress, or say it again without end. */
  pulls: 'work' | 'hang' | 'repeat' | { readonly error: string }
  /** `alpine:3.23 docker.io/library/alpine@sha256:…`, one line for each image. */
  list(): string
  /** An image that somebody else brought. */
  add(names: readonly string[], architecture?: string): void
  remove(name: string): void
  /** Forgets the requests. */
  clear(): void
  close(): Promise<void>
}

export async function startEngine(
  socketPath: string,
  {
    mirrors = [],
    machine = 'x86_64',
    insecure = [],
    version = '27.0.0',
  }: {
    readonly mirrors?: readonly string[]
    readonly machine?: string
    readonly insecure?: readonly string[]
    readonly version?: string
  } = {},
): Promise<FakeEngine> {
  const images: StoredImage[] = []
  const requests: string[] = []
  const headers: IncomingMessage['headers'][] = []
  const engine = { pulls: 'work' as FakeEngine['pulls'] }

  const find = (name: string) =>
    images.find(({ id, tags, digests }) => [id, ...tags, ...digests].includes(normalized(name)))
  const entry = ({ id, tags, digests, architecture }: StoredImage) => ({
    Id: id,
    RepoTags: [...tags],
    RepoDigests: [...digests],
    Os: 'linux',
    Architecture: architecture,
  })

  const own = machine === 'aarch64' ? 'arm64' : 'amd64'

  const pull = (response: ServerResponse, query: URLSearchParams): void => {
    const name = `${query.get('fromImage')}@${query.get('tag')}`
    const architecture = query.get('platform')?.split('/')[1] ?? own
    const say = (line: object) => response.write(`${JSON.stringify(line)}\r\n`)
    say({ status: 'Pulling fs layer', id: '0123456789ab', progressDetail: {} })
    if (engine.pulls === 'hang') return
    if (engine.pulls === 'repeat') {
      const timer = setInterval(
        () => say({ status: 'Downloading', id: '0123456789ab', progressDetail: { current: 5 } }),
        5,
      )
      response.on('close', () => clearInterval(timer))
      return
    }
    if (engine.pulls === 'work') {
      const id = sha256(`${name} ${architecture}`)
      images.push({ id, tags: new Set(), digests: new Set([normalized(name)]), architecture })
      say({ status: `Digest: ${query.get('tag')}` })
    } else say({ errorDetail: { message: engine.pulls.error }, error: engine.pulls.error })
    response.end()
  }

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const url = new URL(request.url ?? '/', 'http://engine')
    const path = decodeURIComponent(url.pathname).replace(/^\/v1\.\d+/, '')
    headers.push(request.headers)
    requests.push(`${request.method} ${path}${decodeURIComponent(url.search)}`)
    const reply = (status: number, document: unknown) => {
      response.statusCode = status
      response.end(JSON.stringify(document))
    }
    const [, name = '', action = ''] = /^\/images\/(.+)\/(json|tag)$/.exec(path) ?? []
    const image = find(name)
    if (path === '/_ping') {
      response.setHeader('api-version', '1.41')
      response.end('OK')
    } else if (path === '/info') reply(200, { ...info(mirrors, machine, insecure), ServerVersion: version })
    else if (path === '/system/df') reply(200, { BuildCache: [] })
    else if (path === '/images/json') reply(200, images.map(entry))
    else if (path === '/images/create') pull(response, url.searchParams)
    else if (image === undefined) reply(404, { message: `No such image: ${name}` })
    else if (action === 'json') reply(200, entry(image))
    else {
      const tag = normalized(`${url.searchParams.get('repo')}:${url.searchParams.get('tag')}`)
      for (const { tags } of images) tags.delete(tag)
      image.tags.add(tag)
      reply(201, {})
    }
  }

  const server = createServer(answer)
  await new Promise<void>(done => server.listen(socketPath, done))
  return Object.assign(engine, {
    host: `unix://${socketPath}`,
    requests,
    headers,
    clear() {
      requests.length = 0
      headers.length = 0
    },
    list: () =>
      images
        .map(({ tags, digests }) => `${[...tags, ...digests].join(' ')}\n`)
        .sort()
        .join(''),
    add(names: readonly string[], architecture = own) {
      const all = names.map(normalized)
      images.push({
        id: sha256(names.join(' ')),
        tags: new Set(all.filter(one => !one.includes('@'))),
        digests: new Set(all.filter(one => one.includes('@'))),
        architecture,
      })
    },
    remove(name: string) {
      const image = find(name)
      if (image === undefined) throw new Error(`no image ${name}`)
      images.splice(images.indexOf(image), 1)
    },
    close: () =>
      new Promise<void>(done => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  })
}

function info(mirrors: readonly string[], machine: string, insecure: readonly string[]) {
  return {
    OSType: 'linux',
    Architecture: machine,
    Driver: 'overlay2',
    DriverStatus: [['Backing Filesystem', 'extfs']],
    RegistryConfig: {
      Mirrors: mirrors,
      IndexConfigs: Object.fromEntries(insecure.map(name => [name, { Secure: false }])),
      InsecureRegistryCIDRs: ['127.0.0.0/8'],
    },
  }
}

/** `docker.io/library/alpine:3.23`, `docker.io/library/alpine@sha256:…`; an id stays what it is. */
function normalized(name: string): string {
  const parsed = parseReference(name)
  if (!parsed.ok || name.startsWith('sha256:')) return name
  const { digest } = parsed.reference
  return digest === undefined
    ? referenceKey(parsed.reference)
    : `${repositoryName(parsed.reference)}@${digest}`
}

function sha256(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`
}
