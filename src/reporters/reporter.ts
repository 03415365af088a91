import type { Report } from '../core/report.ts'

/** How the result may be laid out. */
export interface Style {
  readonly color: boolean
  /** Columns. */
  readonly width: number
}

/** Words a report, whole: what it returns goes to stdout. Pure. */
export type Reporter = (report: Report, style: Style) => string
