/** The state of the shell lexer (see shell.ts) over one word, and what its rules have in common. */
import { goSpace } from './characters.ts'

/** A part of an expanded word: literal text, or the value of a variable. */
export type Piece =
  /** `text[i]` stands at `start + i` in the word. */
  | { readonly kind: 'literal'; readonly text: string; readonly start: number }
  /** `verbatim`: the variable's own value. `branch`: the default or alternative inside the braces. */
  | {
      readonly kind: 'variable'
      readonly name: string
      readonly text: string
      readonly verbatim: boolean
      readonly branch?: readonly Piece[]
    }

/** The result of expanding a word, or why it fails. */
export type Expansion =
  | {
      readonly ok: true
      readonly value: string
      readonly pieces: readonly Piece[]
      /** Every variable in the word, once per mention, including those in unused defaults. */
      readonly names: readonly string[]
    }
  | {
      readonly ok: false
      /** As BuildKit words it. */
      readonly message: string
      readonly names: readonly string[]
      /** `${V?}`, `${V:?}`: it is this variable that is missing. */
      readonly missing?: string
    }

/** The value of a variable, or undefined when it is not set. */
export type Env = (name: string) => string | undefined

/** The work left for all expansions of a file, in characters and pattern steps. */
export interface Effort {
  left: number
}

/** The most work for all expansions of a file, with all combinations of build args: at most a second. */
export const MAX_EFFORT: number = 20_000_000

/** Subtracts `amount` from the work left. @throws LexError if none is left */
export function spend(effort: Effort | undefined, amount: number): void {
  if (effort === undefined) return
  effort.left -= amount
  if (effort.left < 0) throw new LexError('the expansions in this file take too long')
}

/** The longest value, in UTF-16 code units. A reference has at most a few hundred. */
export const MAX_EXPANSION: number = 64 * 1024

/** The lexer fails, with BuildKit's words. Caught in shell.ts. */
export class LexError extends Error {
  readonly missing: string | undefined
  constructor(message: string, missing?: string) {
    super(message)
    this.missing = missing
  }
}

/** The text of pieces. */
export function textOf(pieces: readonly Piece[]): string {
  let text = ''
  for (const piece of pieces) text += piece.text
  return text
}

/** One pass over one word. */
export interface Lexing {
  readonly source: string
  readonly escapeToken: string
  /** If undefined, variables stay as they are, and words are collected. */
  readonly env: Env | undefined
  readonly effort: Effort | undefined
  readonly rawQuotes: boolean
  readonly names: string[]
  readonly found: string[]
  position: number
  depth: number
  size: number
  word: string
}

/** The start of a pass over `source`. */
export function lexing(
  source: string,
  escapeToken: string,
  env: Env | undefined,
  rawQuotes: boolean,
  effort?: Effort,
): Lexing {
  // Go's text/scanner drops a byte order mark at the start of anything.
  const position = source.startsWith('\ufeff') ? 1 : 0
  return {
    source,
    escapeToken,
    env,
    effort,
    rawQuotes,
    names: [],
    found: [],
    position,
    depth: 0,
    size: 0,
    word: '',
  }
}

/** The words collected, at the end. */
export function words(s: Lexing): readonly string[] {
  endWord(s)
  return s.found
}

/** Adds `length` characters from `start` on as they stand. */
export function literal(s: Lexing, pieces: Piece[], start: number, length: number): void {
  const text = s.source.slice(start, start + length)
  if (text === '') return
  grow(s, length)
  const last = pieces.at(-1)
  if (s.env !== undefined && last?.kind === 'literal' && last.start + last.text.length === start) {
    pieces[pieces.length - 1] = { kind: 'literal', start: last.start, text: last.text + text }
  } else pieces.push({ kind: 'literal', start, text })
}

/** Counts the added characters, to limit growth. */
export function grow(s: Lexing, length: number): void {
  s.size += length
  spend(s.effort, length)
  if (s.env !== undefined && s.size > MAX_EXPANSION)
    throw new LexError(`expands to more than ${MAX_EXPANSION} characters`)
}

/** Takes the next character, which must be there. */
export function next(s: Lexing): string {
  const point = s.source.codePointAt(s.position)
  if (point === undefined) throw new LexError("syntax error: missing '}'")
  const char = String.fromCodePoint(point)
  s.position += char.length
  return char
}

/** Letters, digits and `_`; digits alone if it starts with one; or one of sh's special parameters. */
export function readName(s: Lexing): string {
  const pattern = /\p{Nd}+|[@*#?\-$!]|[\p{L}_][\p{L}\p{Nd}_]*/uy
  pattern.lastIndex = s.position
  const name = pattern.exec(s.source)?.[0] ?? ''
  s.position += name.length
  return name
}

/** Splits at blanks that are neither quoted nor escaped; quoted and escaped ones are part of the word. */
export function collect(s: Lexing, pieces: readonly Piece[], opener: string): void {
  for (const { text } of pieces) {
    if (opener === "'" || opener === '"' || opener === '<' || opener === s.escapeToken) {
      s.word += text
      continue
    }
    for (const char of text) {
      if (goSpace(char)) endWord(s)
      else s.word += char
    }
  }
}

function endWord(s: Lexing): void {
  if (s.word) s.found.push(s.word)
  s.word = ''
}

/** The source of `pieces`, the last ones read, for messages. Values of variables may be secrets. */
export function asWritten(s: Lexing, from: number, pieces: readonly Piece[]): string {
  return pieces.some(({ kind }) => kind === 'variable')
    ? s.source.slice(from, s.position - 1)
    : textOf(pieces)
}
