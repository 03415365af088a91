/** Ends waiting on Ctrl-C or at a deadline. */
import { setMaxListeners } from 'node:events'

/** Settles like `promise`, or rejects at once with the reason of the signal. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

export interface Deadlines {
  /** Aborts with the given signal or by `stop`. It takes any number of listeners. */
  readonly signal: AbortSignal
  /** Runs `task` with a signal that also aborts at the deadline of the task, with the error that `timedOut` returns. */
  within<T>(timedOut: () => Error, task: (deadline: AbortSignal) => Promise<T>): Promise<T>
  stop(): void
}

/** A deadline of `milliseconds` for each task. All tasks share one listener on `signal`. */
export function createDeadlines(signal: AbortSignal, milliseconds: number): Deadlines {
  const shared = createController()
  const running = new Set<AbortController>()
  const end = (reason?: unknown): void => {
    shared.abort(reason)
    for (const each of running) each.abort(reason)
  }
  const abort = (): void => end(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  return {
    signal: shared.signal,
    async within(timedOut, task) {
      const controller = createController()
      if (shared.signal.aborted) controller.abort(shared.signal.reason)
      running.add(controller)
      const timer = setTimeout(() => controller.abort(timedOut()), milliseconds)
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

/** Runs `task` with a signal that aborts with `signal`, or after `milliseconds` with the error that `timedOut` returns. */
export async function runWithin<T>(
  signal: AbortSignal,
  milliseconds: number,
  timedOut: () => Error,
  task: (deadline: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = createController()
  const abort = (): void => controller.abort(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  const timer = setTimeout(() => controller.abort(timedOut()), milliseconds)
  try {
    return await task(controller.signal)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
  }
}

/** An index may cause many requests at once, and Node warns about more than ten listeners. */
function createController(): AbortController {
  const controller = new AbortController()
  setMaxListeners(0, controller.signal)
  return controller
}
