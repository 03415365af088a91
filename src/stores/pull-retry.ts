/** Trying again what failed for a reason that may pass. */
import { DockLockError, interrupted } from '../core/error.ts'
import { type RetryOutcome, retry } from '../lib/retry.ts'
import { brokeOff } from './connection/engine-error.ts'
import type { PullOptions } from './store.ts'

/** The outcome of `pull`, which is tried again when what it failed for may pass. `registry` is the one that it needs. */
export type PullRetry = <T>(registry: string, pull: () => Promise<T>) => Promise<T>

/** Milliseconds. The engine has tried several times by itself, within seconds. */
const PAUSES: readonly number[] = [1000, 3000]

/** For the pulls of one call: where all tries for one image came to nothing, the next image of that registry gets one. */
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

/** What no repetition mends: names, certificates, and the quota of Docker Hub, which lasts for hours. */
const LASTS = /x509|certificate|server gave HTTP response|no such host|pull rate limit/i

function mayPass(error: unknown): error is DockLockError {
  if (!(error instanceof DockLockError)) return false
  // An engine that is gone is not waited for; one that hangs has been.
  if (error.code === 'unreachable' && error.cause !== undefined) return brokeOff(error.cause)
  return (error.code === 'unreachable' || error.code === 'rate-limited') && !LASTS.test(error.message)
}

function told({ code, message, hint, cause }: DockLockError, tries: number): DockLockError {
  return new DockLockError(code, `${message} (tried ${tries} times)`, { hint, cause })
}
