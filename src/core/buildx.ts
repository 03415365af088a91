/** What `docker buildx inspect` says of a builder. */
import { maskSecrets } from './mask.ts'

export interface BuilderNode {
  readonly name: string
  /** `running`, `inactive`, `stopped`, …; empty when it does not say. */
  readonly status: string
  /** `v0.25.1`; empty when it does not say. */
  readonly version: string
  /** The one that it builds for when nobody says otherwise; undefined when that is not to be seen here. */
  readonly platform: string | undefined
  readonly error: string
}

export interface Builder {
  /** `docker`: the BuildKit of an engine; `docker-container`, `remote`, …; empty when it does not say. */
  readonly driver: string
  readonly nodes: readonly BuilderNode[]
}

/** `Name: value` in lines; what comes before `Nodes:` is of the builder. */
export function readInspection(text: string): Builder {
  const lines = text.split(/\r?\n/)
  const start = lines.findIndex(line => /^Nodes:\s*$/.test(line))
  const builder = new Map<string, string>()
  const nodes: Map<string, string>[] = []
  for (const [number, line] of lines.entries()) {
    const [, key = '', value = ''] = /^([A-Z][\w ]*?):\s+(.*?)\s*$/.exec(line) ?? []
    const isNode = start >= 0 && number > start
    if (isNode && key === 'Name') nodes.push(new Map())
    // What the words of a later section repeat is not meant.
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
 * Platforms that the user gave the node come first, each with an asterisk. Among them may be its own, which is then not repeated: of such a
 * list nothing tells which one it is.
 */
function enginePlatformOf(platforms: string): string | undefined {
  const [first = ''] = platforms.split(',')
  return first.includes('*') ? undefined : first.trim() || undefined
}
