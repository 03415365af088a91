/** What ends waiting: Ctrl-C, a deadline. */
import { setMaxListeners } from 'node:events'

/** Settles as `promise` does, or at once with the reason of the signal. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

export interface Deadlines {
  /** Aborts with the signal or by `stop`; any number may listen to it. */
  readonly signal: AbortSignal
  /** Runs `task` with a signal that aborts likewise, or in its time for the reason that `reason` makes. */
  within<T>(reason: () => Error, task: (deadline: AbortSignal) => Promise<T>): Promise<T>
  stop(): void
}

/** `milliseconds` for each task. `signal` is listened to once, however many tasks there are. */
export function createDeadlines(signal: AbortSignal, milliseconds: number): Deadlines {
  const all = unlimited()
  const running = new Set<AbortController>()
  const end = (reason?: unknown): void => {
    all.abort(reason)
    for (const each of running) each.abort(reason)
  }
  const abort = (): void => end(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  return {
    signal: all.signal,
    async within(reason, task) {
      // An index of indexes is asked for all of them at one time.
      const controller = unlimited()
      if (all.signal.aborted) controller.abort(all.signal.reason)
      running.add(controller)
      const timer = setTimeout(() => controller.abort(reason()), milliseconds)
      try {
        return await task(controller.signal)
      } finally {
        clearTimeout(timer)
        running.delete(controller)
      }
    },
    stop() {
      signal.removeEventListener('abort', abort)
      end()
    },
  }
}

/** Runs `task` with a signal that aborts with `signal`, or after `milliseconds` for the reason that `reason` makes. */
export async function limited<T>(
  signal: AbortSignal,
  milliseconds: number,
  reason: () => Error,
  task: (limit: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = unlimited()
  const abort = (): void => controller.abort(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  const timer = setTimeout(() => controller.abort(reason()), milliseconds)
  try {
    return await task(controller.signal)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
  }
}

/** Node warns of more than ten listeners. */
function unlimited(): AbortController {
  const controller = new AbortController()
  setMaxListeners(0, controller.signal)
  return controller
}
