/** Parses the output of `docker buildx inspect`. */
import { maskSecrets } from './mask.ts'
import { type Platform, parsePlatform } from './platform.ts'

export interface BuilderNode {
  readonly name: string
  /** `running`, `inactive`, `stopped`, …; empty if not reported. */
  readonly status: string
  /** `v0.25.1`; empty if not reported. */
  readonly version: string
  /** The default platform of its builds; undefined if the output does not show it. */
  readonly platform: Platform | undefined
  readonly error: string
}

export interface Builder {
  /** `docker`: the BuildKit of an engine; `docker-container`, `remote`, …; empty if not reported. */
  readonly driver: string
  readonly nodes: readonly BuilderNode[]
}

/** Lines of `Name: value`. Those before `Nodes:` describe the builder. */
export function readInspection(text: string): Builder {
  const lines = text.split(/\r?\n/)
  const start = lines.findIndex(line => /^Nodes:\s*$/.test(line))
  const builder = new Map<string, string>()
  const nodes: Map<string, string>[] = []
  for (const [number, line] of lines.entries()) {
    const [, key = '', value = ''] = /^([A-Z][\w ]*?):\s+(.*?)\s*$/.exec(line) ?? []
    const isNode = start >= 0 && number > start
    if (isNode && key === 'Name') nodes.push(new Map())
    // Repeated names in later sections are ignored.
    const record = isNode ? nodes.at(-1) : builder
    if (key !== '' && record !== undefined && !record.has(key)) record.set(key, value)
  }
  const nodesOf = nodes.map(node => ({
    name: node.get('Name') ?? '',
    status: node.get('Status') ?? '',
    version: node.get('BuildKit version') ?? node.get('BuildKit') ?? node.get('Buildkit') ?? '',
    platform: enginePlatformOf(node.get('Platforms') ?? ''),
    error: maskSecrets(node.get('Error') ?? ''),
  }))
  return { driver: builder.get('Driver') ?? '', nodes: nodesOf }
}

/**
 * The user's platforms for the node come first, each with an asterisk. They may include the node's own platform, which is then not repeated.
 * Such a list does not show which one it is.
 */
function enginePlatformOf(platforms: string): Platform | undefined {
  const [first = ''] = platforms.split(',')
  return first.includes('*') ? undefined : parsePlatform(first.trim())
}
