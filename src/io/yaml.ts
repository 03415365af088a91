import type { Document } from 'yaml'

/** A YAML text, understood. All offsets are into it. */
export interface Yaml {
  readonly document: Document
  /** Why it is not to be trusted, as far as YAML itself goes; undefined when all is well. */
  readonly problem: { readonly message: string; readonly offset: number } | undefined
  /** Where `path` stands: its key, or its item of a list; as much of the way as there is. */
  offsetOf(path: readonly string[]): number
}

/** One document, each key once; no anchors, aliases or tags, by which a text can mean other than it looks, or more than it is long. */
export async function parseYaml(text: string): Promise<Yaml> {
  const { isAlias, isMap, isNode, isSeq, parseDocument, visit } = await import('yaml')
  const document = parseDocument(text, { uniqueKeys: true, strict: true, version: '1.2' })
  const [error] = document.errors
  let problem: Yaml['problem']
  if (error !== undefined) {
    const words = /^.*?(?= at line \d+, column \d+:?$)/m.exec(error.message)?.[0] ?? 'this is not YAML'
    const message = error.code === 'DUPLICATE_KEY' ? 'this key stands here twice' : words
    problem = { message, offset: error.pos[0] }
  } else {
    visit(document, (_, node) => {
      if (!isNode(node) || !(isAlias(node) || ('anchor' in node && node.anchor) || node.tag)) return undefined
      problem = { message: 'anchors, aliases and tags have no place here', offset: node.range?.[0] ?? 0 }
      return visit.BREAK
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
