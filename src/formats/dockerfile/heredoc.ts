import { splitWords } from './shell.ts'

/** A here-document that a line opens: its body ends at the line that is `name`, `chomp`: leading tabs aside. */
export interface Heredoc {
  readonly name: string
  readonly chomp: boolean
}

/**
 * The heredocs that `line`, a whole RUN, COPY or ADD instruction, opens, in order. None where the shell lexer gives up on the line:
 * then BuildKit reads what was meant as a body as instructions.
 * @see https://github.com/moby/buildkit/blob/master/frontend/dockerfile/parser/parser.go heredocsFromLine
 */
export function heredocsOf(line: string): readonly Heredoc[] {
  if (!line.includes('<<')) return []
  const heredocs: Heredoc[] = []
  for (const word of splitWords(line, true) ?? []) {
    const match = /^\d*<<(-?)([^<]*)$/.exec(word)
    if (match === null) continue
    const [, dash, rest = ''] = match
    const names = splitWords(rest.replace(/^[\t\n\f\r ]+/, ''), false)
    if (names?.length === 1) heredocs.push({ name: names[0]!, chomp: dash === '-' })
  }
  return heredocs
}
