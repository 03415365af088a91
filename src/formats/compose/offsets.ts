/** Where the characters of a YAML scalar's value are written. */

export type ScalarStyle = 'PLAIN' | 'QUOTE_SINGLE' | 'QUOTE_DOUBLE' | 'BLOCK_LITERAL' | 'BLOCK_FOLDED'

/** Where each character of a value is written; -1 if it is not, such as a fold that became a space. */
export interface Offsets {
  /** -1 also for an escape: the character is not written as itself. */
  readonly starts: Int32Array
  readonly ends: Int32Array
}

interface Collector {
  readonly starts: number[]
  readonly ends: number[]
  text: string
}

/**
 * The offsets of the characters of `value`, which a YAML parser made of `source`. Undefined if this reader does not come to the same value:
 * then nothing may be written there.
 * @param source the scalar as it is written: with its quotes, or the lines after the header of a block
 * @param start the offset of `source` in the file
 */
export function scalarOffsets(
  style: ScalarStyle,
  source: string,
  start: number,
  value: string,
  header = '',
): Offsets | undefined {
  const collected = collect(style, source, start, header)
  if (collected.text !== value) return undefined
  return { starts: Int32Array.from(collected.starts), ends: Int32Array.from(collected.ends) }
}

function collect(style: ScalarStyle, source: string, start: number, header: string): Collector {
  switch (style) {
    case 'PLAIN':
      return readFlow(source, start, 0, source.length, plainCharacter)
    case 'QUOTE_SINGLE':
      return readFlow(source, start, 1, source.length - 1, singleCharacter)
    case 'QUOTE_DOUBLE':
      return readFlow(source, start, 1, source.length - 1, doubleCharacter)
    case 'BLOCK_LITERAL':
    case 'BLOCK_FOLDED':
      return readBlock(source, start, header, style === 'BLOCK_FOLDED')
  }
}

/** One character of the value: its text, and the length of what is written for it. */
type ReadCharacter = (source: string, index: number) => { readonly text: string; readonly length: number }

const plainCharacter: ReadCharacter = (source, index) => ({ text: source[index] ?? '', length: 1 })

const singleCharacter: ReadCharacter = (source, index) =>
  source.startsWith("''", index) ? { text: "'", length: 2 } : plainCharacter(source, index)

const ESCAPES: Readonly<Record<string, string>> = {
  '0': '\0',
  a: '\x07',
  b: '\b',
  t: '\t',
  '\t': '\t',
  n: '\n',
  v: '\v',
  f: '\f',
  r: '\r',
  e: '\x1b',
  ' ': ' ',
  '"': '"',
  '/': '/',
  '\\': '\\',
  N: '\x85',
  _: '\xa0',
  L: '\u2028',
  P: '\u2029',
}
const HEX_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 }

const doubleCharacter: ReadCharacter = (source, index) => {
  if (source[index] !== '\\') return plainCharacter(source, index)
  const letter = source[index + 1] ?? ''
  const digits = HEX_DIGITS[letter]
  if (digits === undefined) return { text: ESCAPES[letter] ?? '', length: 2 }
  const code = Number.parseInt(source.slice(index + 2, index + 2 + digits), 16)
  return { text: code <= 0x10ffff ? String.fromCodePoint(code) : '', length: 2 + digits }
}

const BLANK = /[ \t]/

/** A scalar in the flow of a line. A line break with the blanks around it is a space; each empty line is a line break. */
function readFlow(source: string, start: number, from: number, to: number, read: ReadCharacter): Collector {
  const out: Collector = { starts: [], ends: [], text: '' }
  /** The length of the value without the blanks that end the line. */
  let solid = 0
  let index = from
  while (index < to) {
    const escapedBreak = read === doubleCharacter ? /^\\\r?\n/.exec(source.slice(index, index + 3)) : null
    if (escapedBreak !== null || source[index] === '\n' || source.startsWith('\r\n', index)) {
      if (escapedBreak === null) trimTo(out, solid)
      index += escapedBreak?.[0].length ?? (source[index] === '\n' ? 1 : 2)
      let empty = 0
      for (;;) {
        while (index < to && BLANK.test(source[index] ?? '')) index++
        if (source[index] === '\n') index += 1
        else if (source.startsWith('\r\n', index)) index += 2
        else break
        empty++
      }
      if (escapedBreak === null && empty === 0) add(out, ' ', -1)
      for (let i = 0; i < empty; i++) add(out, '\n', -1)
      solid = out.text.length
      continue
    }
    const { text, length } = read(source, index)
    add(out, text, length === 1 ? start + index : -1, start + index + length)
    if (length > 1 || !BLANK.test(text)) solid = out.text.length
    index += length
  }
  return out
}

/** The lines of a block. */
function readBlock(source: string, start: number, header: string, folded: boolean): Collector {
  const out: Collector = { starts: [], ends: [], text: '' }
  const lines = linesOf(source)
  const keep = header.includes('+')
  const strip = header.includes('-')
  const indent = indentOf(lines, header)
  let last = lines.length - 1
  while (last >= 0 && isEmptyLine(lines[last] as Line, indent)) last--
  /** The line before: `text` is folded with the next one. */
  let before: 'none' | 'text' | 'more' = 'none'
  let breaks: number[] = []
  for (const [number, line] of lines.slice(0, last + 1).entries()) {
    const content = line.text.slice(indent)
    if (line.text.length <= indent && line.text.trim() === '') {
      breaks.push(line.endAt)
      continue
    }
    const isMore = BLANK.test(content[0] ?? '')
    if (folded && before === 'text' && !isMore) {
      if (breaks.length === 1) add(out, ' ', -1)
      else for (const _ of breaks.slice(1)) add(out, '\n', -1)
    } else {
      for (const at of breaks) add(out, '\n', folded ? -1 : start + at)
    }
    for (let i = 0; i < content.length; i++) add(out, content[i] as string, start + line.at + indent + i)
    before = isMore ? 'more' : 'text'
    breaks = number <= last ? [line.endAt] : []
  }
  const ended = last >= 0 && (lines[last] as Line).hasBreak
  if (!strip && ended) add(out, '\n', -1)
  if (keep) for (const line of lines.slice(last + 1)) if (line.hasBreak) add(out, '\n', -1)
  return out
}

interface Line {
  readonly text: string
  readonly at: number
  readonly endAt: number
  readonly hasBreak: boolean
}

function linesOf(source: string): readonly Line[] {
  const lines: Line[] = []
  for (let at = 0; at < source.length; ) {
    const feed = source.indexOf('\n', at)
    const end = feed < 0 ? source.length : feed
    const endAt = source[end - 1] === '\r' && end > at && feed >= 0 ? end - 1 : end
    lines.push({ text: source.slice(at, endAt), at, endAt, hasBreak: feed >= 0 })
    at = end + 1
  }
  return lines
}

/** The indentation of the content, in columns. A header such as `|2` counts from the parent, which only the parser knows. */
function indentOf(lines: readonly Line[], header: string): number {
  const first = lines.find(({ text }) => text.trim() !== '')
  const widest = (first?.text.length ?? 0) - (first?.text.trimStart().length ?? 0)
  const stated = /[1-9]/.exec(header)?.[0]
  if (stated === undefined) return widest
  // The least indentation of all lines fits, or the value differs and nothing is written.
  return Math.min(
    ...lines.flatMap(({ text }) => (text.trim() === '' ? [] : [text.length - text.trimStart().length])),
  )
}

function isEmptyLine({ text }: Line, indent: number): boolean {
  return text.trim() === '' && text.length <= indent
}

function add(out: Collector, text: string, start: number, end = start < 0 ? -1 : start + 1): void {
  out.text += text
  for (let i = 0; i < text.length; i++) {
    out.starts.push(start)
    out.ends.push(i === text.length - 1 ? end : -1)
  }
}

function trimTo(out: Collector, length: number): void {
  out.text = out.text.slice(0, length)
  out.starts.length = length
  out.ends.length = length
}
