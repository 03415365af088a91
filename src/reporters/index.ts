import type { FailureReporter, Reporter } from './reporter.ts'

/** How a result is printed, as code that is loaded when it is used. */
export interface ReporterEntry {
  readonly load: () => Promise<Reporter>
  /** For an error that stops the run. Absent: its text is on stderr, and stdout is empty. */
  readonly loadFailure?: () => Promise<FailureReporter>
  /** stdout is a document for programs, so nothing is said on stderr while the command runs. */
  readonly isDocument?: true
}

/** All reporters, by name. */
export const reporters = {
  text: { load: async () => (await import('./text.ts')).text },
  json: {
    load: async () => (await import('./json.ts')).json,
    loadFailure: async () => (await import('./json.ts')).jsonDocument,
    isDocument: true,
  },
  github: {
    load: async () => (await import('./github.ts')).github,
    loadFailure: async () => (await import('./github.ts')).githubFailure,
  },
  sarif: {
    load: async () => (await import('./sarif.ts')).sarif,
    loadFailure: async () => (await import('./sarif.ts')).sarifFailure,
    isDocument: true,
  },
  gitlab: {
    load: async () => (await import('./gitlab.ts')).gitlab,
    loadFailure: async () => (await import('./gitlab.ts')).gitlabFailure,
    isDocument: true,
  },
  markdown: { load: async () => (await import('./markdown.ts')).markdown },
} as const satisfies Readonly<Record<string, ReporterEntry>>

export type ReporterName = keyof typeof reporters
