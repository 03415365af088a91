/**
 * Patterns as in `.gitignore`. Matching takes at most time proportional to the product of pattern and path length. Libraries compile
 * patterns to regular expressions, which backtrack: one of them takes minutes for six times `**\/a/`.
 * @see https://git-scm.com/docs/gitignore, https://github.com/git/git/blob/master/wildmatch.c
 */
import { DockLockError } from '../core/error.ts'

/** One pattern of a list. The last pattern that matches a path decides. */
export interface IgnorePattern {
  readonly negated: boolean
  readonly foldersOnly: boolean
  /** Whether it is compared with the last name of the path only. */
  readonly anyFolder: boolean
  readonly parts: readonly Part[]
}

/** Pattern for one name of a path; `**`: any number of names. */
type Part = '**' | readonly Token[]

/** A character, `*`, or the set of allowed characters. */
type Token = string | { readonly star: true } | ((char: string) => boolean)

const STAR: Token = { star: true }

/** Counts the steps of matching, and throws above a limit. */
export type Spend = (steps: number) => void

/** Character comparisons in one run, about a second of work. A large repository needs a hundredth of that. */
const MAX_STEPS = 200_000_000

/** A limit for all patterns from `file`. */
export function limitSteps(file: string): Spend {
  let left = MAX_STEPS
  return steps => {
    left -= steps
    if (left >= 0) return
    throw new DockLockError('config', `the patterns in ${file} take more than ${MAX_STEPS} steps to match`, {
      place: { file, line: 1, column: 1 },
      hint: 'Use fewer or simpler patterns, or name the files: dock-lock PATH',
    })
  }
}

/** The patterns of a `.gitignore`, or of its lines. */
export function parsePatterns(text: string): readonly IgnorePattern[] {
  return text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .flatMap(line => parsePattern(line) ?? [])
}

/** Whether the patterns ignore a path or include it; undefined: no pattern matches. */
export function decide(
  patterns: readonly IgnorePattern[],
  path: string,
  isFolder: boolean,
  spend: Spend,
): boolean | undefined {
  const names = path.split('/')
  const last = names.slice(-1)
  for (let index = patterns.length - 1; index >= 0; index--) {
    const pattern = patterns[index] as IgnorePattern
    spend(1)
    if (pattern.foldersOnly && !isFolder) continue
    if (matchParts(pattern.parts, pattern.anyFolder ? last : names, spend)) return !pattern.negated
  }
  return undefined
}

/** Whether a file is ignored, directly or through a parent folder. */
export function ignoresFile(patterns: readonly IgnorePattern[], file: string, spend: Spend): boolean {
  for (let slash = file.indexOf('/'); slash >= 0; slash = file.indexOf('/', slash + 1))
    if (decide(patterns, file.slice(0, slash), true, spend)) return true
  return decide(patterns, file, false, spend) === true
}

/** Undefined for comments, blank lines, and invalid patterns. */
function parsePattern(line: string): IgnorePattern | undefined {
  if (line.startsWith('#')) return undefined
  const negated = line.startsWith('!')
  let text = trimBlanks(line).slice(negated ? 1 : 0)
  const foldersOnly = text.endsWith('/')
  if (foldersOnly) text = text.slice(0, -1)
  if (text === '') return undefined
  const anyFolder = !text.includes('/')
  const parts = parseParts(text.replace(/^\//, ''))
  if (parts === undefined) return undefined
  // At the end, `**` stands for at least one name.
  if (!anyFolder && parts.at(-1) === '**') parts.splice(-1, 0, [STAR])
  return { negated, foldersOnly, anyFolder, parts }
}

/** Without trailing spaces, except for those after a backslash. */
function trimBlanks(line: string): string {
  let end = line.length
  while (end > 0 && line[end - 1] === ' ') end--
  let slashes = 0
  while (line[end - 1 - slashes] === '\\') slashes++
  return line.slice(0, slashes % 2 === 1 ? end + 1 : end)
}

/** Undefined if git matches nothing: an unfinished escape or bracket. */
function parseParts(text: string): Part[] | undefined {
  const parts: Part[] = []
  let tokens: Token[] = []
  let start = 0
  const end = (at: number) => {
    parts.push(/^\*{2,}$/.test(text.slice(start, at)) ? '**' : tokens)
    tokens = []
    start = at + 1
  }
  for (let index = 0; index < text.length; index++) {
    const char = text[index] as string
    if (char === '/') end(index)
    else if (char === '*') {
      if (tokens.at(-1) !== STAR) tokens.push(STAR)
    } else if (char === '?') tokens.push(() => true)
    else if (char === '[') {
      const found = parseBracket(text, index)
      if (found === undefined) return undefined
      tokens.push(found.token)
      index = found.end
    } else if (char === '\\') {
      const next = text[++index]
      if (next === undefined) return undefined
      if (next === '/') end(index)
      else tokens.push(next)
    } else tokens.push(char)
  }
  end(text.length)
  return parts
}

/** Git's character classes cover ASCII only. */
const CLASSES: Readonly<Record<string, RegExp>> = {
  alnum: /[0-9A-Za-z]/,
  alpha: /[A-Za-z]/,
  blank: /[ \t]/,
  cntrl: /[\u0000-\u001f\u007f]/,
  digit: /[0-9]/,
  graph: /[!-~]/,
  lower: /[a-z]/,
  print: /[ -~]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /[ \t\n\r]/,
  upper: /[A-Z]/,
  xdigit: /[0-9A-Fa-f]/,
}

/** The bracket expression at `start`; `end` is its last character. */
function parseBracket(
  text: string,
  start: number,
): { readonly token: (char: string) => boolean; readonly end: number } | undefined {
  let index = start + 1
  const negated = text[index] === '!' || text[index] === '^'
  if (negated) index++
  const tests: ((char: string) => boolean)[] = []
  let previous: string | undefined
  for (let first = true; first || text[index] !== ']'; first = false, index++) {
    let char = text[index]
    if (char === undefined) return undefined
    if (char === '-' && previous !== undefined && ![undefined, ']'].includes(text[index + 1])) {
      char = text[++index]
      if (char === '\\') char = text[++index]
      if (char === undefined) return undefined
      const [from, to] = [previous, char]
      tests.push(one => one >= from && one <= to)
      previous = undefined
      continue
    }
    const name = char === '[' ? /^\[:([^\]]*):\]/.exec(text.slice(index, index + 20))?.[1] : undefined
    if (name !== undefined) {
      const known = Object.hasOwn(CLASSES, name) ? CLASSES[name] : undefined
      if (known === undefined) return undefined
      tests.push(one => known.test(one))
      index += name.length + 3
      previous = undefined
      continue
    }
    if (char === '\\') char = text[++index]
    if (char === undefined) return undefined
    const member = char
    tests.push(one => one === member)
    previous = member
  }
  return { token: char => tests.some(test => test(char)) !== negated, end: index }
}

/** For paths and for names, backtracking to the last wildcard is enough: an earlier one could not match more. */
function matchParts(parts: readonly Part[], names: readonly string[], spend: Spend): boolean {
  let part = 0
  let name = 0
  let resumePart = -1
  let resumeName = 0
  while (name < names.length) {
    const wanted = parts[part]
    if (wanted === '**') {
      resumePart = ++part
      resumeName = name
    } else if (wanted !== undefined && matchName(wanted, names[name] as string, spend)) {
      part++
      name++
    } else if (resumePart >= 0) {
      part = resumePart
      name = ++resumeName
    } else return false
  }
  while (parts[part] === '**') part++
  return part === parts.length
}

function matchName(tokens: readonly Token[], text: string, spend: Spend): boolean {
  let token = 0
  let index = 0
  let resumeToken = -1
  let resumeIndex = 0
  let steps = 1
  while (index < text.length) {
    const wanted = tokens[token]
    const char = text[index] as string
    steps++
    if (wanted === STAR) {
      resumeToken = ++token
      resumeIndex = index
    } else if (wanted === char || (typeof wanted === 'function' && wanted(char))) {
      token++
      index++
    } else if (resumeToken >= 0) {
      token = resumeToken
      index = ++resumeIndex
    } else break
  }
  spend(steps)
  if (index < text.length) return false
  while (tokens[token] === STAR) token++
  return token === tokens.length
}
