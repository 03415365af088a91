/** Lines that fit the terminal. */

/** The escape sequences of colours, which take no column. */
const COLOR = /\u001b\[\d*m/g

/** How much further the rest of a line is indented. */
const HANGING = 4

/**
 * Breaks lines between words, so that they have at most `width` columns. A word that is longer stays whole. `hanging`: how much further
 * than its line the rest of it is indented.
 */
export function wrapLines(text: string, width: number, hanging = HANGING): string {
  return text
    .split('\n')
    .map(line => (columnsOf(line) <= width ? line : wrapLine(line, width, hanging)))
    .join('\n')
}

function wrapLine(line: string, width: number, hanging: number): string {
  const [start = ''] = /^ */.exec(line) ?? []
  const arrow = /^ *(?:\u001b\[\d*m)*→/.test(line) ? 2 : hanging
  // Where there is little room, the words need it.
  const indent = ' '.repeat(Math.min(start.length + arrow, width >> 1))
  const lines: string[] = []
  let current = ''
  for (const [, gap = '', word = ''] of line.matchAll(/( *)([^ ]+)/g)) {
    const isFirst = current.trim() === ''
    if (isFirst || columnsOf(current) + gap.length + columnsOf(word) <= width)
      current += isFirst && lines.length > 0 ? word : gap + word
    else {
      lines.push(current)
      current = indent + word
    }
  }
  return [...lines, current].join('\n')
}

function columnsOf(text: string): number {
  return [...text.replace(COLOR, '')].length
}
