/** The messages of errors as the source has them, for the test that the docs explain each. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const SRC = fileURLToPath(new URL('../../src/', import.meta.url))

/** What makes an error, and which of its arguments is the message. A fixed message of an engine is a property. */
const MAKERS: readonly (readonly [call: RegExp, argument: number, files: RegExp])[] = [
  [/\bnew DockLockError\(/g, 1, /./],
  [/\b(?:new HttpFailure|failure|unreachable)\(/g, 1, /^registry\//],
  [/\berror\(/g, 1, /^registry\/registry-error/],
  [/\busage\(/g, 0, /^cli\//],
  [/\bmalformed\(/g, 1, /^io\/lockfile/],
  [/\bmessage:\s*(?=['"`])/g, 0, /^stores\/connection\//],
]

export interface ErrorMessage {
  readonly file: string
  /** What differs from run to run is `…`. */
  readonly text: string
}

export function errorMessages(): readonly ErrorMessage[] {
  const found = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts'))
    .sort()
    .flatMap(file => {
      const source = readFileSync(join(SRC, file), 'utf8')
      return MAKERS.filter(([, , files]) => files.test(file)).flatMap(([call, argument]) =>
        [...source.matchAll(call)].flatMap(({ 0: { length }, index }) =>
          literalsIn(argumentsAt(source, index + length)[argument] ?? '').map(text => ({ file, text })),
        ),
      )
    })
  // A message without words is one that another error had first.
  return found.filter(({ text }) => /[a-z]{2}/.test(text) && text !== 'interrupted')
}

/** The arguments of a call, from behind its parenthesis. */
function argumentsAt(source: string, start: number): readonly string[] {
  const found: string[] = []
  let from = start
  let depth = 0
  for (let at = start; at < source.length; ) {
    const character = source[at] ?? ''
    if (/['"`]/.test(character)) {
      at = endOfText(source, at)
      continue
    }
    if (/[([{]/.test(character)) depth++
    if (depth === 0 && /[,)\]}]/.test(character)) {
      found.push(source.slice(from, at))
      from = at + 1
      if (character !== ',') break
    }
    if (/[)\]}]/.test(character)) depth--
    at++
  }
  return found
}

/** The texts of an expression that are its value, or one of its two. */
function literalsIn(expression: string): readonly string[] {
  const found: string[] = []
  // A condition has texts of its own, up to the question mark.
  const value = expression.replace(/^[^'"`]*\?\s/s, '').trim()
  let depth = 0
  for (let at = 0; at < value.length; ) {
    if (/[([{]/.test(value[at] ?? '')) depth++
    if (/[)\]}]/.test(value[at] ?? '')) depth--
    if (!/['"`]/.test(value[at] ?? '')) at++
    else {
      const end = endOfText(value, at)
      if (depth === 0) found.push(withoutHoles(value.slice(at + 1, end - 1)))
      at = end
    }
  }
  return found
}

/** Behind the text that starts here. */
function endOfText(source: string, start: number): number {
  const quote = source[start]
  let at = start + 1
  while (at < source.length && source[at] !== quote) {
    if (source[at] === '\\') at += 2
    else if (quote === '`' && source.startsWith('${', at)) at = endOfHole(source, at)
    else at++
  }
  return at + 1
}

function endOfHole(source: string, start: number): number {
  let depth = 0
  let at = start + 1
  do {
    if (/['"`]/.test(source[at] ?? '')) {
      at = endOfText(source, at)
      continue
    }
    if (source[at] === '{') depth++
    if (source[at] === '}') depth--
    at++
  } while (depth > 0 && at < source.length)
  return at
}

function withoutHoles(text: string): string {
  let result = ''
  for (let at = 0; at < text.length; ) {
    if (text.startsWith('${', at)) {
      result += '…'
      at = endOfHole(text, at)
    } else result += text[at++]
  }
  return result
}
