import { type Finding, splitNotices } from './finding.ts'
import type { Notice } from './notice.ts'
import type { FindingsReport } from './report.ts'
import type { SkippedFile } from './report-parts.ts'

/** What a report says is wrong. With `strict`, notices are findings. */
export function resultOf(
  found: { readonly findings: readonly Finding[]; readonly notices: readonly Notice[] },
  { skipped }: { readonly skipped: readonly SkippedFile[] },
  { strict }: { readonly strict: boolean },
): Pick<FindingsReport, 'findings' | 'skipped' | 'notices'> {
  const { findings, notices } = splitNotices(found.findings, found.notices, strict)
  return { findings, ...(skipped.length > 0 && { skipped }), notices }
}
