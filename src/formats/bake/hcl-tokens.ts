/**
 * The tokens of an HCL file. It knows strings, heredocs and comments, so that nothing inside of them is taken for something else.
 * Nothing is evaluated.
 * @see https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md
 */
import { writtenText } from '../written.ts'
import { type Expression, pathOf, readTemplate, type TemplatePart } from './expression.ts'

export interface HclToken {
  readonly kind: 'name' | 'number' | 'text' | 'newline' | 'sign'
  /** `text`: the text as an expression. */
  readonly expression?: Expression
  readonly source: string
  readonly start: number
  readonly end: number
}

const SPACE = /[ \t\r\uFEFF]+/y
const COMMENT = /(?:#|\/\/)[^\n]*/y
const NAME = /[\p{ID_Start}_][\p{ID_Continue}-]*/uy
const NUMBER = /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const HEREDOC = /<<(-?)([\p{ID_Start}_][\p{ID_Continue}-]*)\r?\n/uy

/** Undefined if a text or a comment has no end. */
export function tokenize(file: string, text: string): readonly HclToken[] | { readonly offset: number } {
  const tokens: HclToken[] = []
  const match = (pattern: RegExp, at: number): RegExpExecArray | null => {
    pattern.lastIndex = at
    return pattern.exec(text)
  }
  for (let position = 0; position < text.length; ) {
    const skipped = match(SPACE, position) ?? match(COMMENT, position)
    if (skipped !== null) {
      position += skipped[0].length
      continue
    }
    if (text.startsWith('/*', position)) {
      const end = text.indexOf('*/', position + 2)
      if (end < 0) return { offset: position }
      position = end + 2
      continue
    }
    const token = next(position)
    if (token === undefined) return { offset: position }
    tokens.push(token)
    position = token.end
  }
  return tokens

  function next(start: number): HclToken | undefined {
    if (text[start] === '\n') return { kind: 'newline', source: '\n', start, end: start + 1 }
    if (text[start] === '"') {
      const quoted = readQuoted(file, text, start)
      return quoted && { kind: 'text', ...quoted, source: text.slice(start, quoted.end), start }
    }
    const heredoc = match(HEREDOC, start)
    if (heredoc !== null) {
      const read = readHeredoc(file, text, start, heredoc)
      return read && { kind: 'text', ...read, source: text.slice(start, read.end), start }
    }
    const name = match(NAME, start)
    const found = name ?? match(NUMBER, start)
    const source = found?.[0] ?? text[start]!
    const kind = name !== null ? 'name' : found !== null ? 'number' : 'sign'
    return { kind, source, start, end: start + source.length }
  }
}

interface TextRead {
  readonly expression: Expression
  readonly end: number
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' }

/** The text that begins with the quote at `start`. */
function readQuoted(file: string, text: string, start: number): TextRead | undefined {
  const parts: TemplatePart[] = []
  let isPlain = true
  let literal = ''
  const offsets: number[] = []
  const add = (characters: string, ...at: readonly number[]) => {
    literal += characters
    offsets.push(...at)
  }
  for (let position = start + 1; position < text.length; ) {
    const three = text.slice(position, position + 3)
    if (three[0] === '"') {
      const end = position + 1
      if (!isPlain) return { expression: { kind: 'other', source: text.slice(start, end) }, end }
      if (parts.length === 0) {
        const written = writtenText(file, start, literal, [...offsets, position])
        return { expression: { kind: 'string', written }, end }
      }
      if (literal !== '') parts.push(literal)
      return { expression: { kind: 'template', parts, isWhole: parts.length === 1 }, end }
    }
    if (three[0] === '\n') return undefined
    if (three === '$${' || three === '%%{') {
      add(three.slice(1), position, position + 2)
      position += 3
    } else if (three.startsWith('${') || three.startsWith('%{')) {
      const end = endOfTemplate(text, position + 2)
      if (end === undefined) return undefined
      const path = three.startsWith('$') ? pathOf(text.slice(position + 2, end)) : undefined
      if (path === undefined) isPlain = false
      if (literal !== '') parts.push(literal)
      literal = ''
      parts.push({ path: path ?? [] })
      position = end + 1
    } else if (three[0] === '\\') {
      const length = three[1] === 'u' ? 6 : three[1] === 'U' ? 10 : 2
      const code = Number.parseInt(text.slice(position + 2, position + length), 16)
      const character =
        length === 2 ? ESCAPES[three[1] ?? ''] : code <= 0x10ffff ? String.fromCodePoint(code) : undefined
      if (character === undefined) isPlain = false
      else add(character, ...Array.from({ length: character.length }, () => position))
      position += length
    } else {
      add(three[0]!, position)
      position++
    }
  }
  return undefined
}

/** The offset of the `}` that ends the template whose inside begins at `start`. */
function endOfTemplate(text: string, start: number): number | undefined {
  // What is open: braces, and texts in which only `${` matters.
  const open: ('{' | '"')[] = ['{']
  for (let position = start; position < text.length; position++) {
    const character = text[position]
    if (open.at(-1) === '"') {
      if (character === '\\') position++
      else if (character === '"') open.pop()
      else if ((character === '$' || character === '%') && text[position + 1] === '{') {
        const isEscape = text[position - 1] === character
        if (!isEscape) open.push('{')
        position++
      }
    } else if (character === '"') open.push('"')
    else if (character === '{') open.push('{')
    else if (character === '}') {
      open.pop()
      if (open.length === 0) return position
    }
  }
  return undefined
}

/** `<<EOT`, or `<<-EOT`, which removes the common indentation. */
function readHeredoc(
  file: string,
  text: string,
  start: number,
  [opening, flush, marker]: RegExpExecArray,
): TextRead | undefined {
  const lines: { readonly start: number; readonly end: number }[] = []
  let position = start + opening.length
  for (;;) {
    if (position >= text.length) return undefined
    const feed = text.indexOf('\n', position)
    const end = feed < 0 ? text.length : feed + 1
    if (text.slice(position, end).trim() === marker) {
      const last = feed < 0 ? end : text[feed - 1] === '\r' ? feed - 1 : feed
      return { expression: ofLines(), end: last }
    }
    lines.push({ start: position, end })
    position = end
  }

  function ofLines(): Expression {
    const isBlank = (line: { start: number; end: number }) => text.slice(line.start, line.end).trim() === ''
    const indents = lines
      .filter(line => !isBlank(line))
      .map(line => /^[ \t]*/.exec(text.slice(line.start, line.end))![0].length)
    const removed = flush === '-' ? indents.reduce((least, indent) => Math.min(least, indent), Infinity) : 0
    let content = ''
    const offsets: number[] = []
    for (const line of lines) {
      const first = isBlank(line) ? line.start : line.start + removed
      content += text.slice(first, line.end)
      for (let offset = first; offset < line.end; offset++) offsets.push(offset)
    }
    offsets.push(position)
    const template = readTemplate(content, offsets)
    if (template === undefined) return { kind: 'other', source: `<<${marker}` }
    return 'literal' in template
      ? {
          kind: 'string',
          written: writtenText(file, start, template.literal, template.offsets),
        }
      : { kind: 'template', parts: template.parts, isWhole: false }
  }
}
