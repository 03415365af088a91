import { DockLockError } from '../../core/error.ts'
import { createSecrets } from '../../core/secrets.ts'
import type { PullOptions, PullOutcome } from '../../stores/store.ts'

type LookUp = NonNullable<PullOptions['credentials']>

export interface PullCredentials {
  readonly credentials: LookUp
  /** The outcomes, with the reason why there were no credentials where that is why a pull was refused. */
  explained(outcomes: readonly PullOutcome[]): readonly PullOutcome[]
}

/**
 * Credentials that cannot be looked up keep no image from being pulled: a public one needs none. Those that were are taken out of what
 * the engine says, which may repeat what its registry does.
 */
export function pullCredentials(keychain: LookUp): PullCredentials {
  const secrets = createSecrets()
  const problems = new Map<string, DockLockError>()
  return {
    async credentials(registry, repository) {
      try {
        const credentials = await keychain(registry, repository)
        if (credentials !== undefined) secrets.add(credentials)
        return credentials
      } catch (error) {
        if (!(error instanceof DockLockError) || error.code === 'interrupted') throw error
        problems.set(registry, error)
        return undefined
      }
    },
    explained: outcomes =>
      outcomes.map(outcome => {
        if (outcome.ok) return outcome
        const problem = problems.get(outcome.wanted.reference.registry)
        if (problem === undefined || !refusals.has(outcome.code))
          return { ...outcome, message: secrets.conceal(outcome.message) }
        const { code, message, hint } = problem
        return { wanted: outcome.wanted, ok: false, code, message, ...(hint !== undefined && { hint }) }
      }),
  }
}

const refusals = new Set<string>(['unauthorized', 'denied'])
