/** The content of Compose files, with the place where each value is written. */
import type { Offsets } from './offsets.ts'

/** `!reset` removes what other files say; `!override` replaces it instead of merging. */
export type Mark = 'reset' | 'override'

interface Common {
  readonly file: string
  /** The offset of the value in the file. */
  readonly offset: number
  readonly mark?: Mark
}

/** A part of a text, in order. */
export interface Segment {
  readonly text: string
  /** The index of the first character in the text as written; undefined for the value of a variable. */
  readonly from?: number
  /** The default that it is in: `${V:-default}`. Absent: the text itself. */
  readonly branch?: Branch
  /** The variable whose value it is; `isSet` is false if it has none, so that `text` is empty. */
  readonly variable?: { readonly name: string; readonly isSet: boolean }
}

/** The default of a variable, and the default that this one is in. */
export interface Branch {
  readonly name: string
  readonly within: Branch | undefined
}

/** A scalar. Two nodes with the same `scalar` are the same place: an anchor and its aliases. */
export interface TextNode extends Common {
  readonly kind: 'text'
  readonly value: string
  readonly pieces: readonly Segment[]
  /** The text before its variables were replaced, if it had any. */
  readonly written?: string
  readonly scalar: Scalar
  /** It is a path that has been resolved: relative to the project. */
  readonly isResolved?: true
}

export interface Scalar {
  /** The offset after the last character, for display. */
  readonly end: number
  /** Where each character of the text as written stands in the file. Undefined: nothing may be written into it. */
  offsets(): Offsets | undefined
}

export interface NullNode extends Common {
  readonly kind: 'null'
}

export interface MapNode extends Common {
  readonly kind: 'map'
  readonly entries: ReadonlyMap<string, Entry>
}

export interface Entry {
  readonly value: Node
  /** Where the key is written. */
  readonly file: string
  readonly key: number
}

export interface ListNode extends Common {
  readonly kind: 'list'
  readonly items: readonly Node[]
}

export type Node = TextNode | NullNode | MapNode | ListNode

/** Why Compose would not read the project, and where. It never leaves this folder. */
export class ComposeError extends Error {
  readonly file: string
  readonly offset: number

  constructor(message: string, { file, offset }: { readonly file: string; readonly offset: number }) {
    super(message)
    this.file = file
    this.offset = offset
  }
}

/** The value of a key in a mapping; undefined if it is absent, null or removed. */
export function child(node: Node | undefined, key: string): Exclude<Node, NullNode> | undefined {
  const value = node?.kind === 'map' ? node.entries.get(key)?.value : undefined
  return value === undefined || value.kind === 'null' || value.mark === 'reset' ? undefined : value
}

export function childText(node: Node | undefined, key: string): TextNode | undefined {
  const value = child(node, key)
  return value?.kind === 'text' ? value : undefined
}

export function entriesOf(node: Node | undefined): readonly (readonly [string, Entry])[] {
  return node?.kind === 'map' ? [...node.entries].filter(([, { value }]) => value.mark !== 'reset') : []
}

export function itemsOf(node: Node | undefined): readonly Node[] {
  return node?.kind === 'list' ? node.items.filter(({ mark }) => mark !== 'reset') : []
}

/** The text from `index` on. */
export function textFrom(node: TextNode, index: number): TextNode {
  let skip = index
  const pieces: Segment[] = []
  for (const piece of node.pieces) {
    const cut = Math.min(skip, piece.text.length)
    skip -= cut
    if (cut === piece.text.length && cut > 0) continue
    pieces.push({
      ...piece,
      text: piece.text.slice(cut),
      ...(piece.from !== undefined && { from: piece.from + cut }),
    })
  }
  return { ...node, value: node.value.slice(index), pieces }
}

/** A mapping, or a list of `key=value`, as Compose reads both: the last one of a key counts. A value that is undefined comes from elsewhere. */
export function keyValues(node: Node | undefined): ReadonlyMap<string, KeyValue> {
  const found = new Map<string, KeyValue>()
  for (const [key, { value, file, key: offset }] of entriesOf(node)) {
    found.set(key, { file, offset, ...(value.kind === 'text' && { value }) })
  }
  const items = node?.kind === 'text' ? [node] : itemsOf(node)
  for (const item of items) {
    if (item.kind !== 'text') continue
    const { file, offset } = item
    const equals = item.value.indexOf('=')
    if (equals < 0) found.set(item.value, { file, offset })
    else found.set(item.value.slice(0, equals), { file, offset, value: textFrom(item, equals + 1) })
  }
  return found
}

export interface KeyValue {
  readonly value?: TextNode
  readonly file: string
  /** Where the key is written. */
  readonly offset: number
}

/** Whether two nodes say the same, wherever they are written. Each pair is compared once, because aliases share nodes. */
export function saySame(one: Node, other: Node): boolean {
  const seen = new Map<Node, Set<Node>>()
  return compare(one, other)

  function compare(a: Node, b: Node): boolean {
    const others = seen.get(a) ?? new Set()
    if (a === b || others.has(b)) return true
    seen.set(a, others.add(b))
    if (a.kind === 'text') return b.kind === 'text' && a.value === b.value
    if (a.kind === 'list')
      return (
        b.kind === 'list' &&
        a.items.length === b.items.length &&
        a.items.every((item, index) => compare(item, b.items[index] as Node))
      )
    if (a.kind === 'null' || b.kind !== 'map') return a.kind === b.kind
    const entries = entriesOf(a)
    return (
      entries.length === entriesOf(b).length &&
      entries.every(([key, { value }]) => {
        const match = b.entries.get(key)
        return match !== undefined && compare(value, match.value)
      })
    )
  }
}

/** The mapping with another value for a key. */
export function withEntry(node: MapNode, key: string, value: Node): MapNode {
  const { file, key: offset } = node.entries.get(key) ?? { file: value.file, key: value.offset }
  return { ...node, entries: new Map(node.entries).set(key, { value, file, key: offset }) }
}
