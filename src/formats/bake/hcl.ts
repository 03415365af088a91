/** `docker-bake.hcl` as blocks and attributes. What needs evaluation is left to buildx. */
import { type BakeTextRead, BLOCK_TYPES, type Block, type Expression, pathOf } from './expression.ts'
import { type HclToken, tokenize } from './hcl-tokens.ts'

const DEPTH_MAX = 100

export function readBakeHcl(file: string, text: string): BakeTextRead {
  const tokenized = tokenize(file, text)
  if ('offset' in tokenized)
    return { ok: false, problem: { offset: tokenized.offset, reason: 'a text or comment without end' } }
  const tokens: readonly HclToken[] = tokenized
  const blocks: Block[] = []
  const globals = new Map<string, Expression>()
  let next = 0
  let endOfLabels = 0
  const isSign = (sign: string, at = next) => tokens[at]?.kind === 'sign' && tokens[at].source === sign
  while (next < tokens.length) {
    const token = tokens[next]!
    const opening = openingOfBlock()
    if (opening !== undefined) {
      const label = labelOf(tokens[next + 1]!)
      next = opening + 1
      const attributes = readAttributes()
      if (BLOCK_TYPES.includes(token.source) && label !== undefined)
        blocks.push({ type: token.source, label, file, offset: token.start, attributes })
    } else if (token.kind === 'name' && isSign('=', next + 1)) {
      next += 2
      globals.set(token.source, readExpression(0))
    } else next++
  }
  return { ok: true, read: { file, text, isJson: false, blocks, globals } }

  /** The index of the brace of `target "app" {`, if that is next. */
  function openingOfBlock(): number | undefined {
    if (tokens[next]?.kind !== 'name') return undefined
    // The names and texts that follow end where they ended for the token before.
    if (endOfLabels <= next) {
      endOfLabels = next + 1
      while (tokens[endOfLabels]?.kind === 'text' || tokens[endOfLabels]?.kind === 'name') endOfLabels++
    }
    return isSign('{', endOfLabels) ? endOfLabels : undefined
  }

  /** The attributes of a block up to its closing brace. Blocks in it are left out. */
  function readAttributes(): ReadonlyMap<string, Expression> {
    const attributes = new Map<string, Expression>()
    while (next < tokens.length && !isSign('}')) {
      const token = tokens[next]!
      const inner = openingOfBlock()
      if (inner !== undefined) {
        next = inner
        skipBalanced()
      } else if (token.kind === 'name' && isSign('=', next + 1)) {
        next += 2
        attributes.set(token.source, readExpression(0))
      } else next++
    }
    next++
    return attributes
  }

  /** An expression up to its end: a line end, a comma, or a bracket that it does not open. */
  function readExpression(depth: number): Expression {
    const start = next
    const found = depth < DEPTH_MAX ? readOne(depth) : undefined
    if (found !== undefined && isEnd()) return found
    next = start
    while (!isEnd()) {
      if (['(', '[', '{'].some(sign => isSign(sign))) skipBalanced()
      else next++
    }
    const [first, last] = [tokens[start], tokens[next - 1]]
    return { kind: 'other', source: first && last ? text.slice(first.start, last.end).slice(0, 60) : '' }
  }

  function isEnd(): boolean {
    const token = tokens[next]
    return token === undefined || token.kind === 'newline' || [',', ')', ']', '}'].some(sign => isSign(sign))
  }

  function readOne(depth: number): Expression | undefined {
    const token = tokens[next]
    if (token?.kind === 'text') {
      next++
      return token.expression
    }
    if (token?.kind === 'number') {
      next++
      return { kind: 'plain', value: Number(token.source), source: token.source }
    }
    if (token?.kind === 'name') return readName(token)
    if (isSign('[')) return readList(depth)
    return isSign('{') ? readObject(depth) : undefined
  }

  function readName(token: HclToken): Expression | undefined {
    let end = token.end
    next++
    while (isSign('.') && tokens[next + 1]?.kind === 'name') {
      end = tokens[next + 1]!.end
      next += 2
    }
    const source = text.slice(token.start, end)
    if (source === 'null') return { kind: 'plain', value: null, source }
    if (source === 'true' || source === 'false') return { kind: 'plain', value: source === 'true', source }
    const path = pathOf(source)
    return path && { kind: 'template', parts: [{ path }], isWhole: true }
  }

  function readList(depth: number): Expression | undefined {
    const items: Expression[] = []
    next++
    for (;;) {
      skipLines()
      if (isSign(']')) break
      const before = next
      items.push(readExpression(depth + 1))
      skipLines()
      if (isSign(',')) next++
      else if (!isSign(']') || next === before) return undefined
    }
    next++
    return { kind: 'list', items }
  }

  function readObject(depth: number): Expression | undefined {
    const entries: (readonly [string, Expression])[] = []
    next++
    for (;;) {
      skipLines()
      if (isSign('}')) break
      const token = tokens[next]
      const key = token && labelOf(token)
      if (key === undefined || !(isSign('=', next + 1) || isSign(':', next + 1))) return undefined
      next += 2
      entries.push([key, readExpression(depth + 1)])
      if (isSign(',')) next++
      else if (tokens[next]?.kind !== 'newline' && !isSign('}')) return undefined
    }
    next++
    return { kind: 'object', entries }
  }

  function skipLines(): void {
    while (tokens[next]?.kind === 'newline') next++
  }

  /** Moves behind the bracket that closes the one that is next. */
  function skipBalanced(): void {
    let open = 0
    do {
      if (['(', '[', '{'].some(sign => isSign(sign))) open++
      else if ([')', ']', '}'].some(sign => isSign(sign))) open--
      next++
    } while (open > 0 && next < tokens.length)
  }

  function labelOf(token: HclToken): string | undefined {
    if (token.kind === 'name') return token.source
    return token.expression?.kind === 'string' ? token.expression.written.text : undefined
  }
}
