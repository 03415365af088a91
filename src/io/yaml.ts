import type { CST, Document } from 'yaml'

/** A parsed YAML text. All offsets are into it. */
export interface Yaml {
  readonly document: Document
  /** What is wrong with it as YAML. Undefined if nothing is. */
  readonly problem: { readonly message: string; readonly offset: number } | undefined
  /** The offset of `path`: of its key or list item, or of the nearest parent that exists. */
  offsetOf(path: readonly string[]): number
}

/** The deepest nesting of mappings and lists. Ours are four deep. */
const MAX_DEPTH = 64

/** Parses one document. Refuses duplicate keys, and anchors, aliases and tags, which can hide or multiply content. */
export async function parseYaml(text: string): Promise<Yaml> {
  const { Composer, Document, isAlias, isMap, isNode, isScalar, isSeq, Parser, visit } = await import('yaml')
  const tokens = [...new Parser().parse(text)]
  const deep = tooDeep(tokens)
  // The composer is recursive.
  if (deep !== undefined) {
    const message = `lists and mappings are nested more than ${MAX_DEPTH} deep`
    return { document: new Document(), problem: { message, offset: deep }, offsetOf: () => deep }
  }
  // The composer compares each key with all others, which takes quadratic time.
  const composer = new Composer({ uniqueKeys: false, strict: true, version: '1.2' })
  const [document = new Document(), second] = composer.compose(tokens, true, text.length)
  let problem: Yaml['problem']
  const report = (message: string, offset: number): symbol => {
    problem = { message, offset }
    return visit.BREAK
  }
  const [error] = document.errors
  if (error !== undefined) report(error.message.split('\n', 1)[0] ?? 'this is not valid YAML', error.pos[0])
  else if (second !== undefined) report('the file has more than one YAML document', second.range?.[0] ?? 0)
  else {
    visit(document, (_, node) => {
      if (isMap(node)) {
        const keys = new Set<string>()
        for (const { key } of node.items) {
          const offset = isNode(key) ? (key.range?.[0] ?? 0) : 0
          if (!isScalar(key)) return report('a key must be text', offset)
          const name = String(key.value)
          if (keys.has(name)) return report('this key is duplicated', offset)
          keys.add(name)
        }
      }
      if (!isNode(node) || !(isAlias(node) || ('anchor' in node && node.anchor) || node.tag)) return undefined
      return report('anchors, aliases and tags are not allowed', node.range?.[0] ?? 0)
    })
  }
  const offsetOf = (path: readonly string[]): number => {
    let node: unknown = document.contents
    let offset = 0
    for (const name of path) {
      const pair = isMap(node) ? node.items.find(({ key }) => String(key) === name) : undefined
      const item = isSeq(node) ? node.items[Number(name)] : pair?.key
      if (item === undefined) break
      offset = (isNode(item) ? item.range?.[0] : undefined) ?? offset
      node = pair?.value ?? item
    }
    return offset
  }
  return { document, problem, offsetOf }
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
