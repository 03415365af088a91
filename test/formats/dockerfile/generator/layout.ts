import type { Draw } from './draw.ts'
import { AS_IS } from './heredocs.ts'

/** Continues the line in the next one here and there, and puts blanks around it. */
export function disturb(line: string, draw: Draw, escapeToken: '\\' | '`'): string {
  if (line.startsWith(AS_IS)) return line.slice(AS_IS.length)
  if (/^\s*(?:#|$)/.test(line)) return line
  const breaks = draw.chance(0.25)
    ? draw.list(1, draw.chance(0.3) ? 4 : 1, () => 1 + draw.count(line.length - 2))
    : []
  let result = line
  // From the end on, so that no break comes into what another has put in.
  for (const at of [...new Set(breaks)].sort((a, b) => b - a)) result = broken(result, at, draw, escapeToken)
  if (draw.chance(0.1)) result = `${draw.one([' ', '\t', '\u00a0', ' \v'])}${result}`
  return draw.chance(0.1) ? `${result}${draw.one([' ', '\t', '\f', '\u2003'])}` : result
}

function broken(line: string, at: number, draw: Draw, escapeToken: '\\' | '`'): string {
  const before = line.slice(0, at)
  // The token must not be escaped by what stands before it, nor come between the two halves of a character.
  if (/[\\`\ud800-\udbff]$/.test(before)) return line
  const between = draw.list(0, 2, () =>
    draw.one(['', '# comment', '  # FROM no:1 \\', ' \t', '#', '\t#x `', '\u00a0']),
  )
  const blanks = draw.one(['', '', ' ', '\t '])
  return `${before}${escapeToken}${blanks}\n${between.map(text => `${text}\n`).join('')}${line.slice(at)}`
}
