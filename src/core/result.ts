import { exitCodeFor, type Finding, splitNotices } from './finding.ts'
import type { Notice } from './notice.ts'
import type { FindingsReport } from './report.ts'
import type { SkippedFile } from './report-parts.ts'

/** The fields of a report that say what is wrong. With `strict`, notices are findings. */
export function resultOf(
  found: { readonly findings: readonly Finding[]; readonly notices: readonly Notice[] },
  { skipped }: { readonly skipped: readonly SkippedFile[] },
  { strict }: { readonly strict: boolean },
): Omit<FindingsReport, 'milliseconds'> {
  const { findings, notices } = splitNotices(found.findings, found.notices, strict)
  return { exitCode: exitCodeFor(findings), findings, notices, ...(skipped.length > 0 && { skipped }) }
}
