import type { ParsedLockfile } from './lockfile.ts'

/**
 * A BuildKit source policy, as `EXPERIMENTAL_BUILDKIT_SOURCE_POLICY` names one.
 * @see https://github.com/moby/buildkit/blob/master/sourcepolicy/pb/policy.proto
 */
export interface SourcePolicy {
  readonly version: 1
  readonly rules: readonly {
    readonly action: 'CONVERT'
    readonly selector: { readonly identifier: string }
    readonly updates: { readonly identifier: string }
  }[]
}

/**
 * The policy that replaces every locked tag with its digest before it is looked up. Identifiers are normalized, including the tag.
 * `match_type` is omitted on purpose: with `EXACT`, BuildKit before 0.31 does not convert.
 */
export function sourcePolicy(lockfile: ParsedLockfile): SourcePolicy {
  const rules = [...lockfile].flatMap(([key, { digest, reference }]) => {
    if (reference.tag === undefined) return []
    const identifier = `docker-image://${key}`
    return [
      {
        action: 'CONVERT' as const,
        selector: { identifier },
        updates: { identifier: `${identifier}@${digest}` },
      },
    ]
  })
  return { version: 1, rules: rules.sort((a, b) => (a.selector.identifier < b.selector.identifier ? -1 : 1)) }
}
