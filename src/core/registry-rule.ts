import { type Reference, repositoryName } from './reference.ts'

/**
 * How an engine reaches the images whose names begin with `prefix`: a `[[registry]]` of Podman's registries.conf.
 * @see containers-registries.conf(5), https://github.com/containers/image/blob/main/docs/containers-registries.conf.5.md
 */
export interface RegistryRule {
  /** `docker.io`, `registry.example:5000/team`, `*.example.org`. */
  readonly prefix: string
  /** Tried in order before the location. */
  readonly mirrors: readonly RuleMirror[]
  /** What stands in the place of the prefix; empty: the name stays as it is. */
  readonly location: string
  /** Reached over TLS that is not verified, or http. */
  readonly insecure: boolean
  /** Nothing may be pulled. */
  readonly blocked: boolean
}

export interface RuleMirror {
  /** In the place of the prefix, too. */
  readonly location: string
  readonly insecure: boolean
  /** For which references it may be asked. */
  readonly serves: 'all' | 'digests' | 'tags'
}

/**
 * The rule with the longest prefix of those that match `registry/repository`, and how much of the name that matches; of two alike
 * the first. A wildcard counts as it is written, not by what it stands for.
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

/** `registry/repository` as it is called where it is asked for. */
export interface RulePlace {
  readonly registry: string
  readonly repository: string
  readonly insecure: boolean
}

/** Where the rules have the reference asked for, in order; under its own name where there is none. Nowhere when it is blocked. */
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

/** `registry.example:5000/team/app`: what comes before the first slash, and the rest. */
export function splitName(name: string): { readonly registry: string; readonly repository: string } {
  const [, registry = name, repository = ''] = /^([^/]*)\/(.*)$/.exec(name) ?? []
  return { registry, repository }
}

/** Zero when it does not match. A prefix ends where a part of the name ends; `*.` stands for any number of subdomains. */
function matchLength(prefix: string, name: string): number {
  const wild = prefix.startsWith('*.')
  const text = wild ? prefix.slice(1) : prefix
  const at = name.indexOf(text)
  if (text === '' || at < 0 || (wild ? name.slice(0, at).includes('/') : at > 0)) return 0
  const end = at + text.length
  return end === name.length || /[:/@]/.test(name[end]!) ? end : 0
}
