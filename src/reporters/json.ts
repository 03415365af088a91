import type { Report } from '../core/report.ts'
import type { SkippedFile } from '../core/report-parts.ts'
import { skipReason } from './skipped.ts'

/** One document, described by schema/report.schema.json. */
export function json(report: Report): string {
  const milliseconds = Math.round(report.milliseconds)
  const { skipped } = report as { readonly skipped?: readonly SkippedFile[] }
  return jsonDocument({
    ...report,
    ...(skipped !== undefined && { skipped: skipped.map(withReason) }),
    milliseconds,
  })
}

/** With the words of the reason. */
function withReason(skipped: SkippedFile): object {
  const reason = skipReason(skipped)
  return { ...skipped, ...(reason !== undefined && { reason }) }
}

/** JSON text with control characters escaped, which a terminal could interpret. It parses to the same value. */
export function jsonDocument(value: object): string {
  return `${escapeControls(JSON.stringify(value, undefined, 2))}\n`
}

/** The same, for text in which such characters are in double quotes only. */
export function escapeControls(text: string): string {
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  return text.replace(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, character =>
    character.split('').map(escaped).join(''),
  )
}
