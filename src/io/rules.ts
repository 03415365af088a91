import { RULE_CODES, RULES, type Rule } from '../core/rules.ts'
import { readPackaged } from './version.ts'

/** The rules with their sections of docs/rules.md, which is in the package. */
export async function readRules(): Promise<readonly Rule[]> {
  const markdown = (await readPackaged('docs/rules.md')) ?? ''
  const sections = ruleSections(markdown.replace(/\r\n/g, '\n'))
  return RULE_CODES.map(code => {
    const text = sections.get(code) ?? ''
    return { code, level: RULES[code], summary: text.split('\n', 1)[0] ?? '', text }
  })
}

/** Heading of the second level → its section, without the heading. */
export function ruleSections(markdown: string): ReadonlyMap<string, string> {
  const sections = markdown.split(/^## /m).slice(1)
  return new Map(
    sections.map(section => {
      const end = section.indexOf('\n')
      return [section.slice(0, end), section.slice(end).trim()]
    }),
  )
}
