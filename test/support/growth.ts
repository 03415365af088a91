/** How the work grows with the input: the ratio of two sizes, never seconds, so that a slow or busy machine does not matter. */
import * as assert from 'uvu/assert'

/** CPU time of this process in microseconds, for the fastest of three runs. */
async function fastest(run: () => unknown): Promise<number> {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < 3; round++) {
    const before = process.cpuUsage()
    await run()
    const { user, system } = process.cpuUsage(before)
    best = Math.min(best, user + system)
  }
  return best
}

/** Four times the input may take ten times as long: linear growth takes four times, quadratic growth sixteen. */
const MOST = 10
/** Below this, in microseconds, a measurement says nothing: what is quadratic at this size is over it. */
const FLOOR = 20_000

/** `make` is the work for an input of that size. The first run is not counted: it loads and compiles. */
export async function assertLinear(size: number, make: (size: number) => () => unknown): Promise<void> {
  const small = make(size)
  const large = make(4 * size)
  await small()
  const one = await fastest(small)
  const four = await fastest(large)
  const ratio = four / Math.max(one, FLOOR / 4)
  assert.ok(ratio < MOST, `${size}: ${one} µs, ${4 * size}: ${four} µs, ${ratio.toFixed(1)} times as long`)
}
