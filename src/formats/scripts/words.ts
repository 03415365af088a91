/**
 * The commands of a POSIX shell script, as words. It expands nothing: a word with a variable, a substitution or a pattern is not literal.
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html
 */

export interface ShellWord {
  /** The text, up to the first part that is not literal. */
  readonly text: string
  readonly isLiteral: boolean
}

export interface ShellCommand {
  readonly words: readonly ShellWord[]
  /** How many subshells it is in. */
  readonly depth: number
}

/** Undefined if the script has a quote without end, a heredoc or a loop, or is otherwise not understood. */
export function shellCommands(script: string): readonly ShellCommand[] | undefined {
  const commands: ShellCommand[] = []
  let words: ShellWord[] = []
  let depth = 0
  let redirects = false
  const endCommand = () => {
    if (words.length > 0) commands.push({ words, depth })
    words = []
    redirects = false
  }
  for (let position = 0; position < script.length; ) {
    const character = script[position]!
    if (/[ \t]/.test(character)) position++
    else if (script.startsWith('\\\n', position)) position += 2
    else if (character === '#') position = endOfLine(script, position)
    else if (/[\n;|&]/.test(character)) {
      // `2>&1` is no end.
      if (!redirects || character !== '&') endCommand()
      position++
    } else if (character === '(' || character === ')') {
      if (character === '(' && words.length > 0) return undefined
      endCommand()
      depth += character === '(' ? 1 : -1
      if (depth < 0) return undefined
      position++
    } else if (character === '<' || character === '>') {
      if (script.startsWith('<<', position)) return undefined
      // The number before it is no word: `2>file`.
      const before = words.at(-1)
      if (before?.isLiteral && /^\d$/.test(before.text) && /\d/.test(script[position - 1] ?? '')) words.pop()
      redirects = true
      position += /^[<>](?:[>|&]|)/.exec(script.slice(position, position + 2))![0].length
    } else {
      const read = readWord(script, position)
      if (read === undefined) return undefined
      // The word behind `>` is the name of a file.
      if (redirects) redirects = false
      else words.push(read.word)
      position = read.end
    }
  }
  endCommand()
  return depth === 0 ? commands : undefined
}

function endOfLine(script: string, position: number): number {
  const end = script.indexOf('\n', position)
  return end < 0 ? script.length : end
}

function readWord(
  script: string,
  start: number,
): { readonly word: ShellWord; readonly end: number } | undefined {
  let text = ''
  let isLiteral = true
  const add = (more: string) => {
    if (isLiteral) text += more
  }
  let position = start
  while (position < script.length && !/[\s;|&()<>]/.test(script[position]!)) {
    const character = script[position]!
    if (character === "'") {
      const end = script.indexOf("'", position + 1)
      if (end < 0) return undefined
      add(script.slice(position + 1, end))
      position = end + 1
    } else if (character === '"') {
      for (position++; script[position] !== '"'; position++) {
        const inside = script[position]
        if (inside === undefined) return undefined
        if (inside === '\\' && /["$`\\\n]/.test(script[position + 1] ?? '')) {
          position++
          if (script[position] !== '\n') add(script[position]!)
        } else if (inside === '$' && /[\w({@*#?!$-]/.test(script[position + 1] ?? '')) {
          isLiteral = false
          // A quote in a substitution does not end the word.
          const end = endOfExpansion(script, position)
          if (end === undefined) return undefined
          position = end - 1
        } else if (inside === '`') return undefined
        else add(inside)
      }
      position++
    } else if (character === '\\') {
      if (script[position + 1] !== '\n') add(script[position + 1] ?? '\\')
      position += 2
    } else if (character === '`') return undefined
    else if (character === '$') {
      isLiteral = false
      const end = endOfExpansion(script, position)
      if (end === undefined) return undefined
      position = end
    } else {
      if (/[*?[{]/.test(character) || (character === '~' && position === start)) isLiteral = false
      add(character)
      position++
    }
  }
  return { word: { text, isLiteral }, end: position }
}

/** The offset behind `$NAME`, `${…}` or `$(…)`. Undefined if it is not certain. */
function endOfExpansion(script: string, start: number): number | undefined {
  const plain = /^\$(?:\w+|[@*#?!$-])/.exec(script.slice(start, start + 200))
  if (plain !== null) return start + plain[0].length
  const closing = script[start + 1] === '{' ? '}' : script[start + 1] === '(' ? ')' : undefined
  // `$'…'`, `$"…"`, or a lone dollar.
  if (closing === undefined) return start + 1
  const end = script.indexOf(closing, start)
  // With nested ones or quotes, the end may be another.
  return end < 0 || /[${(`'"\\]/.test(script.slice(start + 2, end)) ? undefined : end + 1
}
