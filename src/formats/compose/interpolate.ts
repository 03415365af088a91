/** Replaces variables in the texts of a Compose file, as compose-go's template package does. */
import { type Branch, ComposeError, type Entry, type Node, type Segment, type TextNode } from './node.ts'

/** The value of a variable; undefined if it is not set. */
export type GetVariable = (name: string) => string | undefined

const NAME = /[_a-z][_a-z0-9]*/iy
const OPERATOR = /:?[-+?]/y
/** How deep defaults may hold other defaults. */
const MAX_DEPTH = 100

/** The problem of a template. */
export class TemplateError extends Error {}

/** The pieces of an interpolated text. @throws TemplateError */
export function substitute(text: string, lookup: GetVariable): readonly Segment[] {
  const pieces: Segment[] = []
  expand(text, 0, undefined, lookup, pieces, 0)
  return pieces.length === 0 ? [{ text: '', from: 0 }] : pieces
}

function expand(
  text: string,
  base: number,
  branch: Branch | undefined,
  lookup: GetVariable,
  out: Segment[],
  depth: number,
): void {
  if (depth > MAX_DEPTH) throw new TemplateError('it has too many defaults in defaults')
  const literal = (from: number, to: number): void => {
    if (to > from)
      out.push({ text: text.slice(from, to), from: base + from, ...(branch !== undefined && { branch }) })
  }
  let done = 0
  let line = { end: -1, last: -1 }
  for (let at = text.indexOf('$'); at >= 0; at = text.indexOf('$', Math.max(done, at + 1))) {
    if (text[at + 1] === '$') {
      literal(done, at)
      literal(at + 1, at + 2)
      done = at + 2
      continue
    }
    const isBraced = text[at + 1] === '{'
    const start = isBraced ? at + 2 : at + 1
    const name = matchAt(NAME, text, start)
    if (!isBraced && name === '') continue
    literal(done, at)
    const end = start + name.length
    if (!isBraced || (name !== '' && text[end] === '}')) {
      out.push(variable(name, lookup, branch))
      done = isBraced ? end + 1 : end
      continue
    }
    const operator = name === '' ? '' : matchAt(OPERATOR, text, end)
    // Once for each line.
    if (end > line.end) line = braceOfLine(text, end)
    const last = line.last < end ? -1 : line.last
    if (operator === '' || last < 0)
      throw new TemplateError(`invalid interpolation format: "${text.slice(0, 100)}"`)
    // Without balanced braces, compose-go takes all up to the last one of the line.
    const closing = closingBrace(text, at, last)
    operate(name, operator, text.slice(end + operator.length, closing), base + end + operator.length)
    done = closing + 1
  }
  literal(done, text.length)

  function operate(name: string, operator: string, word: string, wordBase: number): void {
    const value = lookup(name)
    const isThere = value !== undefined && !(operator.startsWith(':') && value === '')
    const expandWord = () => expand(word, wordBase, { name, within: branch }, lookup, out, depth + 1)
    if (operator.endsWith('?')) {
      if (!isThere) throw missing(name, word)
      out.push(variable(name, lookup, branch))
    } else if (operator.endsWith('-') ? !isThere : isThere) expandWord()
    else if (value !== undefined) out.push(variable(name, lookup, branch))
  }
}

/** The message is shown as it is written: the value of a variable in it may be a secret. */
function missing(name: string, word: string): TemplateError {
  const why = word === '' ? '' : `: ${word.slice(0, 200)}`
  return new TemplateError(`required variable ${name} is missing a value${why}`)
}

function matchAt(pattern: RegExp, text: string, at: number): string {
  const sticky = new RegExp(pattern)
  sticky.lastIndex = at
  return sticky.exec(text)?.[0] ?? ''
}

/** The end of the line that has `from`, and its last closing brace; -1 if there is none. */
function braceOfLine(text: string, from: number): { readonly end: number; readonly last: number } {
  const feed = text.indexOf('\n', from)
  const end = feed < 0 ? text.length : feed
  return { end, last: text.lastIndexOf('}', end) }
}

function variable(name: string, lookup: GetVariable, branch: Branch | undefined): Segment {
  const value = lookup(name)
  return {
    text: value ?? '',
    variable: { name, isSet: value !== undefined },
    ...(branch !== undefined && { branch }),
  }
}

/** The brace that closes the one after `from`, or `last`. A character after an opening brace is not looked at: so it is in compose-go. */
function closingBrace(text: string, from: number, last: number): number {
  let open = 0
  for (let i = from; i <= last; i++) {
    if (text[i] === '}') {
      open--
      if (open === 0) return i
    }
    if (text[i] === '{') {
      open++
      i++
    }
  }
  return last
}

/** Interpolates all texts under a node. Keys stay as they are. @throws ComposeError */
export function interpolate(root: Node, lookup: GetVariable): Node {
  // Aliases share nodes. Each is done once, so that they cannot multiply the work.
  const done = new Map<Node, Node>()
  return visit(root)

  function visit(node: Node): Node {
    let result = done.get(node)
    if (result === undefined) {
      result = interpolated(node)
      done.set(node, result)
    }
    return result
  }

  function interpolated(node: Node): Node {
    if (node.kind === 'text') return interpolatedText(node, lookup)
    if (node.kind === 'list') return { ...node, items: node.items.map(visit) }
    if (node.kind === 'null') return node
    const entries = new Map<string, Entry>()
    for (const [key, entry] of node.entries) entries.set(key, { ...entry, value: visit(entry.value) })
    return { ...node, entries }
  }
}

function interpolatedText(node: TextNode, lookup: GetVariable): TextNode {
  if (!node.value.includes('$')) return node
  try {
    const pieces = substitute(node.value, lookup)
    return { ...node, pieces, written: node.value, value: pieces.map(({ text }) => text).join('') }
  } catch (error) {
    if (error instanceof TemplateError) throw new ComposeError(error.message, node)
    throw error
  }
}
