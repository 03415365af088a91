/**
 * The words of an instruction with their quotes and escapes read, by the three rules that BuildKit has for it: flags, ARG, and the
 * CSV inside of `--mount`. (FROM's words are split at blanks alone and read by the shell lexer.)
 */
import { goSpace } from './characters.ts'

/** Text after unquoting; `at[i]` is where `text[i]` stands in the line. */
export interface Word {
  readonly text: string
  readonly at: readonly number[]
}

/** Part of a word. */
export function subWord(word: Word, start: number, end: number = word.text.length): Word {
  return { text: word.text.slice(start, end), at: word.at.slice(start, end) }
}

/** A splitting of a line: where its words end, and a copy in which only what separates them is blank. */
export interface Mask {
  readonly masked: string
  /** The index after the last character read. */
  readonly end: number
}

/**
 * The flags at the start of `text` from `start` on, masked: `--xxx` for each. They end before the
 * first word without `--`, or after the word `--`.
 * @see https://github.com/moby/buildkit/blob/master/frontend/dockerfile/parser/split_command.go
 */
export function maskFlags(text: string, start: number, escapeToken: string): Mask {
  let masked = ''
  let position = start
  while (position < text.length) {
    const char = text[position]!
    if (char.charCodeAt(0) < 0x80 && goSpace(char)) {
      masked += ' '
      position++
      continue
    }
    if (!text.startsWith('--', position)) break
    const word = maskWord(text, position, escapeToken, endsFlag, false)
    masked += `--${word.masked.slice(2)}`
    position = word.end
    if (readFlag(text, position - word.masked.length, position, escapeToken).text === '--') break
  }
  return { masked, end: position }
}

/** BuildKit looks at flags byte by byte, so the second byte of `à` (C3 A0) is a space to it, and 85 likewise. */
function endsFlag(text: string, index: number): boolean {
  const point = text.codePointAt(index)!
  if (point < 0x80) return goSpace(text[index]!)
  const bytes =
    point < 0x800 ? [point] : point < 0x10000 ? [point >> 6, point] : [point >> 12, point >> 6, point]
  // All but the first byte are 10xxxxxx.
  return bytes.some(byte => (byte & 0x3f) === 0x05 || (byte & 0x3f) === 0x20)
}

function endsArg(text: string, index: number): boolean {
  return goSpace(text[index]!)
}

/** The words of ARG from `start` on, masked: only blanks that separate words stay. */
export function maskArgWords(text: string, start: number, escapeToken: string): Mask {
  let masked = ''
  let position = start
  while (position < text.length) {
    if (goSpace(text[position]!)) {
      masked += ' '
      position++
      continue
    }
    const word = maskWord(text, position, escapeToken, endsArg, true)
    masked += word.masked
    position = word.end
  }
  return { masked, end: position }
}

/**
 * The word at `start`, up to an unquoted `ends`, masked. `literalSingle`: inside single quotes the escape token is itself. At the
 * very end of the text it is dropped.
 */
function maskWord(
  text: string,
  start: number,
  escapeToken: string,
  ends: (text: string, index: number) => boolean,
  literalSingle: boolean,
): Mask {
  let quote = ''
  let position = start
  for (; position < text.length; position++) {
    const char = text[position]!
    if (quote === '' && ends(text, position)) break
    if (char === escapeToken && !(literalSingle && quote === "'")) {
      if (position + 1 === text.length)
        return { masked: `${'x'.repeat(position - start)} `, end: text.length }
      position++
    } else if (quote === '' && (char === '"' || char === "'")) quote = char
    else if (char === quote) quote = ''
  }
  return { masked: 'x'.repeat(position - start), end: position }
}

/** The flag that stands at `start` to `end`, without its quotes and escapes. */
export function readFlag(text: string, start: number, end: number, escapeToken: string): Word {
  let value = ''
  const at: number[] = []
  let quote = ''
  for (let index = start; index < end; index++) {
    let char = text[index]!
    if (quote === '' && (char === '"' || char === "'")) {
      quote = char
      continue
    }
    if (char === quote) {
      quote = ''
      continue
    }
    if (char === escapeToken) {
      if (index + 1 === text.length) continue
      char = text[++index]!
    }
    value += char
    at.push(index)
  }
  return { text: value, at }
}

/** The fields of one CSV record (RFC 4180, as Go's encoding/csv reads it), or undefined for broken quotes and for nothing. */
export function csvFields(record: Word): readonly Word[] | undefined {
  const { text } = record
  if (text === '') return undefined
  const fields: Word[] = []
  let position = 0
  for (;;) {
    if (text[position] !== '"') {
      const comma = text.indexOf(',', position)
      const field = subWord(record, position, comma < 0 ? text.length : comma)
      if (field.text.includes('"')) return undefined
      fields.push(field)
      if (comma < 0) return fields
      position = comma + 1
      continue
    }
    let value = ''
    const at: number[] = []
    position++
    for (;;) {
      const char = text[position]
      if (char === undefined) return undefined
      if (char === '"') {
        if (text[position + 1] !== '"') break
        position++
      }
      value += char
      at.push(record.at[position]!)
      position++
    }
    fields.push({ text: value, at })
    const next = text[position + 1]
    if (next === undefined) return fields
    if (next !== ',') return undefined
    position += 2
  }
}
