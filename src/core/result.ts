import { type Finding, splitNotices } from './finding.ts'
import { type FileOccurrences, withFixes } from './fix.ts'
import type { Notice } from './notice.ts'
import type { FindingsReport } from './report.ts'
import type { SkippedFile } from './report-parts.ts'

/** What a report says is wrong. With `strict`, notices are findings. */
export function resultOf(
  found: { readonly findings: readonly Finding[]; readonly notices: readonly Notice[] },
  {
    skipped,
    sources,
  }: { readonly skipped: readonly SkippedFile[]; readonly sources: readonly FileOccurrences[] },
  { strict }: { readonly strict: boolean },
): Pick<FindingsReport, 'findings' | 'skipped' | 'notices'> {
  const { findings, notices } = splitNotices(withFixes(found.findings, sources), found.notices, strict)
  return { findings, ...(skipped.length > 0 && { skipped }), notices }
}
