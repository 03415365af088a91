import { DockLockError } from '../../core/error.ts'
import { createSecrets } from '../../core/secrets.ts'
import type { PullOptions, PullOutcome } from '../../stores/store.ts'

type LookUp = NonNullable<PullOptions['credentials']>

export interface PullCredentials {
  readonly credentials: LookUp
  /** The outcomes. If missing credentials caused a refused pull, the outcome says why they are missing. */
  explained(outcomes: readonly PullOutcome[]): readonly PullOutcome[]
}

/**
 * A failed credential look-up does not stop a pull, because a public image needs none. Credentials that were found are removed from
 * the engine's messages, which may repeat them.
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
