/** Ends of waiting: by Ctrl-C, by a deadline. */
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

/** Aborts with `signal` or by `stop`, and may be listened to by any number of requests; `signal` itself is listened to once. */
export function linked(signal: AbortSignal): { signal: AbortSignal; stop: () => void } {
  const controller = new AbortController()
  setMaxListeners(0, controller.signal)
  const abort = (): void => controller.abort(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  return {
    signal: controller.signal,
    stop() {
      signal.removeEventListener('abort', abort)
      controller.abort()
    },
  }
}

/** `task`, whose signal aborts with `signal`, or after so many milliseconds for the reason that `reason` makes. */
export async function withDeadline<T>(
  signal: AbortSignal,
  milliseconds: number,
  reason: () => Error,
  task: (deadline: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController()
  // An index of indexes is asked for all of them at one time.
  setMaxListeners(0, controller.signal)
  const abort = (): void => controller.abort(signal.reason)
  const timer = setTimeout(() => controller.abort(reason()), milliseconds)
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  try {
    return await task(controller.signal)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
  }
}
