/** Keeps a wrong password from being sent again and again, until its account is locked. */
import type { DockLockError } from '../core/error.ts'

/** What came of sending credentials. */
export type Verdict<T> = { readonly value: T } | { readonly refusal: DockLockError }

/**
 * Sends the credentials that `key` stands for: the first time alone, while others wait for the verdict; later freely, or, once
 * refused, not at all.
 * @throws DockLockError the refusal; whatever `send` throws, which is no verdict
 */
export type Trials = <T>(key: string, send: () => Promise<Verdict<T>>) => Promise<T>

export function createTrials(): Trials {
  const first = new Map<string, Promise<unknown>>()
  const refusals = new Map<string, DockLockError>()
  return async (key, send) => {
    const trial = first.get(key)
    if (trial !== undefined) await trial
    const known = refusals.get(key)
    if (known !== undefined) throw known
    const sent = send()
    if (trial === undefined)
      first.set(
        key,
        sent.then(
          verdict => 'refusal' in verdict && refusals.set(key, verdict.refusal),
          () => undefined,
        ),
      )
    const verdict = await sent
    if ('value' in verdict) return verdict.value
    refusals.set(key, verdict.refusal)
    throw verdict.refusal
  }
}
