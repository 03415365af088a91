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

/** The rule with the longest match for `registry/repository`, and how much of the name it matches. */
export function matchRule(
  rules: readonly RegistryRule[],
  name: string,
): { readonly rule: RegistryRule; readonly length: number } | undefined {
  let best: { rule: RegistryRule; length: number } | undefined
  for (const rule of rules) {
    const length = matchLength(rule.prefix, name)
    if (length > (best?.length ?? 0)) best = { rule, length }
  }
  return best
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
