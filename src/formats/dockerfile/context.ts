/** Named contexts of a build, which take the place of images and stages. */
import { familiarName } from '../../core/reference.ts'
import type { Outcome } from './outcome.ts'

/**
 * What a name is in a build with these contexts. BuildKit looks for a context of the short form of the name, with its digest and without
 * `:latest`.
 * @see https://docs.docker.com/reference/cli/docker/buildx/build/#build-context
 */
export function inContext(outcome: Outcome, contexts: Readonly<Record<string, string>> | undefined): Outcome {
  if (contexts === undefined) return outcome
  const name = nameOf(outcome)
  return name !== undefined && Object.hasOwn(contexts, name)
    ? { kind: 'stage', name, isContext: true }
    : outcome
}

function nameOf(outcome: Outcome): string | undefined {
  if (outcome.kind === 'stage') return outcome.name
  if (outcome.kind !== 'image') return undefined
  const { digest } = outcome.reference
  const short = familiarName(outcome.reference)
    .split('@', 1)[0]
    ?.replace(/:latest$/, '')
  return digest === undefined ? short : `${short}@${digest}`
}
