/**
 * BuildKit's shell lexer: quotes, escapes and `$` expansions in FROM, `--platform` and ARG defaults, and the words of a line that
 * may open heredocs. It differs from sh: `${V/a/b}` and `${V#p}` support only `*` and `?`, and quotes are never nested.
 *
 * It returns the value and the origin of each part, so that a digest can be written there.
 *
 * @see https://github.com/moby/buildkit/blob/master/frontend/dockerfile/shell/lex.go
 */
import { type GlobResult, replacePattern, trimPattern } from './glob.ts'
import {
  asWritten,
  collect,
  type Effort,
  type Env,
  type Expansion,
  grow,
  LexError,
  type Lexing,
  lexing,
  literal,
  next,
  type Piece,
  readName,
  spend,
  textOf,
  words,
} from './lexing.ts'

/** How deep `${a:-${b:-…}}` may be nested. */
const MAX_DEPTH = 200

/** `word` with its variables expanded and its quotes and escapes removed. */
export function expand(word: string, escapeToken: string, env: Env, effort: Effort): Expansion {
  const s = lexing(word, escapeToken, env, false, effort)
  try {
    spend(effort, word.length)
    const pieces = until(s, undefined, false)
    return { ok: true, value: textOf(pieces), pieces, names: s.names }
  } catch (error) {
    if (!(error instanceof LexError)) throw error
    const { message, missing } = error
    return { ok: false, message, names: s.names, ...(missing !== undefined && { missing }) }
  }
}

/**
 * The words of `line` with variables left as they are; quotes and escapes too if `raw`. Undefined if the lexer fails
 * (an open quote, `${}`): BuildKit then sees no words.
 */
export function splitWords(line: string, raw: boolean): readonly string[] | undefined {
  // Always the backslash, even with an escape directive.
  const s = lexing(line, '\\', undefined, raw)
  try {
    until(s, undefined, raw)
    return words(s)
  } catch (error) {
    if (error instanceof LexError) return undefined
    throw error
  }
}

/** Everything up to `stop` (consumed) or, without one, the end. */
function until(s: Lexing, stop: string | undefined, rawEscapes: boolean): Piece[] {
  if (++s.depth > MAX_DEPTH) throw new LexError(`expansions are nested more than ${MAX_DEPTH} deep`)
  const pieces: Piece[] = []
  const top = s.depth === 1
  while (s.position < s.source.length) {
    const at = s.position
    const char = s.source[at]!
    if (char === stop) {
      s.position++
      s.depth--
      return pieces
    }
    const before = pieces.length
    if (char === "'") singleQuoted(s, pieces)
    else if (char === '"') doubleQuoted(s, pieces, rawEscapes)
    else if (char === '$') pieces.push(dollar(s))
    else if (char === '<') lessThan(s, pieces)
    else if (char === s.escapeToken) {
      if (rawEscapes) literal(s, pieces, at, 1)
      s.position += 2
      literal(s, pieces, at + 1, 1)
    } else {
      do s.position++
      while (s.position < s.source.length && isPlain(s, s.source[s.position]!, stop))
      literal(s, pieces, at, s.position - at)
    }
    if (top && s.env === undefined) collect(s, pieces.splice(before), char)
  }
  if (stop !== undefined) {
    throw new LexError(stop === '/' ? "syntax error: missing '/' in ${}" : "syntax error: missing '}'")
  }
  return pieces
}

function isPlain(s: Lexing, char: string, stop: string | undefined): boolean {
  return !(
    char === stop ||
    char === "'" ||
    char === '"' ||
    char === '$' ||
    char === '<' ||
    char === s.escapeToken
  )
}

/** `<<` includes the blanks after it, so that `<< EOF` is one word. */
function lessThan(s: Lexing, pieces: Piece[]): void {
  const at = s.position++
  if (s.source[s.position] === '<') {
    s.position++
    while (/[\t\r ]/.test(s.source[s.position] ?? '')) s.position++
  }
  literal(s, pieces, at, s.position - at)
}

function singleQuoted(s: Lexing, pieces: Piece[]): void {
  const start = s.position
  const end = s.source.indexOf("'", start + 1)
  if (end < 0) throw new LexError('unexpected end of statement while looking for matching single-quote')
  s.position = end + 1
  if (s.rawQuotes) literal(s, pieces, start, end + 1 - start)
  else literal(s, pieces, start + 1, end - start - 1)
}

function doubleQuoted(s: Lexing, pieces: Piece[], rawEscapes: boolean): void {
  if (s.rawQuotes) literal(s, pieces, s.position, 1)
  s.position++
  for (;;) {
    const at = s.position
    const char = s.source[at]
    if (char === undefined)
      throw new LexError('unexpected end of statement while looking for matching double-quote')
    if (char === '"') {
      s.position++
      if (s.rawQuotes) literal(s, pieces, at, 1)
      return
    }
    if (char === '$') {
      pieces.push(dollar(s))
      continue
    }
    s.position++
    if (char !== s.escapeToken) {
      literal(s, pieces, at, 1)
      continue
    }
    if (rawEscapes) literal(s, pieces, at, 1)
    const next = s.source[at + 1]
    if (next === undefined) continue
    if (next === '"' || next === '$' || next === s.escapeToken) {
      s.position++
      literal(s, pieces, at + 1, 1)
    } else literal(s, pieces, at, 1)
  }
}

function dollar(s: Lexing): Piece {
  const start = s.position++
  if (s.source[s.position] !== '{') {
    const name = readName(s)
    return name === '' ? { kind: 'literal', text: '$', start } : plain(s, name, `$${name}`)
  }
  const first = s.source[++s.position]
  if (first === undefined) throw new LexError("syntax error: missing '}'")
  if (first === '{' || first === '}' || first === ':') throw new LexError('syntax error: bad substitution')
  const name = readName(s)
  let modifier = next(s)
  if (modifier === '}') return plain(s, name, `\${${name}}`)
  if (modifier === '/') return replaced(s, name)
  let written = modifier
  const emptyIsUnset = modifier === ':'
  if (emptyIsUnset) {
    modifier = next(s)
    written += modifier
  }
  if (!(emptyIsUnset ? /^[-+?]$/ : /^[-+?#%]$/).test(modifier))
    throw new LexError(`unsupported modifier (${written}) in substitution`)
  const from = s.position
  const branch = until(s, '}', modifier === '#' || modifier === '%')
  const word = textOf(branch)
  const value = lookUp(s, name)
  if (s.env === undefined) return computed(s, name, `\${${name}${written}${word}}`)
  const isSet = value !== undefined && !(emptyIsUnset && value === '')
  switch (modifier) {
    case '-':
      return isSet ? verbatim(s, name, value) : fromBranch(name, branch)
    case '+':
      return fromBranch(name, isSet ? branch : [])
    case '?':
      if (isSet) return verbatim(s, name, value)
      throw new LexError(
        `${name}: ${asWritten(s, from, branch) || `is not allowed to be ${value === undefined ? 'unset' : 'empty'}`}`,
        name,
      )
    default: {
      const greedy = word[0] === modifier
      const pattern = greedy ? word.slice(1) : word
      const shown = asWritten(s, from, branch).slice(greedy ? 1 : 0)
      const count = (steps: number) => spend(s.effort, steps)
      return matched(s, name, shown, trimPattern(pattern, value ?? '', modifier === '%', greedy, count))
    }
  }
}

/** `${name/pattern/replacement}`, `${name//pattern/replacement}`. */
function replaced(s: Lexing, name: string): Piece {
  const all = s.source[s.position] === '/'
  if (all) s.position++
  const from = s.position
  const pieces = until(s, '/', true)
  const shown = asWritten(s, from, pieces)
  const pattern = textOf(pieces)
  const replacement = textOf(until(s, '}', true))
  const value = lookUp(s, name)
  if (s.env === undefined) return computed(s, name, `\${${name}/${pattern}/${replacement}}`)
  const result = replacePattern(pattern, value ?? '', replacement, all, steps => spend(s.effort, steps))
  return matched(s, name, shown, result)
}

function matched(s: Lexing, name: string, pattern: string, result: GlobResult): Piece {
  if (result.ok) return computed(s, name, result.value)
  throw new LexError(`invalid pattern (${pattern.slice(0, 100)}) in substitution: ${result.message}`)
}

function plain(s: Lexing, name: string, unexpanded: string): Piece {
  const value = lookUp(s, name)
  return s.env === undefined ? computed(s, name, unexpanded) : verbatim(s, name, value ?? '')
}

function verbatim(s: Lexing, name: string, text: string): Piece {
  grow(s, text.length)
  return { kind: 'variable', name, text, verbatim: true }
}

function fromBranch(name: string, branch: readonly Piece[]): Piece {
  return { kind: 'variable', name, text: textOf(branch), verbatim: false, branch }
}

function computed(s: Lexing, name: string, text: string): Piece {
  grow(s, text.length)
  return { kind: 'variable', name, text, verbatim: false }
}

function lookUp(s: Lexing, name: string): string | undefined {
  s.names.push(name)
  return s.env?.(name)
}
