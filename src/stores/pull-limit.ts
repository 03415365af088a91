/** Detects a pull that produces output but makes no progress. */
import { TimedOut } from './connection/failure.ts'

export interface PullLimits {
  /** Milliseconds without progress. */
  readonly stalled?: number
  /** Milliseconds for the whole pull of one image. */
  readonly whole?: number
}

/** Unpacking a big layer reports nothing, or repeats one line. */
const STALLED = 30 * 60_000
/** Enough for 20 GB over 4 Mbit/s. */
const WHOLE = 12 * 60 * 60_000
/** An interrupted layer starts again; the engines try five times. */
const RESTARTS = 20
/** States of one pull. An image has at most some hundreds of layers, each with about ten states. */
const STATES = 10_000

/** Throws if the pull has made no progress for too long. `state` identifies the item and its status, `bytes` its progress. */
export type PullLimit = (state: string, bytes?: number) => void

/**
 * A new state is progress, and so are more bytes in a known state. Fewer bytes mean that it started again, which may happen a
 * few times. A repeated line is not progress. @throws TimedOut
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
