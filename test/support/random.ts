/** A source of choices that gives the same ones for the same seed. */
export interface Random {
  /** From 0 to 1, exclusive. */
  number(): number
  /** From `min` to `max`, both inclusive. */
  int(min: number, max: number): number
  chance(probability: number): boolean
  pick<T>(items: readonly T[]): T
  /** `min` to `max` of what `make` makes. */
  list<T>(min: number, max: number, make: () => T): T[]
  /** `min` to `max` characters of `alphabet`. */
  text(alphabet: string, min: number, max: number): string
}

/** mulberry32: small, and good enough to choose by. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  const number = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const int = (min: number, max: number) => min + Math.floor(number() * (max - min + 1))
  const pick = <T>(items: readonly T[]) => items[int(0, items.length - 1)] as T
  const list = <T>(min: number, max: number, make: () => T) => Array.from({ length: int(min, max) }, make)
  return {
    number,
    int,
    pick,
    list,
    chance: probability => number() < probability,
    text: (alphabet, min, max) => list(min, max, () => pick([...alphabet])).join(''),
  }
}

/** Checks a property `runs` times, with another seed each; what fails says its seed, so that it can be run alone. */
export function forAll(runs: number, check: (random: Random) => void): void {
  for (let seed = 1; seed <= runs; seed++) {
    try {
      check(createRandom(seed))
    } catch (error) {
      throw withSeed(error, seed)
    }
  }
}

/** As `forAll`, for what takes its time. */
export async function forAllAsync(runs: number, check: (random: Random) => Promise<void>): Promise<void> {
  for (let seed = 1; seed <= runs; seed++) {
    try {
      await check(createRandom(seed))
    } catch (error) {
      throw withSeed(error, seed)
    }
  }
}

function withSeed(error: unknown, seed: number): unknown {
  if (error instanceof Error) error.message = `seed ${seed}: ${error.message}`
  return error
}
