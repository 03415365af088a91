/** Reads an env file in the dialect of Compose (compose-go's dotenv package). */
import { type GetVariable, substitute } from './interpolate.ts'

export type EnvFile =
  | { readonly ok: true; readonly values: ReadonlyMap<string, string> }
  | { readonly ok: false; readonly reason: string; readonly offset: number }

/** Variables in values can double them with each line. */
const VALUE_MAX = 65_536
const BLANK = /[\t\v\f\r \x85\xa0]/
/** Characters of a name besides letters and digits. */
const NAME_CHARACTER = /[\p{L}\p{N}_.[\]-]/u

/** @param lookup the variables that are set already */
export function parseEnvFile(source: string, lookup: GetVariable): EnvFile {
  const mark = source.charCodeAt(0) === 0xfeff ? 1 : 0
  const text = source.slice(mark).replaceAll('\r\n', '\n')
  const values = new Map<string, string>()
  const known: GetVariable = name => lookup(name) ?? values.get(name)
  let position = 0
  const set = (name: string, value: string) => {
    if (value.length > VALUE_MAX)
      throw new Error(`the value of ${name} is longer than ${VALUE_MAX} characters`)
    values.set(name, value)
  }
  const fail = (reason: string): EnvFile => ({ ok: false, reason, offset: Math.min(position, source.length) })
  for (;;) {
    position = statementStart(text, position)
    if (position >= text.length) return { ok: true, values }
    const start = position + (/^export\s+/.exec(text.slice(position))?.[0].length ?? 0)
    let end = start
    while (end < text.length && !'=:\n'.includes(text[end] as string)) {
      const character = text[end] as string
      if (!BLANK.test(character) && !NAME_CHARACTER.test(character))
        return fail(`unexpected character "${character}" in variable name`)
      end++
    }
    const name = text.slice(start, end).trimEnd()
    if (name.includes(' ')) return fail('a variable name cannot contain a space')
    if (end >= text.length) return fail(`"${lineAt(text, position).slice(0, 50)}" is not a variable`)
    if (text[end] === '\n') {
      const inherited = lookup(name)
      if (inherited !== undefined) values.set(name, inherited)
      position = end + 1
      continue
    }
    let at = end + 1
    while (at < text.length && BLANK.test(text[at] as string)) at++
    const quote = text[at]
    try {
      if (quote === '"' || quote === "'") {
        const closing = closingQuote(text, at)
        if (closing < 0) return fail('unterminated quoted value')
        const inside = text.slice(at + 1, closing)
        set(name, quote === '"' ? expandText(unescaped(inside), known) : inside.replaceAll("\\'", "'"))
        position = closing + 1
      } else {
        const rest = lineAt(text, at)
        set(name, expandText((rest.split(' #', 1)[0] ?? '').trimEnd(), known))
        position = at + rest.length + 1
      }
    } catch (error) {
      return fail((error as Error).message)
    }
  }
}

function statementStart(text: string, from: number): number {
  let position = from
  for (;;) {
    while (position < text.length && /\s/.test(text[position] as string)) position++
    if (text[position] !== '#') return position
    const feed = text.indexOf('\n', position)
    if (feed < 0) return text.length
    position = feed
  }
}

function lineAt(text: string, from: number): string {
  const feed = text.indexOf('\n', from)
  return text.slice(from, feed < 0 ? undefined : feed)
}

function closingQuote(text: string, opening: number): number {
  const quote = text[opening]
  for (let i = opening + 1; i < text.length; i++) if (text[i] === quote && text[i - 1] !== '\\') return i
  return -1
}

function expandText(text: string, lookup: GetVariable): string {
  return substitute(text, lookup)
    .map(piece => piece.text)
    .join('')
}

const ESCAPED: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '"': '"',
  '\\': '\\',
  $: '$$',
}

function unescaped(text: string): string {
  return text.replace(/\\(?:([abcfnrtv$"\\])|0(\d{0,3}))/g, (whole, letter?: string, octal?: string) => {
    if (letter !== undefined) return ESCAPED[letter] ?? whole
    return octal !== undefined && /^[0-3][0-7]{2}$/.test(octal)
      ? String.fromCharCode(Number.parseInt(octal, 8))
      : whole
  })
}
