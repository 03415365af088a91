/** How the work grows with the input: the ratio of two sizes, never seconds, so that a slow or busy machine does not matter. */
import { existsSync, readFileSync } from 'node:fs'
import * as assert from 'uvu/assert'

const SCHEDULED = '/proc/thread-self/schedstat'
const isLinux = existsSync(SCHEDULED)

/** CPU time in microseconds, of the thread that runs JavaScript: those that collect garbage beside it would count for large inputs only. */
function cpuTime(): number {
  if (isLinux) return Number(readFileSync(SCHEDULED, 'utf8').split(' ')[0]) / 1000
  const { user, system } = process.cpuUsage()
  return user + system
}

async function cpuOf(run: () => unknown): Promise<number> {
  const before = cpuTime()
  await run()
  return cpuTime() - before
}

/** Four times the input may take ten times as long: linear growth takes four times, quadratic growth sixteen. */
const MOST = 10
/** Below this, in microseconds, a measurement says nothing: what is quadratic at this size is over it. */
const FLOOR = 20_000

/** Other work on the machine only adds to a run, so the fastest run of each size counts. */
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
