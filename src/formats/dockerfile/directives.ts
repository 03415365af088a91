/**
 * Parser directives, `# key=value` lines before anything else.
 * @see https://github.com/moby/buildkit/blob/master/frontend/dockerfile/parser/directives.go
 */

export interface Directive {
  readonly key: 'syntax' | 'escape' | 'check'
  readonly value: string
  /** Where the value starts in the line. */
  readonly at: number
}

/** The directive in `line`. If undefined, neither this line nor a later one is a directive. */
export function directive(line: string, comment: '#' | '//'): Directive | undefined {
  if (!line.startsWith(comment)) return undefined
  const match = /^([a-zA-Z][a-zA-Z0-9]*)[\t\n\f\r ]*=[\t\n\f\r ]*/.exec(
    line.slice(comment.length).replace(LEADING_SPACE, ''),
  )
  const key = match?.[1]?.toLowerCase()
  if (match === null || (key !== 'syntax' && key !== 'escape' && key !== 'check')) return undefined
  const body = line.slice(comment.length)
  const at = line.length - body.replace(LEADING_SPACE, '').length + match[0].length
  let end = line.length
  while (end > at && /[\t\n\f\r ]/.test(line[end - 1]!)) end--
  if (end > at) return { key, value: line.slice(at, end), at }
  // Nothing but blanks: the last of them is the value. Nothing at all: no directive.
  return line.length > at || /[\t\n\f\r ]$/.test(match[0])
    ? { key, value: line.slice(-1), at: line.length - 1 }
    : undefined
}

const LEADING_SPACE = /^[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/

/** The image that `# syntax=` (or `// syntax=`, or the JSON key) names. */
export interface Syntax {
  readonly name: string
  /** Without the rest of the command line that may follow. */
  readonly start: number
  readonly end: number
  /** The rest of the file is not a Dockerfile: with `//` and JSON. */
  readonly foreign: boolean
}

/** The place of the frontend image, or undefined if the built-in frontend reads the file. */
export function findSyntax(source: string): Syntax | undefined {
  const start = skipShebang(source, source.startsWith('\ufeff') ? 1 : 0)
  return inComments(source, start, '#') ?? inComments(source, start, '//') ?? inJson(source, start)
}

function skipShebang(source: string, start: number): number {
  if (!source.startsWith('#!', start)) return start
  const feed = source.indexOf('\n', start)
  return feed < 0 ? source.length : feed + 1
}

function inComments(source: string, start: number, comment: '#' | '//'): Syntax | undefined {
  const seen = new Set<string>()
  for (let position = start; position < source.length; ) {
    const feed = source.indexOf('\n', position)
    const end = feed < 0 ? source.length : feed
    if (end - position > 65_535) return undefined
    const found = directive(source.slice(position, end).replace(/\r$/, ''), comment)
    if (found === undefined || seen.has(found.key)) return undefined
    if (found.key === 'syntax') {
      const length = found.value.includes(' ') ? found.value.indexOf(' ') : found.value.length
      const at = position + found.at
      return { name: found.value.slice(0, length), start: at, end: at + length, foreign: comment === '//' }
    }
    seen.add(found.key)
    position = end + 1
  }
  return undefined
}

/** The whole file is a JSON object with a string `syntax`. */
function inJson(source: string, start: number): Syntax | undefined {
  if (!/^[\t\n\r ]*\{/.test(source.slice(start, start + 4096))) return undefined
  let value: unknown
  try {
    value = JSON.parse(source.slice(start))
  } catch {
    return undefined
  }
  if (typeof (value as { syntax?: unknown }).syntax !== 'string') return undefined
  // The JSON is valid, so only strings and brackets need to be skipped. The last of several equal keys counts.
  let depth = 0
  let key: string | undefined
  let found: Syntax | undefined
  for (let position = start; position < source.length; position++) {
    const char = source[position]
    if (char === '{' || char === '[') depth++
    else if (char === '}' || char === ']') depth--
    else if (char === ',') key = undefined
    else if (char === '"') {
      const end = stringEnd(source, position)
      if (depth === 1) {
        if (key === undefined) key = JSON.parse(source.slice(position, end)) as string
        else if (key === 'syntax') {
          const name = JSON.parse(source.slice(position, end)) as string
          found = { name, start: position + 1, end: end - 1, foreign: true }
        }
      }
      position = end - 1
    }
  }
  return found
}

/** The index after the JSON string that starts at `start`. */
function stringEnd(source: string, start: number): number {
  let position = start + 1
  while (source[position] !== '"') position += source[position] === '\\' ? 2 : 1
  return position + 1
}
