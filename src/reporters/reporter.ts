import type { Place } from '../core/place.ts'
import type { Report } from '../core/report.ts'
import type { Rule } from '../core/rules.ts'

/** How the result may be laid out. */
export interface Style {
  readonly color: boolean
  /** Columns. */
  readonly width: number
  /** Whether a terminal shows it, so that longer lines are broken between words. */
  readonly wraps?: boolean
  /** Whether unchanged images are listed. */
  readonly verbose?: boolean
  /** Only what is wrong, and what was asked for. */
  readonly quiet?: boolean
}

/** What reports for other programs contain beside the result. */
export interface Tool {
  readonly version: string
  /** The home page of the package, if it has one. */
  readonly home?: string
  readonly rules: readonly Rule[]
  /** The project in its repository: `api/`, or empty. Programs want paths from the top of the repository. */
  readonly folder: string
}

/** An error that stopped the run, for the same programs. */
export interface Failure {
  readonly exitCode: number
  readonly error: {
    readonly code: string
    readonly message: string
    readonly hint?: string
    readonly place?: Place
  }
}

/** Words a report, whole: what it returns goes to stdout. */
export type Reporter = (report: Report, style: Style, tool: () => Promise<Tool>) => string | Promise<string>

/** Words an error, whole: what it returns goes to stdout. */
export type FailureReporter = (failure: Failure, tool: () => Promise<Tool>) => string | Promise<string>
