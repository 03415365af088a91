/** Keeps a wrong password from being sent again and again, until its account is locked. */
import type { DockLockError } from '../../core/error.ts'

/** What came of sending credentials; a value that is `open` says nothing of whether they are good. */
export type AuthResult<T> =
  | { readonly value: T; readonly open?: boolean }
  | { readonly refusal: DockLockError }

/**
 * Sends the credentials that `key` stands for: alone, while others wait, until there is a verdict; then freely, or, once refused, not
 * at all.
 * @throws DockLockError the refusal; whatever `send` throws, which is no verdict
 */
export type CredentialGate = <T>(key: string, send: () => Promise<AuthResult<T>>) => Promise<T>

export function createCredentialGate(): CredentialGate {
  const running = new Map<string, Promise<unknown>>()
  const good = new Set<string>()
  const refusals = new Map<string, DockLockError>()

  const judged = async <T>(key: string, send: () => Promise<AuthResult<T>>): Promise<T> => {
    const verdict = await send()
    if ('refusal' in verdict) {
      refusals.set(key, verdict.refusal)
      throw verdict.refusal
    }
    if (verdict.open !== true) good.add(key)
    return verdict.value
  }

  return async (key, send) => {
    for (;;) {
      const known = refusals.get(key)
      if (known !== undefined) throw known
      if (good.has(key)) return judged(key, send)
      const trial = running.get(key)
      if (trial === undefined) break
      await trial
    }
    const alone = judged(key, send)
    running.set(
      key,
      alone.then(
        () => running.delete(key),
        () => running.delete(key),
      ),
    )
    return alone
  }
}
