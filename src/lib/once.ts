/** The answer of the first call of `ask` is given to every caller. After a failure, the next caller asks again. */
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

/** What `known` has under `key`; the first time it is made. A promise that fails stays, and so fails for all. */
export function onceFor<K, T>(known: Map<K, T>, key: K, make: () => T): T {
  const found = known.get(key)
  if (found !== undefined) return found
  const made = make()
  known.set(key, made)
  return made
}
