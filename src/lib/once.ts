/** Every caller gets the result of the first call of `ask`. After a failure, the next caller asks again. */
export function once<T>(ask: (signal: AbortSignal) => Promise<T>): (signal: AbortSignal) => Promise<T> {
  let known: Promise<T> | undefined
  return signal => {
    known ??= ask(signal).catch((error: unknown) => {
      known = undefined
      throw error
    })
    return known
  }
}

/** The value under `key` in `known`, created on first use. A promise that fails stays, so it fails for all callers. */
export function onceFor<K, T>(known: Map<K, T>, key: K, make: () => T): T {
  const found = known.get(key)
  if (found !== undefined) return found
  const made = make()
  known.set(key, made)
  return made
}
