/** Retries pulls that failed for a temporary reason. */
import { DockLockError, interrupted } from '../core/error.ts'
import { type RetryOutcome, retry } from '../lib/retry.ts'
import { brokeOff } from './connection/engine-error.ts'
import type { PullOptions } from './store.ts'

/** The outcome of `pull`, which is retried after a temporary failure. `registry` is the one that it needs. */
export type PullRetry = <T>(registry: string, pull: () => Promise<T>) => Promise<T>

/** Milliseconds. The engine itself has already retried within seconds. */
const PAUSES: readonly number[] = [1000, 3000]

/** Retries for the pulls of one call. Once all attempts for one image have failed, the next image of that registry gets one attempt. */
export function createPullRetry({ signal, pauses = PAUSES }: PullOptions): PullRetry {
  const hopeless = new Set<string>()
  return async (registry, pull) => {
    let tries = 0
    const attempt = (count: number) => {
      tries = count
      return pull()
    }
    const pauseAfter = (outcome: RetryOutcome<unknown>, count: number) => {
      if (outcome.ok || !mayPass(outcome.error) || hopeless.has(registry)) return undefined
      const pause = pauses[count - 1]
      if (pause === undefined) hopeless.add(registry)
      return pause
    }
    try {
      return await retry(attempt, { signal, pauseAfter })
    } catch (error) {
      if (signal.aborted) throw interrupted()
      throw tries > pauses.length && tries > 1 && mayPass(error) ? told(error, tries) : error
    }
  }
}

/** Errors that no retry fixes: names, certificates, and Docker Hub's rate limit, which lasts for hours. */
const PERMANENT = /x509|certificate|server gave HTTP response|no such host|pull rate limit/i

function mayPass(error: unknown): error is DockLockError {
  if (!(error instanceof DockLockError)) return false
  // An engine that is gone gets no retry, and one that hangs has already been waited for.
  if (error.code === 'unreachable' && error.cause !== undefined) return brokeOff(error.cause)
  return (error.code === 'unreachable' || error.code === 'rate-limited') && !PERMANENT.test(error.message)
}

function told({ code, message, hint, cause }: DockLockError, tries: number): DockLockError {
  return new DockLockError(code, `${message} (tried ${tries} times)`, { hint, cause })
}
