import type { CST, Document } from 'yaml'

/** A YAML text, understood. All offsets are into it. */
export interface Yaml {
  readonly document: Document
  /** Why it is not to be trusted, as far as YAML itself goes; undefined when all is well. */
  readonly problem: { readonly message: string; readonly offset: number } | undefined
  /** Where `path` stands: its key, or its item of a list; as much of the way as there is. */
  offsetOf(path: readonly string[]): number
}

/** How deep mappings and lists may be nested in each other; ours are four deep. */
const MAX_DEPTH = 64

/** One document, each key once; no anchors, aliases or tags, by which a text can mean other than it looks, or more than it is long. */
export async function parseYaml(text: string): Promise<Yaml> {
  const { Composer, Document, isAlias, isMap, isNode, isScalar, isSeq, Parser, visit } = await import('yaml')
  const tokens = [...new Parser().parse(text)]
  const deep = tooDeep(tokens)
  // The composer calls itself for each level.
  if (deep !== undefined) {
    const message = `lists and mappings are nested more than ${MAX_DEPTH} deep`
    return { document: new Document(), problem: { message, offset: deep }, offsetOf: () => deep }
  }
  // To compare each key with all others, as the composer does, takes quadratic time.
  const composer = new Composer({ uniqueKeys: false, strict: true, version: '1.2' })
  const [document = new Document(), second] = composer.compose(tokens, true, text.length)
  let problem: Yaml['problem']
  const report = (message: string, offset: number): symbol => {
    problem = { message, offset }
    return visit.BREAK
  }
  const [error] = document.errors
  if (error !== undefined) report(error.message.split('\n', 1)[0] ?? 'this is not YAML', error.pos[0])
  else if (second !== undefined)
    report('there is more than one document in this file', second.range?.[0] ?? 0)
  else {
    visit(document, (_, node) => {
      if (isMap(node)) {
        const keys = new Set<string>()
        for (const { key } of node.items) {
          const offset = isNode(key) ? (key.range?.[0] ?? 0) : 0
          if (!isScalar(key)) return report('a key must be text', offset)
          const name = String(key.value)
          if (keys.has(name)) return report('this key stands here twice', offset)
          keys.add(name)
        }
      }
      if (!isNode(node) || !(isAlias(node) || ('anchor' in node && node.anchor) || node.tag)) return undefined
      return report('anchors, aliases and tags have no place here', node.range?.[0] ?? 0)
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

/** The offset of the first collection that is nested too deep. Goes through the tokens without calling itself. */
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
