/** Merges Compose files as compose-go's override package does, as far as builds and images are concerned. */
import { ComposeError, type Entry, entriesOf, itemsOf, keyValues, type MapNode, type Node } from './node.ts'

/** What `over` makes of `base`. Marks of `over` stay, so that the result can be merged again. */
export function mergeNodes(base: Node | undefined, over: Node, path: readonly string[]): Node {
  if (base === undefined || base.mark === 'reset' || over.mark !== undefined) return over
  const place = path.length === 3 && path[0] === 'services' ? path[2] : ''
  if (place === 'build') return mergeMaps(asBuild(base), asBuild(over), path)
  if (path[2] === 'build' && path.length === 4 && KEY_VALUES.has(path[3] ?? ''))
    return mergeKeyValues(base, over)
  if (REPLACED.has(place ?? '')) return over
  if (path.length === 3 && (over.kind === 'text' || base.kind === 'text') && !SCALARS.has(place ?? ''))
    return over
  if (over.kind === 'null') return base
  if (base.kind === 'map' && over.kind === 'map') return mergeMaps(base, over, path)
  if (base.kind === 'list' && over.kind === 'list') {
    const items = [...itemsOf(base), ...over.items]
    return { ...over, items: place === 'volumes' ? uniqueVolumes(items) : items }
  }
  if (base.kind === 'map' || base.kind === 'list') {
    // Outside builds, Compose has more ways to write one thing than matter here.
    if (path[2] !== 'build' && path.length > 2) return over
    throw new ComposeError(`cannot override ${path.join('.')}`, over)
  }
  return over
}

const KEY_VALUES: ReadonlySet<string> = new Set(['args', 'additional_contexts'])
const REPLACED: ReadonlySet<string> = new Set(['command', 'entrypoint'])
const SCALARS: ReadonlySet<string> = new Set(['image', 'platform'])

function mergeMaps(base: Node, over: Node, path: readonly string[]): Node {
  const entries = new Map<string, Entry>(entriesOf(base))
  if (over.kind === 'map')
    for (const [key, entry] of over.entries) {
      const value = mergeNodes(entries.get(key)?.value, entry.value, [...path, key])
      entries.set(key, { ...entry, value })
    }
  const { file, offset } = over.kind === 'map' ? over : base
  return { kind: 'map', file, offset, entries }
}

/** `build: folder` is short for `build: {context: folder}`. */
export function asBuild(node: Node): Node {
  if (node.kind !== 'text') return node
  const { file, offset, mark } = node
  const { mark: _, ...value } = node
  const entries = new Map([['context', { value, file, key: offset }]])
  return { kind: 'map', file, offset, entries, ...(mark !== undefined && { mark }) }
}

function mergeKeyValues(base: Node, over: Node): Node {
  const entries = new Map<string, Entry>()
  for (const node of [base, over]) {
    if (node.kind === 'map')
      for (const [key, { value }] of node.entries) if (value.mark === 'reset') entries.delete(key)
    for (const [key, { value, file, offset }] of keyValues(node)) {
      entries.set(key, { value: value ?? { kind: 'null', file, offset }, file, key: offset })
    }
  }
  return { kind: 'map', file: over.file, offset: over.offset, entries }
}

/** A volume replaces an earlier one with the same target. */
function uniqueVolumes(items: readonly Node[]): readonly Node[] {
  const byTarget = new Map<string, Node>()
  const others: Node[] = []
  for (const item of items) {
    const target = targetOf(item)
    if (target === undefined) others.push(item)
    else byTarget.set(target, item)
  }
  return [...byTarget.values(), ...others]
}

function targetOf(item: Node): string | undefined {
  if (item.kind === 'text') {
    const [source = '', target] = item.value.split(':')
    return target ?? source
  }
  const target = item.kind === 'map' ? item.entries.get('target')?.value : undefined
  return target?.kind === 'text' ? target.value : undefined
}

/** The node without its marks, and without what they remove. @param done the nodes that were visited before */
export function withoutMarks(root: Node, done: Map<Node, Node> = new Map()): Node {
  return visit(root)

  function visit(node: Node): Node {
    const known = done.get(node)
    if (known !== undefined) return known
    const { mark: _, ...plain } = node
    let result = plain as Node
    if (node.kind === 'list') result = { ...(plain as typeof node), items: itemsOf(node).map(visit) }
    else if (node.kind === 'map') {
      const entries = entriesOf(node).map(
        ([key, entry]) => [key, { ...entry, value: visit(entry.value) }] as const,
      )
      result = { ...(plain as typeof node), entries: new Map(entries) }
    }
    done.set(node, result).set(result, result)
    return result
  }
}

/** Adds documents to a model without marks, one after the other. What is in the model already is not copied each time. */
export function createMerger(): (model: MapNode, document: MapNode) => MapNode {
  const done = new Map<Node, Node>()
  /** Those of mappings that were made here. Nobody else has them. */
  const own = new WeakSet<ReadonlyMap<string, Entry>>()
  return (model, document) => mergeInto(model, document, [])

  function mergeInto(base: MapNode, over: MapNode, path: readonly string[]): MapNode {
    if (over.mark !== undefined) return withoutMarks(over, done) as MapNode
    const entries = own.has(base.entries) ? (base.entries as Map<string, Entry>) : new Map(base.entries)
    own.add(entries)
    for (const [key, entry] of over.entries) {
      const before = entries.get(key)?.value
      const { value } = entry
      const at = [...path, key]
      if (path.length === 0 && before?.kind === 'map' && value.kind === 'map')
        entries.set(key, { ...entry, value: mergeInto(before, value, at) })
      else {
        const merged = mergeNodes(before, value, at)
        if (merged.mark === 'reset') entries.delete(key)
        else entries.set(key, { ...entry, value: withoutMarks(merged, done) })
      }
    }
    return { kind: 'map', file: over.file, offset: over.offset, entries }
  }
}
