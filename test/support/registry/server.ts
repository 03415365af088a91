import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Auth, type AuthOptions, createAuth } from './auth.ts'
import { type Catalog, createCatalog } from './catalog.ts'
import { alter, type Behaviour, createFaults, type Match, type RandomFaults } from './faults.ts'
import type { ImageOptions } from './images.ts'
import { createListener, type TlsOptions } from './listener.ts'
import { errorReply, type Reply } from './reply.ts'
import { type RecordedRequest, recordRequest, redactForm } from './requests.ts'
import { answer, repositoryOf } from './routes.ts'
import { send } from './send.ts'

export interface RegistryOptions {
  /** Default: a free one. */
  readonly port?: number
  readonly tls?: TlsOptions
  /** Default: none. */
  readonly auth?: AuthOptions
  /** Answers any name and tag with an image made on demand, with these options. */
  readonly answerAnything?: boolean | ImageOptions
  /** Milliseconds before every answer. */
  readonly latencyMs?: number
  /** Sent with every answer, e.g. `ratelimit-remaining`. */
  readonly headers?: Readonly<Record<string, string>>
  readonly randomFaults?: RandomFaults
  /** The clock of the tokens, in milliseconds; default Date.now. */
  readonly now?: () => number
}

export interface EmbeddedRegistry
  extends Pick<Catalog, 'addImage' | 'addManifest' | 'manifest' | 'moveTag' | 'removeTag' | 'removeManifest'>,
    Pick<Auth, 'mintToken' | 'identityToken'> {
  readonly port: number
  /** `127.0.0.1:PORT`: the registry part of a reference. */
  readonly host: string
  /** `http(s)://127.0.0.1:PORT`. */
  readonly url: string
  /** The realm of challenges. */
  readonly tokenUrl: string
  /** Oldest first, with those to the token endpoint. */
  readonly requests: readonly RecordedRequest[]
  /** TCP connections accepted so far, by the registry's port. */
  readonly connections: number
  /** Milliseconds before every answer; may be set at any time. */
  latencyMs: number
  /** `127.0.0.1:PORT/repository:tag`. */
  reference(repository: string, tag: string): string
  /** Empties `requests`. */
  clear(): void
  /** Adds a fault; of several that match, the oldest that is not used up strikes. Returns its removal. */
  fault(match: Match, behaviour: Behaviour): () => void
  /** Faults by chance but reproducible from the seed; undefined ends them. */
  randomFaults(options: RandomFaults | undefined): void
  /** Removes every fault. */
  clearFaults(): void
  /** Closes the port: connections are refused until `up()`. */
  down(): Promise<void>
  /** Opens the same port again. */
  up(): Promise<void>
  /** Ends everything at once. */
  close(): Promise<void>
}

/**
 * A registry inside this process, on 127.0.0.1 only, that answers pulls as the distribution registry does.
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md
 */
export async function startRegistry(options: RegistryOptions = {}): Promise<EmbeddedRegistry> {
  const { answerAnything: anything = false, auth: authOptions = { kind: 'none' } } = options
  const catalog = createCatalog(anything === true ? {} : anything || undefined)
  const faults = createFaults(options.randomFaults)
  const requests: RecordedRequest[] = []
  const scheme = options.tls ? 'https' : 'http'
  let latencyMs = options.latencyMs ?? 0

  const handle = (message: IncomingMessage, response: ServerResponse): void => {
    const request = recordRequest(message)
    requests.push(request)
    const gone = new AbortController()
    response.once('close', () => {
      request.endedAt = Date.now()
      gone.abort()
    })
    respond(message, response, request, gone.signal).catch((error: unknown) => {
      if (gone.signal.aborted) return
      response.destroy(error instanceof Error ? error : undefined)
    })
  }

  const respond = async (
    message: IncomingMessage,
    response: ServerResponse,
    request: RecordedRequest,
    signal: AbortSignal,
  ): Promise<void> => {
    const form = await readForm(message)
    if (form) request.form = redactForm(form)
    const behaviour = faults.next(request)
    if (behaviour) request.fault = behaviour.kind
    if (latencyMs > 0) await sleep(latencyMs, undefined, { signal })
    let reply = answerTo(message, request, form)
    if (behaviour) {
      const url = `${scheme}://${message.headers.host ?? place().service}${message.url ?? '/'}`
      reply = alter(reply, behaviour, { url, challenge: auth.challenge(repositoryOf(request.path)) })
    }
    const headers = {
      'docker-distribution-api-version': 'registry/2.0',
      ...options.headers,
      ...reply.headers,
    }
    const started = (status: number): void => {
      request.status = status
    }
    await send(response, { ...reply, headers }, behaviour, signal, started)
  }

  const answerTo = (message: IncomingMessage, request: RecordedRequest, form?: URLSearchParams): Reply => {
    const { authorization } = message.headers
    if (request.path === '/token' && authOptions.kind === 'bearer') {
      const { authorized, ...reply } = auth.token(authorization, request.query, form)
      if (authorized !== undefined) request.authorized = authorized
      return reply
    }
    if (!/^\/v2(\/|$)/.test(request.path)) return errorReply(404, 'NOT_FOUND', 'no such endpoint')
    const { authorized, refusal } = auth.check(authorization, repositoryOf(request.path))
    if (authorized !== undefined) request.authorized = authorized
    return refusal ?? answer(request, catalog)
  }

  const listener = createListener(handle, options.port, options.tls)
  const tokenListener = authOptions.separateTokenServer ? createListener(handle, 0, options.tls) : undefined
  const place = (): { realm: string; service: string } => ({
    realm: `${scheme}://127.0.0.1:${(tokenListener ?? listener).port}/token`,
    service: `127.0.0.1:${listener.port}`,
  })
  const auth = createAuth(authOptions, options.now ?? Date.now, place)
  await Promise.all([listener.open(), tokenListener?.open()])
  const host = place().service

  return {
    ...catalog,
    mintToken: auth.mintToken,
    identityToken: auth.identityToken,
    port: listener.port,
    host,
    url: `${scheme}://${host}`,
    tokenUrl: authOptions.realm ?? place().realm,
    requests,
    get connections() {
      return listener.connections
    },
    get latencyMs() {
      return latencyMs
    },
    set latencyMs(value) {
      latencyMs = value
    },
    reference: (repository, tag) => `${host}/${repository}:${tag}`,
    clear() {
      requests.length = 0
    },
    fault: faults.add,
    randomFaults: faults.random,
    clearFaults: faults.clear,
    down: listener.close,
    up: listener.open,
    async close() {
      await Promise.all([listener.close(), tokenListener?.close()])
    },
  }
}

/** The fields of a form POST; other bodies are thrown away. */
async function readForm(message: IncomingMessage): Promise<URLSearchParams | undefined> {
  if (message.method !== 'POST') return void message.resume()
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk as Buffer)
  const isForm = message.headers['content-type']?.startsWith('application/x-www-form-urlencoded')
  return isForm ? new URLSearchParams(Buffer.concat(chunks).toString()) : undefined
}
