/** How the work grows with the input: the ratio of two sizes, never seconds, so that a slow or busy machine does not matter. */
import * as assert from 'uvu/assert'

/** CPU time of this process in microseconds. */
async function cpuOf(run: () => unknown): Promise<number> {
  const before = process.cpuUsage()
  await run()
  const { user, system } = process.cpuUsage(before)
  return user + system
}

/** Four times the input may take ten times as long: linear growth takes four times, quadratic growth sixteen. */
const MOST = 10
/** Below this, in microseconds, a measurement says nothing: what is quadratic at this size is over it. */
const FLOOR = 20_000

/** Garbage collection and other work on the machine only add to a run, so the fastest run of each size counts. */
const MIN_ROUNDS = 3
const MAX_ROUNDS = 12

/** `make` is the work for an input of that size. The first run is not counted: it loads and compiles. */
export async function assertLinear(size: number, make: (size: number) => () => unknown): Promise<void> {
  const small = make(size)
  const large = make(4 * size)
  await small()
  let one = Number.POSITIVE_INFINITY
  let four = Number.POSITIVE_INFINITY
  let ratio = Number.POSITIVE_INFINITY
  for (let round = 0; round < MIN_ROUNDS || (ratio >= MOST && round < MAX_ROUNDS); round++) {
    one = Math.min(one, await cpuOf(small))
    four = Math.min(four, await cpuOf(large))
    ratio = four / Math.max(one, FLOOR / 4)
  }
  assert.ok(ratio < MOST, `${size}: ${one} µs, ${4 * size}: ${four} µs, ${ratio.toFixed(1)} times as long`)
}
