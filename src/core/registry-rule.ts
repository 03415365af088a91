import { type Reference, repositoryName } from './reference.ts'

/**
 * How an engine reaches images whose names begin with `prefix`: a `[[registry]]` of Podman's registries.conf.
 * @see containers-registries.conf(5), https://github.com/containers/image/blob/main/docs/containers-registries.conf.5.md
 */
export interface RegistryRule {
  /** `docker.io`, `registry.example:5000/team`, `*.example.org`. */
  readonly prefix: string
  /** Tried in order before the location. */
  readonly mirrors: readonly RuleMirror[]
  /** Replaces the prefix; empty: the name stays unchanged. */
  readonly location: string
  /** Reached over TLS that is not verified, or http. */
  readonly insecure: boolean
  /** Pulls are blocked. */
  readonly blocked: boolean
}

export interface RuleMirror {
  /** Replaces the prefix, too. */
  readonly location: string
  readonly insecure: boolean
  /** The references for which the mirror is used. */
  readonly serves: 'all' | 'digests' | 'tags'
}

/**
 * The rule with the longest prefix that matches `registry/repository`, and the length of the match. If two are equal,
 * the first counts. A wildcard counts with its written length, not with that of its match.
 * @see https://github.com/containers/image/blob/main/pkg/sysregistriesv2/system_registries_v2.go findRegistryWithParsedConfig
 */
export function matchRule(
  rules: readonly RegistryRule[],
  name: string,
): { readonly rule: RegistryRule; readonly length: number } | undefined {
  let best: { rule: RegistryRule; length: number } | undefined
  for (const rule of rules) {
    const length = matchLength(rule.prefix, name)
    if (length > 0 && rule.prefix.length > (best?.rule.prefix.length ?? 0)) best = { rule, length }
  }
  return best
}

/** The name of `registry/repository` at its location. */
export interface RulePlace {
  readonly registry: string
  readonly repository: string
  readonly insecure: boolean
}

/** The locations of the reference under the rules, in order; its own name if no rule matches. Empty if it is blocked. */
export function rulePlaces(rules: readonly RegistryRule[], reference: Reference): readonly RulePlace[] {
  const name = repositoryName(reference)
  const match = matchRule(rules, name)
  if (match === undefined) return [{ ...splitName(name), insecure: false }]
  const { rule, length } = match
  if (rule.blocked) return []
  const use = reference.tag === undefined ? 'digests' : 'tags'
  const mirrors = rule.mirrors.filter(({ serves }) => serves === 'all' || serves === use)
  return [...mirrors, rule].map(({ location, insecure }) => ({
    ...splitName(location === '' ? name : `${location}${name.slice(length)}`),
    insecure,
  }))
}

/** Splits `registry.example:5000/team/app` at the first slash. */
export function splitName(name: string): { readonly registry: string; readonly repository: string } {
  const [, registry = name, repository = ''] = /^([^/]*)\/(.*)$/.exec(name) ?? []
  return { registry, repository }
}

/** Zero if it does not match. A prefix ends at the end of a name part; `*.` matches any number of subdomains. */
function matchLength(prefix: string, name: string): number {
  const wild = prefix.startsWith('*.')
  const text = wild ? prefix.slice(1) : prefix
  const at = name.indexOf(text)
  if (text === '' || at < 0 || (wild ? name.slice(0, at).includes('/') : at > 0)) return 0
  const end = at + text.length
  return end === name.length || /[:/@]/.test(name[end]!) ? end : 0
}
