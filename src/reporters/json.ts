import type { Report } from '../core/report.ts'

/** One document, described by schema/report.schema.json. */
export function json(report: Report): string {
  return `${JSON.stringify({ ...report, milliseconds: Math.round(report.milliseconds) }, undefined, 2)}\n`
}
