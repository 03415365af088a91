/** Tries the endpoints of a reference in order: mirrors, then the registry, each by every scheme that is allowed. */
import { DockLockError } from '../core/error.ts'
import type { Endpoint, Endpoints } from './endpoints/endpoints.ts'
import type { createFetches, Fetch } from './fetch.ts'
import { abortable, runWithin } from './transport/deadline.ts'
import { type FailureKind, HttpFailure, seconds } from './transport/failure.ts'
import type { RetryMode } from './transport/retry.ts'

/** @throws DockLockError without the name of the image, because several references may share the request */
export type TryEndpoints = <T>(
  endpoints: readonly Endpoint[],
  deadline: AbortSignal,
  use: (endpoint: Endpoint, fetch: Fetch) => Promise<T>,
) => Promise<T>

interface Attempt {
  readonly endpoint: Endpoint
  readonly retry: RetryMode
}

interface FailedAttempt {
  readonly endpoint: Endpoint
  readonly error: HttpFailure | DockLockError
}

/** `totalTimeout`: milliseconds for one reference, shared by its endpoints. */
export function createAttempts(
  registryEndpoints: Pick<Endpoints, 'byAddress'>,
  fetchFrom: ReturnType<typeof createFetches>,
  totalTimeout: number,
  signal: AbortSignal,
): TryEndpoints {
  /** Origins whose host answered by another scheme. */
  const wrongScheme = new Set<string>()

  /** The result of the first endpoint that succeeds. An error of a mirror is not final, but an error of the registry itself is. */
  return async (endpoints, deadline, use) => {
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
        const run = (limit: AbortSignal) => use(endpoint, fetchFrom(endpoint, retry, limit))
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

/** Equal for endpoints that differ only by scheme, TLS mode or credentials. */
function registryKey({ registry, repository, namespace }: Endpoint): string {
  return [registry, repository, namespace].join(' ')
}

export function isSameRegistry(a: Endpoint, b: Endpoint): boolean {
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
