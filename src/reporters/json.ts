import type { Report } from '../core/report.ts'

/** One document, described by schema/report.schema.json. */
export function json(report: Report): string {
  return jsonDocument({ ...report, milliseconds: Math.round(report.milliseconds) })
}

/** JSON text, in which characters that a terminal could take for more than text are escaped; it reads back the same. */
export function jsonDocument(value: object): string {
  const text = JSON.stringify(value, undefined, 2)
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  return `${text.replace(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, character => character.split('').map(escaped).join(''))}\n`
}
