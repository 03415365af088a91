/** `ask`, once: whoever asks meanwhile or later is given the same answer. After a failure it is asked again. */
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
