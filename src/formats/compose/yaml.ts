/** Reads the YAML of a Compose file as Go's yaml package does, which Compose uses. */
import type { CST, Document, ParsedNode, Scalar as YamlScalar } from 'yaml'
import { ComposeError, type Entry, type ListNode, type MapNode, type Mark, type Node } from './node.ts'
import { type ScalarStyle, scalarOffsets } from './offsets.ts'
import { type ParsedScalar, plainValue } from './plain.ts'

/** The yaml package, which is loaded when there is a file to read. */
export type YamlPackage = Pick<
  typeof import('yaml'),
  'Composer' | 'isAlias' | 'isMap' | 'isNode' | 'isScalar' | 'isSeq' | 'Parser'
>

export async function loadYaml(): Promise<YamlPackage> {
  return import('yaml')
}

/** The deepest nesting of mappings and lists. The parser is recursive. */
const MAX_DEPTH = 100
/** The most values of a file, with those that merge keys copy. */
const MAX_NODES = 500_000

/** The documents of a file: Compose merges them in order. @throws ComposeError */
export function parseCompose(yaml: YamlPackage, file: string, text: string): readonly Node[] {
  const tokens = [...new yaml.Parser().parse(text)]
  const deep = tooDeep(tokens)
  if (deep !== undefined) {
    const message = `lists and mappings are nested more than ${MAX_DEPTH} deep`
    throw new ComposeError(message, { file, offset: deep })
  }
  // Values are read by plainValue. The parser compares each key with all others, which takes quadratic time.
  const composer = new yaml.Composer({ schema: 'failsafe', uniqueKeys: false, keepSourceTokens: true })
  const documents: Node[] = []
  const budget = { left: MAX_NODES }
  for (const document of composer.compose(tokens)) {
    const [error] = document.errors
    if (error !== undefined)
      throw new ComposeError(firstLine(error.message), {
        file,
        offset: error.pos[0],
      })
    const root = convertDocument(yaml, file, document as Document<ParsedNode>, budget)
    if (root !== undefined) documents.push(root)
  }
  return documents
}

function convertDocument(
  yaml: YamlPackage,
  file: string,
  document: Document<ParsedNode>,
  budget: { left: number },
): Node | undefined {
  const anchors = new Map<string, Node>()
  const { contents } = document
  return contents === null ? undefined : convert(contents)

  function convert(node: ParsedNode): Node {
    if (budget.left-- <= 0)
      throw new ComposeError(`it has more than ${MAX_NODES} values`, { file, offset: node.range[0] })
    const offset = node.range[0]
    if (yaml.isAlias(node)) {
      const found = anchors.get(node.source)
      if (found !== undefined) return found
      throw new ComposeError(`unknown anchor '${node.source.slice(0, 100)}'`, { file, offset })
    }
    const mark = markOf(node.tag)
    const common = { file, offset, ...(mark !== undefined && { mark }) }
    let converted: Node
    if (yaml.isMap(node)) converted = convertMap(node.items, common)
    else if (yaml.isSeq(node))
      converted = { ...common, kind: 'list', items: node.items.map(item => convert(item as ParsedNode)) }
    else converted = convertScalar(node, common)
    if (node.anchor !== undefined) anchors.set(node.anchor, converted)
    return converted
  }

  function convertMap(
    items: readonly { key: unknown; value: unknown }[],
    common: Pick<MapNode, 'file' | 'offset' | 'mark'>,
  ): MapNode {
    const own = new Map<string, Entry>()
    const merged: Node[] = []
    for (const { key, value } of items) {
      const offset = yaml.isNode(key) ? (key.range?.[0] ?? common.offset) : common.offset
      if (!yaml.isScalar(key)) throw new ComposeError('a key must be text', { file, offset })
      const name = String(key.value)
      const node: Node = value === null ? { kind: 'null', file, offset } : convert(value as ParsedNode)
      if (name === '<<' && key.type === 'PLAIN') {
        merged.push(...(node.kind === 'list' ? node.items : [node]))
        continue
      }
      if (own.has(name))
        throw new ComposeError(`mapping key "${name.slice(0, 100)}" is already defined`, { file, offset })
      own.set(name, { value: node, file, key: offset })
    }
    // The first of several merged mappings wins, and what the mapping says itself wins over all.
    for (const node of merged) {
      if (node.kind !== 'map') throw new ComposeError('a merge key needs a mapping', node)
      for (const [name, entry] of node.entries) {
        if (budget.left-- <= 0) throw new ComposeError(`it has more than ${MAX_NODES} values`, node)
        if (!own.has(name)) own.set(name, entry)
      }
    }
    return { ...common, kind: 'map', entries: own }
  }

  function convertScalar(node: YamlScalar.Parsed, common: Pick<ListNode, 'file' | 'offset' | 'mark'>): Node {
    const written = String(node.value ?? '')
    const parsed: ParsedScalar =
      node.type === 'PLAIN' && node.tag === undefined ? plainValue(written) : { kind: 'text', text: written }
    if (parsed.kind === 'null' || common.mark === 'reset') return { ...common, kind: 'null' }
    const { text } = parsed
    const isWritten = text === written
    return {
      ...common,
      kind: 'text',
      value: text,
      pieces: [{ text, ...(isWritten && { from: 0 }) }],
      scalar: {
        end: node.range[1],
        offsets: () => (isWritten ? offsetsOf(node, written) : undefined),
      },
    }
  }
}

function offsetsOf(node: YamlScalar.Parsed, value: string) {
  const token = node.srcToken
  if (token === undefined || !('source' in token)) return undefined
  const { source } = token
  if (token.type !== 'block-scalar')
    return scalarOffsets(node.type as ScalarStyle, source, token.offset, value)
  const header = token.props.find(({ type }) => type === 'block-scalar-header')
  const headerText = header !== undefined && 'source' in header ? header.source : ''
  return scalarOffsets(node.type as ScalarStyle, source, node.range[1] - source.length, value, headerText)
}

function markOf(tag: string | undefined): Mark | undefined {
  if (tag === '!reset') return 'reset'
  return tag === '!override' ? 'override' : undefined
}

/** The offset of the first collection that is nested too deep. Iterates instead of recursing. */
function tooDeep(tokens: readonly CST.Token[]): number | undefined {
  const queue: { readonly token: CST.Token; readonly depth: number }[] = []
  for (const token of tokens) queue.push({ token, depth: 0 })
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const { token, depth } = next
    if (depth > MAX_DEPTH) return token.offset
    if ('items' in token) {
      for (const { key, value } of token.items) {
        if (key) queue.push({ token: key, depth: depth + 1 })
        if (value) queue.push({ token: value, depth: depth + 1 })
      }
    } else if (token.type === 'document' && token.value) queue.push({ token: token.value, depth })
  }
  return undefined
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? ''
}
