/** When a pull that says a lot comes no further. */
import { TimedOut } from './connection/failure.ts'

export interface PullLimits {
  /** Milliseconds without progress. */
  readonly stalled?: number
  /** Milliseconds for the whole pull of one image. */
  readonly whole?: number
}

/** A big layer is unpacked in silence, or with a line that repeats itself. */
const STALLED = 30 * 60_000
/** 20 GB come through a line of 4 Mbit/s in that time. */
const WHOLE = 12 * 60 * 60_000
/** A layer that broke off is begun again; the engines try five times. */
const RESTARTS = 20
/** States of one pull. An image has at most some hundreds of layers, each of which passes through about ten. */
const STATES = 10_000

/** Throws when the pull has come no further for too long. `state` is what a line says of what, `bytes` how far that is. */
export type PullLimit = (state: string, bytes?: number) => void

/**
 * A new state is progress, and so are more bytes than before in one that is known. Fewer mean that it began again, which may happen a
 * few times. A line that repeats itself is none. @throws TimedOut
 */
export function createPullLimit(
  { stalled = STALLED, whole = WHOLE }: PullLimits = {},
  now: () => number = () => performance.now(),
): PullLimit {
  const start = now()
  const states = new Map<string, { bytes: number; restarts: number }>()
  let last = start
  const isProgress = (state: string, bytes: number): boolean => {
    const known = states.get(state)
    if (known === undefined) {
      if (states.size >= STATES) return false
      states.set(state, { bytes, restarts: 0 })
      return true
    }
    if (bytes < known.bytes) {
      if (known.restarts === RESTARTS) return false
      known.restarts += 1
    }
    const moved = bytes !== known.bytes
    known.bytes = bytes
    return moved
  }
  return (state, bytes = 0) => {
    const time = now()
    if (isProgress(state, bytes)) last = time
    if (time - last > stalled) throw new TimedOut(stalled, 'progress')
    if (time - start > whole) throw new TimedOut(whole, 'end of the pull')
  }
}
