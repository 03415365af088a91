/** Trying again what failed for a reason that may pass. */
import { DockLockError } from '../core/error.ts'
import { brokeOff } from './connection/engine-error.ts'
import { interrupted } from './connection/failure.ts'
import type { PullOptions } from './store.ts'

/** The outcome of `pull`, which is tried again when what it failed for may pass. `registry` is the one that it needs. */
export type Patience = <T>(registry: string, pull: () => Promise<T>) => Promise<T>

/** Milliseconds. The engine has tried several times by itself, within seconds. */
const PAUSES: readonly number[] = [1000, 3000]

/** For the pulls of one call: where all tries for one image came to nothing, the next image of that registry gets one. */
export function createPatience({ signal, pauses = PAUSES }: PullOptions): Patience {
  const hopeless = new Set<string>()
  return async (registry, pull) => {
    let tries = 0
    while (true) {
      tries += 1
      try {
        return await pull()
      } catch (error) {
        if (!mayPass(error) || hopeless.has(registry)) throw error
        const pause = pauses[tries - 1]
        if (pause === undefined) {
          hopeless.add(registry)
          throw tries === 1 ? error : told(error, tries)
        }
        await wait(pause, signal)
      }
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

/** @throws DockLockError `interrupted` */
export function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(interrupted())
    const abort = () => {
      clearTimeout(timer)
      reject(interrupted())
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort)
      resolve()
    }, milliseconds)
    signal.addEventListener('abort', abort, { once: true })
  })
}
