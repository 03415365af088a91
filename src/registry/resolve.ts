/** Resolves a tag to a digest. Asks the mirrors of a registry and the registry itself, by each scheme that is allowed. */
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
import { createFetches } from './fetch.ts'
import { type Fetch, type FetchedManifest, head, platforms } from './manifests.ts'
import type { RegistryOptions, Resolver } from './resolver.ts'
import { abortable, createDeadlines, runWithin } from './transport/deadline.ts'
import { type FailureKind, HttpFailure, seconds } from './transport/failure.ts'
import { CONNECTIONS } from './transport/pools.ts'
import { createHttp } from './transport/request.ts'
import type { RetryMode } from './transport/retry.ts'
import { createTransport } from './transport/transport.ts'

interface ResolvedAt extends FetchedManifest {
  readonly endpoint: Endpoint
}

interface Attempt {
  readonly endpoint: Endpoint
  readonly retry: RetryMode
}

interface FailedAttempt {
  readonly endpoint: Endpoint
  readonly error: HttpFailure | DockLockError
}

/** @throws DockLockError `config` if a proxy variable of the environment is not a URL */
export function createResolver(options: RegistryOptions): Resolver {
  const { env, totalTimeout = 90_000, concurrency = CONNECTIONS } = options
  const deadlines = createDeadlines(options.signal, totalTimeout)
  const { signal } = deadlines
  const keychain = options.keychain ?? createKeychains(env, signal)(options)
  const registryEndpoints = createEndpoints(options)
  const secrets = createSecrets()
  const { conceal } = secrets
  const http = createHttp(options, conceal)
  const transport = createTransport(http, registryEndpoints, conceal)
  const authorizer = createAuthorizer(transport, registryEndpoints, keychain, signal, secrets)
  const fetchFrom = createFetches(authorizer, conceal)
  const limit = createLimiter(concurrency)
  const resolved = new Map<string, Promise<ResolvedAt>>()
  const platformsByDigest = new Map<string, Promise<Readonly<Record<string, Digest>>>>()
  /** Origins whose host answered by another scheme. */
  const wrongScheme = new Set<string>()

  /** The result of the first endpoint that succeeds. An error of a mirror is not final, but an error of the registry itself is. */
  const tryEndpoints = async <T>(
    endpoints: readonly Endpoint[],
    deadline: AbortSignal,
    use: (endpoint: Endpoint, fetch: Fetch) => Promise<T>,
  ): Promise<T> => {
    const failures: FailedAttempt[] = []
    // A slow mirror must leave enough time for the registry.
    const share = totalTimeout / new Set(endpoints.map(registryKey)).size
    const attempts = endpoints.map(
      (endpoint): Attempt => ({ endpoint, retry: firstRetry(endpoint, endpoints) }),
    )
    for (let next = attempts.shift(); next !== undefined; next = attempts.shift()) {
      const { endpoint, retry } = next
      const sameHost = failures.filter(failed => isSameRegistry(failed.endpoint, endpoint))
      if (wrongScheme.has(endpoint.origin) || sameHost.some(failed => isFinalFor(retry, failed))) continue
      try {
        const timedOut = (): Error =>
          new HttpFailure('share', `${endpoint.registry} took longer than ${seconds(share)}`)
        const run = (limit: AbortSignal): Promise<T> => use(endpoint, fetchFrom(endpoint, retry, limit))
        const isLast = attempts.every(other => isSameRegistry(other.endpoint, endpoint))
        const result = await (isLast ? run(deadline) : runWithin(deadline, share, timedOut, run))
        wrongScheme.delete(endpoint.origin)
        for (const { endpoint: other } of sameHost)
          if (other.origin !== endpoint.origin) wrongScheme.add(other.origin)
        return result
      } catch (error) {
        if (signal.aborted) throw new DockLockError('interrupted', 'interrupted')
        if (!(error instanceof HttpFailure) && !(error instanceof DockLockError)) throw error
        failures.push({ endpoint, error })
        if (FINAL.has(error instanceof HttpFailure ? error.kind : error.code)) break
        if (error instanceof HttpFailure && MAY_BE_INSECURE.has(error.kind)) {
          const byAddress = registryEndpoints.byAddress(endpoint)
          const same = await abortable(byAddress, deadline).catch((): Endpoint[] => [])
          const retry = same.length > 1 ? 'once' : 'full'
          attempts.unshift(...same.map((endpoint): Attempt => ({ endpoint, retry })))
        }
        if (retry === 'once' && error instanceof HttpFailure && error.kind === 'broken') {
          const others = attempts.findIndex(other => !isSameRegistry(other.endpoint, endpoint))
          attempts.splice(others < 0 ? attempts.length : others, 0, { endpoint, retry: 'remaining' })
        }
      }
    }
    if (signal.aborted) throw new DockLockError('interrupted', 'interrupted')
    throw combined(failures)
  }

  const resolve = async (
    reference: Reference,
    knowsPlatforms: (digest: Digest) => boolean,
    deadline: AbortSignal,
  ): Promise<Resolution> => {
    const endpoints = registryEndpoints.endpoints(reference)
    const found = await onceFor(resolved, referenceKey(reference), () =>
      tryEndpoints(endpoints, deadline, async (endpoint, fetch) => ({
        endpoint,
        ...(await head(reference, endpoint, fetch, conceal)),
      })),
    ).catch(withImageName(reference))
    const { descriptor } = found
    if (knowsPlatforms(descriptor.digest)) return { descriptor }
    const others = endpoints.filter(
      each => each.origin !== found.endpoint.origin || !isSameRegistry(each, found.endpoint),
    )
    const key = `${repositoryName(reference)}@${descriptor.digest}`
    const known = await onceFor(platformsByDigest, key, () =>
      tryEndpoints([found.endpoint, ...others], deadline, (endpoint, fetch) =>
        platforms(endpoint, fetch, found, isSameRegistry(endpoint, endpoints.at(-1)!), conceal),
      ),
    ).catch(withImageName(reference))
    return { descriptor, platforms: known }
  }

  return {
    resolve: (reference, knowsPlatforms = () => true) =>
      limit(() => {
        const timedOut = (): Error =>
          new HttpFailure(
            'deadline',
            `${reference.registry} took longer than ${seconds(totalTimeout)} in all`,
          )
        return deadlines.within(timedOut, deadline => resolve(reference, knowsPlatforms, deadline))
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

/** If two schemes are allowed, each is tried once before a broken connection is retried. */
function firstRetry(endpoint: Endpoint, all: readonly Endpoint[]): RetryMode {
  const hasOther = all.some(
    other => other !== endpoint && isSameRegistry(other, endpoint) && other.anonymous === endpoint.anonymous,
  )
  return hasOther ? 'once' : 'full'
}

/** The error without the name of the image, because several references may share the request. */
function combined(failures: readonly FailedAttempt[]): DockLockError {
  const { endpoint: last } = failures.at(-1)!
  const atRegistry = failures
    .filter(({ endpoint }) => isSameRegistry(endpoint, last))
    .map(({ error }) => error)
  // A response says more than a failed connection. Otherwise the scheme that was tried first counts.
  const error = atRegistry.findLast(each => each instanceof DockLockError) ?? atRegistry[0]!
  const mirrors = failures.filter(({ endpoint }) => !isSameRegistry(endpoint, last))
  const notes = mirrors.map(({ endpoint, error }) => `; its mirror ${endpoint.registry}: ${error.message}`)
  // Both schemes of a host may fail with the same message.
  const note = [...new Set(notes)].join('')
  const code =
    error instanceof DockLockError ? error.code : error.kind === 'too-large' ? 'untrusted' : 'unreachable'
  return new DockLockError(code, `${error.message}${note}`, { hint: error.hint })
}

/** Adds the image to an error of a request that several images may share. */
function withImageName(reference: Reference) {
  return (error: unknown): never => {
    if (!(error instanceof DockLockError) || error.code === 'interrupted') throw error
    const { code, message, hint } = error
    throw new DockLockError(code, `${familiarName(reference)}: ${message}`, { hint, reason: message })
  }
}

/** Equal for endpoints that differ only by scheme, TLS mode or credentials. */
function registryKey({ registry, repository, namespace }: Endpoint): string {
  return [registry, repository, namespace].join(' ')
}

function isSameRegistry(a: Endpoint, b: Endpoint): boolean {
  return registryKey(a) === registryKey(b)
}

/** A response by one scheme is final for the other. Exception: plain http refuses, and https only had a broken connection. */
function isFinalFor(retry: RetryMode, { endpoint, error }: FailedAttempt): boolean {
  return error instanceof DockLockError && (retry !== 'remaining' || endpoint.origin.startsWith('https:'))
}

/** Failures of https that are typical of a registry that is insecure by its address. */
const MAY_BE_INSECURE = new Set<FailureKind>(['tls', 'broken', 'refused', 'connect-timeout'])

/** After these no other endpoint is tried. */
const FINAL = new Set<string>(['deadline', 'untrusted', 'config', 'interrupted'])
