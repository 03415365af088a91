/**
 * The lines of a Dockerfile as BuildKit reads them: directives and comments out, continuations joined, heredoc bodies skipped.
 *
 * dockerfile-ast, which takes these lines apart (see grammar.ts), differs in this from BuildKit:
 * - a lone CR ends its lines, and a line is never too long
 * - `\\` at the end of a line continues it
 * - any first comment `# a=b` is a directive to it, and `escape` counts wherever it stands among them
 * - an escape token before a blank makes it lose the ends of words
 * - its heredocs: words are not lexed as BuildKit's shell does it, `<<-` in one strips tabs from all of the line, JSON forms have them
 * - its time grows with the square of some inputs: 220 s for 10 MB of flags
 *
 * So it only gets lines in which the two cannot differ.
 *
 * @see https://github.com/moby/buildkit/blob/master/frontend/dockerfile/parser/parser.go Parse
 */
import type { Range } from '../../core/place.ts'
import { byteLength, isBlank, skipSpace, trimSpaceEnd } from './characters.ts'
import { directive } from './directives.ts'
import { heredocsOf } from './heredoc.ts'
import { maskFlags } from './words.ts'

/** An instruction in one line, continuations joined. */
export interface Line {
  /** In lower case, such as `from`. The first word, even if it is not an instruction. */
  readonly keyword: string
  /** Without the space around it. */
  readonly text: string
  /** From `text` to the source: the characters from index `starts[i]` on stand at `offsets[i]` and after. `starts[0]` is 0. */
  readonly starts: readonly number[]
  readonly offsets: readonly number[]
}

export interface Lines {
  readonly lines: readonly Line[]
  readonly escapeToken: string
  /** Why and where BuildKit stops reading. */
  readonly problems: readonly { readonly offset: number; readonly reason: string }[]
}

/** Longest physical line, in bytes without its line feed (bufio.MaxScanTokenSize). */
const MAX_LINE = 65_535

/** The offset in the source of the character at `index` of the line's text. */
export function offsetOf({ starts, offsets }: Line, index: number): number {
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (starts[middle]! <= index) low = middle
    else high = middle - 1
  }
  return offsets[low]! + index - starts[low]!
}

/** The stretch of source from one index of the line's text to another. */
export function rangeIn(line: Line, start: number, end: number): Range {
  const from = offsetOf(line, start)
  return { start: from, end: end > start ? offsetOf(line, end - 1) + 1 : from }
}

/** Reads `source`; never throws. */
export function readLines(source: string): Lines {
  const lines: Line[] = []
  const problems: { offset: number; reason: string }[] = []
  let escapeToken = '\\'
  let directives: Set<string> | undefined = new Set()
  let position = source.startsWith('\ufeff') ? 1 : 0

  /** The next physical line without its end, or undefined at the end of the file or of what BuildKit reads. */
  function next(): { start: number; end: number } | undefined {
    if (position >= source.length) return undefined
    const feed = source.indexOf('\n', position)
    const start = position
    let end = feed < 0 ? source.length : feed
    if (end - start > MAX_LINE / 3 && byteLength(source.slice(start, end)) > MAX_LINE) {
      problems.push({ offset: start, reason: `dockerfile line greater than max allowed size of ${MAX_LINE}` })
      position = source.length
      return undefined
    }
    position = feed < 0 ? source.length : feed + 1
    while (end > start && source[end - 1] === '\r') end--
    return { start, end }
  }

  /** Where the text ends if the line goes on in the next one. */
  function continued(start: number, end: number): number | undefined {
    let last = end
    while (last > start && (source[last - 1] === ' ' || source[last - 1] === '\t')) last--
    if (last === start || source[last - 1] !== escapeToken) return undefined
    return last - 1 > start && source[last - 2] === escapeToken ? undefined : last - 1
  }

  for (let line = next(); line !== undefined; line = next()) {
    const start = skipSpace(source, line.start, line.end)
    if (directives !== undefined) {
      const found = directive(source.slice(start, line.end), '#')
      if (found === undefined) directives = undefined
      else if (directives.has(found.key)) {
        problems.push({ offset: start, reason: `only one ${found.key} parser directive can be used` })
      } else {
        directives.add(found.key)
        if (found.key === 'escape') {
          if (found.value === '`' || found.value === '\\') escapeToken = found.value
          else problems.push({ offset: start, reason: `invalid escape token '${found.value}'` })
        }
      }
    }
    if (start === line.end || source[start] === '#') continue

    const starts: number[] = []
    const offsets: number[] = []
    let text = ''
    let from = start
    for (let current: typeof line | undefined = line; ; ) {
      const end = continued(from, current.end)
      starts.push(text.length)
      offsets.push(from)
      text += source.slice(from, end ?? current.end)
      if (end === undefined) break
      do {
        current = next()
        if (current === undefined) break
        from = skipSpace(source, current.start, current.end)
      } while (from === current.end || source[from] === '#')
      if (current === undefined) break
      from = current.start
    }
    const parsed = parseLine(text, starts, offsets)
    lines.push(parsed)

    for (const { name, chomp } of takesHeredocs(parsed, escapeToken) ? heredocsOf(parsed.text) : []) {
      let ended = false
      for (let body = next(); body !== undefined && !ended; ) {
        let bodyStart = body.start
        while (chomp && source[bodyStart] === '\t') bodyStart++
        ended = body.end - bodyStart === name.length && source.startsWith(name, bodyStart)
        if (!ended) body = next()
      }
      if (ended) continue
      problems.push({ offset: offsetOf(parsed, 0), reason: 'unterminated heredoc' })
      break
    }
  }
  return { lines, escapeToken, problems }
}

function parseLine(text: string, starts: readonly number[], offsets: readonly number[]): Line {
  const start = skipSpace(text, 0, text.length)
  const trimmed = text.slice(start, trimSpaceEnd(text, start, text.length))
  // Drop parts that end before the text starts.
  const first = Math.max(
    starts.findLastIndex(at => at <= start),
    0,
  )
  return {
    keyword: firstWord(trimmed, 0).toLowerCase(),
    text: trimmed,
    starts: [0, ...starts.slice(first + 1).map(at => at - start)],
    offsets: [offsets[first]! + start - starts[first]!, ...offsets.slice(first + 1)],
  }
}

function firstWord(text: string, start: number): string {
  let end = start
  while (end < text.length && !isBlank(text[end]!)) end++
  return text.slice(start, end)
}

/** Whether heredocs can begin in the line: RUN, COPY or ADD, also under ONBUILD, and not in the JSON form. */
function takesHeredocs(line: Line, escapeToken: string): boolean {
  if (!line.text.includes('<<')) return false
  let { keyword } = line
  let { end } = maskFlags(line.text, keyword.length, escapeToken)
  if (keyword === 'onbuild') {
    end = skipSpace(line.text, end, line.text.length)
    const trigger = firstWord(line.text, end)
    keyword = trigger.toLowerCase()
    end = maskFlags(line.text, end + trigger.length, escapeToken).end
  }
  if (keyword !== 'run' && keyword !== 'copy' && keyword !== 'add') return false
  return jsonArray(line.text.slice(end)) === undefined
}

/** The array that the arguments are in the JSON form; undefined if they are not. */
export function jsonArray(args: string): readonly unknown[] | undefined {
  const start = skipSpace(args, 0, args.length)
  if (args[start] !== '[') return undefined
  try {
    const value: unknown = JSON.parse(args.slice(start))
    return Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}
