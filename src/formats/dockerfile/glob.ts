/**
 * The patterns of `${V#p}`, `${V%p}` and `${V/p/r}`: `*` any text, `?` one character, `\*`, `\?`, `\\`, `\}` and `\/` themselves.
 * Matched by stepping through the text once per token, never by a regular expression: patterns come from strangers' files.
 */
type Token = '*' | '?' | { readonly char: string }

export type GlobResult =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly message: string }

/** Steps (characters of text times tokens of pattern) that one match may take. */
const MAX_STEPS = 4_000_000

/** `value` without its shortest (`greedy`: longest) beginning, or end if `fromEnd`, that matches `pattern`. */
export function trimPattern(
  pattern: string,
  value: string,
  fromEnd: boolean,
  greedy: boolean,
  spend: (steps: number) => void,
): GlobResult {
  const tokens = parse(pattern)
  if (typeof tokens === 'string') return { ok: false, message: tokens }
  const text = [...value]
  if (fromEnd) {
    tokens.reverse()
    text.reverse()
  }
  if (text.length * tokens.length > MAX_STEPS) return { ok: false, message: 'too long' }
  spend(text.length * tokens.length)
  const length = matchLength(tokens, text, 0, greedy)
  if (length === undefined) return { ok: true, value }
  const rest = text.slice(length)
  return { ok: true, value: (fromEnd ? rest.reverse() : rest).join('') }
}

/** `value` with the first (`all`: every) longest match of `pattern` replaced. */
export function replacePattern(
  pattern: string,
  value: string,
  replacement: string,
  all: boolean,
  spend: (steps: number) => void,
): GlobResult {
  const tokens = parse(pattern)
  if (typeof tokens === 'string') return { ok: false, message: tokens }
  const text = [...value]
  if (text.length * text.length * tokens.length > MAX_STEPS) return { ok: false, message: 'too long' }
  let result = ''
  let copied = 0
  let position = 0
  while (position <= text.length) {
    spend((text.length - position) * tokens.length)
    const length = matchLength(tokens, text, position, true)
    if (length === undefined) {
      position++
      continue
    }
    const end = position + length
    const matched = text.slice(position, end).join('')
    result += text.slice(copied, position).join('')
    // Not for nothing right after a match.
    if (end > copied || position === 0) result += all ? template(replacement, matched) : replacement
    copied = end
    if (!all) break
    position = Math.max(end, position + 1)
  }
  const value_ = result + text.slice(copied).join('')
  return value_.length > 64 * 1024 ? { ok: false, message: 'too long' } : { ok: true, value: value_ }
}

/** The pattern's tokens, or why it is none. */
function parse(pattern: string): Token[] | string {
  const tokens: Token[] = []
  const chars = [...pattern]
  for (let index = 0; index < chars.length; index++) {
    const char = chars[index]!
    if (char === '*' || char === '?') tokens.push(char)
    else if (char !== '\\') tokens.push({ char })
    else {
      const next = chars[index + 1]
      if (next === '}' || next === '/') continue
      if (next !== '*' && next !== '?' && next !== '\\') return `invalid escape '\\${next ?? '\ufffd'}'`
      tokens.push({ char: next })
      index++
    }
  }
  return tokens
}

/** How many characters from `start` on match: as many or as few as can be. */
function matchLength(
  tokens: readonly Token[],
  text: readonly string[],
  start: number,
  greedy: boolean,
): number | undefined {
  // reached[i]: the tokens so far can end after i characters
  let reached: boolean[] = [true]
  for (const token of tokens) {
    const next: boolean[] = []
    if (token === '*') {
      let open = false
      for (let index = 0; index <= text.length - start; index++) {
        // As in Go's regular expressions, a wildcard stops at a line feed.
        if (index > 0 && text[start + index - 1] === '\n') open = false
        open ||= reached[index] === true
        next[index] = open
      }
    } else {
      for (let index = 0; index < text.length - start; index++) {
        const char = text[start + index]
        next[index + 1] = reached[index] === true && (token === '?' ? char !== '\n' : char === token.char)
      }
    }
    reached = next
  }
  const length = greedy ? reached.lastIndexOf(true) : reached.indexOf(true)
  return length < 0 ? undefined : length
}

/** Go's `Regexp.Expand` without groups: `$0` is the match, `$$` a dollar, other `$names` nothing. */
function template(replacement: string, matched: string): string {
  return replacement.replace(/\$(?:\$|(\w+)|\{(\w+)\})/g, (whole, name?: string, braced?: string) => {
    if (whole === '$$') return '$'
    return (name ?? braced) === '0' ? matched : ''
  })
}
