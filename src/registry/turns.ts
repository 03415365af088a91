import { setImmediate } from 'node:timers/promises'

/** Tasks that start without a turn of the event loop: of a hundred requests the first are on their way while the last are made. */
const STARTS_PER_TURN = 10

/** Runs at most `count` tasks at one time, the others in the order they came. */
export function createTurns(count: number): <T>(task: () => Promise<T>) => Promise<T> {
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
