/** The outcome of an attempt. */
export type RetryOutcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: unknown }

export interface RetryOptions<T> {
  readonly signal: AbortSignal
  /** Milliseconds before the next attempt, or undefined to keep this outcome. `count` is the number of the attempt. */
  readonly pauseAfter: (outcome: RetryOutcome<T>, count: number) => number | undefined
  /** The number of the first attempt. Default: 1. */
  readonly from?: number
}

/** Makes attempts until an outcome is kept. @throws what that attempt threw, or the reason of the signal during a pause */
export async function retry<T>(
  attempt: (count: number) => Promise<T>,
  { signal, pauseAfter, from = 1 }: RetryOptions<T>,
): Promise<T> {
  for (let count = from; ; count++) {
    const outcome = await attempt(count).then(
      (value): RetryOutcome<T> => ({ ok: true, value }),
      (error: unknown): RetryOutcome<T> => ({ ok: false, error }),
    )
    const pause = pauseAfter(outcome, count)
    if (pause !== undefined) await wait(pause, signal)
    else if (outcome.ok) return outcome.value
    else throw outcome.error
  }
}

/** @throws the reason of the signal, as soon as it aborts */
export function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const abort = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort)
      resolve()
    }, milliseconds)
    signal.addEventListener('abort', abort, { once: true })
  })
}

/** The pause after an attempt, in milliseconds: twice as long each time, with jitter, so that requests that failed together do not repeat together. */
export function backoff(count: number, first: number): number {
  return first * 2 ** (count - 1) * (0.5 + Math.random())
}
