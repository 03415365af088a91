import { setImmediate } from 'node:timers/promises'

/** Runs a task when its turn comes. */
export type Limiter = <T>(task: () => Promise<T>) => Promise<T>

/** Tasks that start in one turn of the event loop, so that the first of a hundred requests are sent while the last are created. */
const STARTS_PER_TURN = 10

/** Runs at most `count` tasks at a time, in order of arrival. */
export function createLimiter(count: number): Limiter {
  const waiting: (() => void)[] = []
  let free = Math.max(1, count)
  let started = 0
  let turn: Promise<void> | undefined
  const start = async (): Promise<void> => {
    while (started === STARTS_PER_TURN) {
      turn ??= setImmediate().then(() => {
        started = 0
        turn = undefined
      })
      await turn
    }
    started += 1
  }
  return async task => {
    if (free > 0) free -= 1
    else await new Promise<void>(resolve => waiting.push(resolve))
    try {
      await start()
      return await task()
    } finally {
      const next = waiting.shift()
      if (next === undefined) free += 1
      else next()
    }
  }
}

/** Calls `action` for every item, at most `count` at a time. Resolves to the results in the order of the items, or rejects with the first rejection. */
export function mapLimited<T, R>(
  items: readonly T[],
  count: number,
  action: (item: T) => Promise<R>,
): Promise<R[]> {
  const limit = createLimiter(count)
  return Promise.all(items.map(item => limit(() => action(item))))
}
