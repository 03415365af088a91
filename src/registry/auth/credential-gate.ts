/** Keeps a wrong password from being sent repeatedly, because a service may lock the account. */
import type { DockLockError } from '../../core/error.ts'

/** The result of sending credentials. `inconclusive`: the answer does not show whether they are valid. */
export type AuthResult<T> =
  | { readonly value: T; readonly inconclusive?: boolean }
  | { readonly rejection: DockLockError }

/**
 * Sends one request per credential, `key`, until it is accepted; then requests run in parallel. Rejected credentials are never sent
 * again.
 * @throws DockLockError the rejection; also whatever `send` throws, which leaves the credential undecided
 */
export type CredentialGate = <T>(key: string, send: () => Promise<AuthResult<T>>) => Promise<T>

export function createCredentialGate(): CredentialGate {
  const pending = new Map<string, Promise<unknown>>()
  const accepted = new Set<string>()
  const rejections = new Map<string, DockLockError>()

  const decide = async <T>(key: string, send: () => Promise<AuthResult<T>>): Promise<T> => {
    const result = await send()
    if ('rejection' in result) {
      rejections.set(key, result.rejection)
      throw result.rejection
    }
    if (result.inconclusive !== true) accepted.add(key)
    return result.value
  }

  return async (key, send) => {
    for (;;) {
      const rejection = rejections.get(key)
      if (rejection !== undefined) throw rejection
      if (accepted.has(key)) return decide(key, send)
      const other = pending.get(key)
      if (other === undefined) break
      await other
    }
    const only = decide(key, send)
    pending.set(
      key,
      only.then(
        () => pending.delete(key),
        () => pending.delete(key),
      ),
    )
    return only
  }
}
