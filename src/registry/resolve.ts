/** Tag → digest, over all the places where a registry can be reached. */
import type { Resolution } from '../core/descriptor.ts'
import type { Digest } from '../core/digest.ts'
import { DockLockError } from '../core/error.ts'
import { familiarName, type Reference, referenceKey, repositoryName } from '../core/reference.ts'
import { createSecrets } from '../core/secrets.ts'
import { createLimiter } from '../lib/limit.ts'
import { onceFor } from '../lib/once.ts'
import { createAuthorizer } from './auth/authorizer.ts'
import { createKeychains } from './auth/keychain.ts'
import { createEndpoints, type Endpoint } from './endpoints/endpoints.ts'
import { type Fetch, type FetchedManifest, head, knowsNoHead, platforms } from './manifests.ts'
import { explainAnonymous, registryError } from './registry-error.ts'
import type { RegistryOptions, Resolver } from './resolver.ts'
import { abortable, createDeadlines, limited } from './transport/deadline.ts'
import { type FailureKind, HttpFailure, seconds } from './transport/failure.ts'
import { CONNECTIONS } from './transport/pools.ts'
import { createHttp } from './transport/request.ts'
import { createTransport, type RetryMode } from './transport/transport.ts'

interface ResolvedAt extends FetchedManifest {
  readonly endpoint: Endpoint
}

interface Attempt {
  readonly endpoint: Endpoint
  readonly patience: RetryMode
}

interface Failed {
  readonly endpoint: Endpoint
  readonly error: HttpFailure | DockLockError
}

/** @throws DockLockError `config` when a proxy of the environment is no URL */
export function createResolver(options: RegistryOptions): Resolver {
  const { env, totalTimeout = 90_000, concurrency = CONNECTIONS } = options
  const deadlines = createDeadlines(options.signal, totalTimeout)
  const { signal } = deadlines
  const keychain = options.keychain ?? createKeychains(env, signal)(options)
  const hosts = createEndpoints(options)
  const secrets = createSecrets()
  const { conceal } = secrets
  const http = createHttp(options, conceal)
  const auth = createAuthorizer(createTransport(http, hosts, conceal), hosts, keychain, signal, secrets)
  const limit = createLimiter(concurrency)
  const pointed = new Map<string, Promise<ResolvedAt>>()
  const listed = new Map<string, Promise<Readonly<Record<string, Digest>>>>()
  /** Origins that another scheme of the same host was right for. */
  const wrongScheme = new Set<string>()

  const askOf = (endpoint: Endpoint, patience: RetryMode, deadline: AbortSignal): Fetch => {
    const { repository } = endpoint
    return async (method, path, accept) => {
      const url = new URL(`/v2/${repository}/${path}`, endpoint.origin)
      if (endpoint.namespace !== undefined) url.searchParams.set('ns', endpoint.namespace)
      // Without it a server may send what it likes; bytes are compared with their digest as they come.
      const headers = { accept, 'accept-encoding': 'identity', 'user-agent': 'dock-lock' }
      const { verifyTls, names: certificatesOf } = endpoint
      const asClient = endpoint.anonymous === undefined
      const request = {
        method,
        url,
        headers,
        verifyTls,
        certificatesOf,
        asClient,
        patience,
        signal: deadline,
      }
      const { answer, authenticated } = await auth
        .send(request, endpoint, repository)
        .catch(explainAnonymous(endpoint))
      // Where both schemes are tried, https is asked for itself: a redirect leads there without credentials.
      if (patience !== 'all' && url.protocol === 'http:' && answer.url.origin === `https://${url.host}`)
        throw new HttpFailure('scheme', `${url.host} redirects to https`)
      if (answer.status === 200 || (method === 'HEAD' && knowsNoHead(answer))) return answer
      // What a server that speaks TLS says to plain http.
      if (answer.status === 400 && endpoint.origin.startsWith('http:'))
        throw new HttpFailure('scheme', `${url.host} answered with status 400`)
      return explainAnonymous(endpoint)(registryError(endpoint, answer, authenticated, conceal))
    }
  }

  /** What the first endpoint says that has something to say. A mirror's refusal is not the last word; the registry's own is. */
  const anyOf = async <T>(
    endpoints: readonly Endpoint[],
    deadline: AbortSignal,
    talk: (endpoint: Endpoint, ask: Fetch) => Promise<T>,
  ): Promise<T> => {
    const failures: Failed[] = []
    // A mirror that is slow shall not take the time in which the registry would have answered.
    const share = totalTimeout / new Set(endpoints.map(placeOf)).size
    // Where two schemes are left to try, each gets one attempt before what broke is repeated.
    const visits = endpoints.map(
      (endpoint): Attempt => ({
        endpoint,
        patience: endpoints.some(
          other => other !== endpoint && samePlace(other, endpoint) && other.anonymous === endpoint.anonymous,
        )
          ? 'first'
          : 'all',
      }),
    )
    for (let next = visits.shift(); next !== undefined; next = visits.shift()) {
      const { endpoint, patience } = next
      const sameHost = failures.filter(failed => samePlace(failed.endpoint, endpoint))
      if (wrongScheme.has(endpoint.origin) || sameHost.some(failed => isFinalFor(patience, failed))) continue
      try {
        const late = (): Error =>
          new HttpFailure('share', `${endpoint.registry} took longer than ${seconds(share)}`)
        const ask = (limit: AbortSignal): Promise<T> => talk(endpoint, askOf(endpoint, patience, limit))
        const isLast = visits.every(visit => samePlace(visit.endpoint, endpoint))
        const result = await (isLast ? ask(deadline) : limited(deadline, share, late, ask))
        wrongScheme.delete(endpoint.origin)
        for (const { endpoint: other } of sameHost)
          if (other.origin !== endpoint.origin) wrongScheme.add(other.origin)
        return result
      } catch (error) {
        if (signal.aborted) throw new DockLockError('interrupted', 'interrupted')
        if (!(error instanceof HttpFailure) && !(error instanceof DockLockError)) throw error
        failures.push({ endpoint, error })
        if (final.has(error instanceof HttpFailure ? error.kind : error.code)) break
        if (error instanceof HttpFailure && ofVerifiedTls.has(error.kind)) {
          const same = await abortable(hosts.byAddress(endpoint), deadline).catch((): Endpoint[] => [])
          const patience = same.length > 1 ? 'first' : 'all'
          visits.unshift(...same.map((endpoint): Attempt => ({ endpoint, patience })))
        }
        if (patience === 'first' && error instanceof HttpFailure && error.kind === 'broken') {
          const others = visits.findIndex(visit => !samePlace(visit.endpoint, endpoint))
          visits.splice(others < 0 ? visits.length : others, 0, { endpoint, patience: 'rest' })
        }
      }
    }
    if (signal.aborted) throw new DockLockError('interrupted', 'interrupted')
    throw inWords(failures)
  }

  /** Without the name of the image: others may share it. */
  const inWords = (failures: readonly Failed[]): DockLockError => {
    const { endpoint: asked } = failures.at(-1)!
    const last = failures.filter(({ endpoint }) => samePlace(endpoint, asked)).map(({ error }) => error)
    // Of two schemes, the one that was understood speaks, else the one that was expected.
    const error = last.findLast(each => each instanceof DockLockError) ?? last[0]!
    const mirrors = failures.filter(({ endpoint }) => !samePlace(endpoint, asked))
    const asides = mirrors.map(({ endpoint, error }) => `; its mirror ${endpoint.registry}: ${error.message}`)
    // Of a host that was tried by two schemes, the same may have been said twice.
    const aside = [...new Set(asides)].join('')
    const code =
      error instanceof DockLockError ? error.code : error.kind === 'too-large' ? 'untrusted' : 'unreachable'
    return new DockLockError(code, `${error.message}${aside}`, { hint: error.hint })
  }

  /** What may be told of each image that shares the question, told of this one. */
  const of =
    (reference: Reference) =>
    (error: unknown): never => {
      if (!(error instanceof DockLockError) || error.code === 'interrupted') throw error
      const { code, message, hint } = error
      throw new DockLockError(code, `${familiarName(reference)}: ${message}`, { hint, reason: message })
    }

  const resolve = async (
    reference: Reference,
    knowsPlatforms: (digest: Digest) => boolean,
    deadline: AbortSignal,
  ): Promise<Resolution> => {
    const endpoints = hosts.endpoints(reference)
    const found = await onceFor(pointed, referenceKey(reference), () =>
      anyOf(endpoints, deadline, async (endpoint, ask) => ({
        endpoint,
        ...(await head(reference, endpoint, ask, conceal)),
      })),
    ).catch(of(reference))
    const { descriptor } = found
    if (knowsPlatforms(descriptor.digest)) return { descriptor }
    const others = endpoints.filter(
      each => each.origin !== found.endpoint.origin || !samePlace(each, found.endpoint),
    )
    const key = `${repositoryName(reference)}@${descriptor.digest}`
    const known = await onceFor(listed, key, () =>
      anyOf([found.endpoint, ...others], deadline, (endpoint, ask) =>
        platforms(endpoint, ask, found, samePlace(endpoint, endpoints.at(-1)!), conceal),
      ),
    ).catch(of(reference))
    return { descriptor, platforms: known }
  }

  return {
    resolve: (reference, knowsPlatforms = () => true) =>
      limit(() => {
        const late = (): Error =>
          new HttpFailure(
            'deadline',
            `${reference.registry} took longer than ${seconds(totalTimeout)} in all`,
          )
        return deadlines.within(late, deadline => resolve(reference, knowsPlatforms, deadline))
      }),
    get requests() {
      return http.requests
    },
    close() {
      deadlines.stop()
      return http.close()
    },
  }
}

/** The same for endpoints that differ by their scheme at most. */
function placeOf({ registry, repository, namespace }: Endpoint): string {
  return [registry, repository, namespace].join(' ')
}

function samePlace(a: Endpoint, b: Endpoint): boolean {
  return placeOf(a) === placeOf(b)
}

/** Whether what one scheme said leaves nothing to ask the other: any refusal, but of plain http where https broke by bad luck. */
function isFinalFor(patience: RetryMode, { endpoint, error }: Failed): boolean {
  return error instanceof DockLockError && (patience !== 'rest' || endpoint.origin.startsWith('https:'))
}

/** What https may fail for at a registry that is insecure without our knowing it yet. */
const ofVerifiedTls = new Set<FailureKind>(['tls', 'broken', 'refused', 'connect-timeout'])

/** No other endpoint is asked after these. */
const final = new Set<string>(['deadline', 'untrusted', 'config', 'interrupted'])
