import type { Report } from '../core/report.ts'

/** One document, described by schema/report.schema.json. */
export function json(report: Report): string {
  return jsonDocument({ ...report, milliseconds: Math.round(report.milliseconds) })
}

/** JSON text with control characters escaped, which a terminal could interpret. It parses to the same value. */
export function jsonDocument(value: object): string {
  const text = JSON.stringify(value, undefined, 2)
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  return `${text.replace(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, character => character.split('').map(escaped).join(''))}\n`
}
