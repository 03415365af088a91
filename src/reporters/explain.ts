/** The text of `explain`: sections of docs/rules.md, or a list of the rules. */
import type { ExplainReport } from '../core/report.ts'
import { clean } from './clean.ts'
import type { Paint } from './paint.ts'

export function explanation({ rules: given, named }: ExplainReport, paint: Paint): string {
  const rules = given.map(({ text, ...rule }) => ({
    ...clean(rule),
    text: clean(text.split('\n')).join('\n'),
  }))
  if (named)
    return rules.map(({ code, text }) => `${paint.bold(code)}\n\n${strong(text, paint)}\n`).join('\n')
  const width = Math.max(...rules.map(({ code }) => code.length))
  const rows = rules.map(({ code, summary }) => `${paint.bold(code.padEnd(width))}  ${summary}\n`)
  return `${rows.join('')}\nFor what a rule means and what to do, run: dock-lock explain RULE\n`
}

/** Markdown without the marks of what is strong; on a terminal, that is bold. */
function strong(text: string, paint: Paint): string {
  return text.replace(/\*\*(.+?)\*\*/g, (_, words: string) => paint.bold(words))
}
