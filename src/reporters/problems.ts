/** Findings and notices with their words, as all reporters have them. */
import type { Fix } from '../core/edit.ts'
import type { Finding } from '../core/finding.ts'
import type { Place } from '../core/place.ts'
import type { CheckReport, FindingsReport, Report, StoresReport } from '../core/report.ts'
import { type Level, RULE_CODES, RULES, type RuleCode } from '../core/rules.ts'
import { clean } from './clean.ts'
import { groupIgnored, groupStores, groupUnreachable } from './group.ts'
import { wordFinding } from './messages.ts'
import { repeatWords } from './store-summary.ts'
import { formatPlace, type Worded } from './worded.ts'

/** A finding or a notice for programs that show one at its place. */
export interface Problem {
  readonly code: RuleCode
  readonly level: Level
  readonly places: readonly Place[]
  readonly message: string
  /** The next step. */
  readonly next?: string
  readonly fix?: Fix
  /** Why it is accepted, if it is. */
  readonly accepted?: string
}

/** All of a report, the most important first; within a rule, in the order of the report. */
export function problemsOf(given: Report): readonly Problem[] {
  if (!('findings' in given)) return []
  const report = clean(given)
  const findings = groupCauses(report, report.findings).map(finding =>
    toProblem(finding, wordReported(report, finding), 'error'),
  )
  const notices = report.notices.map(notice =>
    toProblem(notice, wordFinding(notice, repeatOf(report)), RULES[notice.code]),
  )
  const rank = ({ code }: Problem) => RULE_CODES.indexOf(code)
  return [...findings, ...notices].sort((a, b) => rank(a) - rank(b))
}

function toProblem(finding: Finding, worded: Worded, level: Level): Problem {
  const { code } = finding
  const { what, next } = worded
  const store = 'store' in finding ? finding.store : undefined
  return {
    code,
    level,
    places: placesOf(finding, worded),
    message: store === undefined ? what : `${store}: ${what}`,
    ...(next !== undefined && { next }),
    ...('fix' in finding && finding.fix !== undefined && { fix: finding.fix }),
    ...(code === 'ignored' && level !== 'error' && { accepted: finding.reason }),
  }
}

/** Where a program shows it. Each place is one, however many builds lead to it. */
function placesOf(finding: Finding, { places }: Worded): readonly Place[] {
  if (finding.code === 'ignored' && finding.kind === 'file')
    return [{ file: finding.file, line: 1, column: 1 }]
  return [...new Map(places.map(place => [formatPlace(place), place])).values()]
}

/** The findings as a person reads them: those with the same cause are one. */
export function groupedFindings(report: FindingsReport | StoresReport): readonly Finding[] {
  return groupCauses(report, groupIgnored(report.findings))
}

/** Joins the findings of one unreachable registry, and those that several stores share. */
function groupCauses(
  report: FindingsReport | StoresReport,
  findings: readonly Finding[],
): readonly Finding[] {
  return groupStores(groupUnreachable(findings), 'stores' in report ? report.stores.length : 0)
}

/** The words for a finding of this report. What is right in the working tree only has to be staged. */
export function wordReported(report: FindingsReport | StoresReport | CheckReport, finding: Finding): Worded {
  const worded = wordFinding(finding, repeatOf(report))
  if (!('staging' in report) || report.staging === undefined || !STAGED_AWAY.has(finding.code)) return worded
  const command = `run: git${repeatWords(report.staging)}`
  const isDeleted = report.staging[0] === 'restore'
  return {
    ...worded,
    next: isDeleted ? `this commit deletes docker-images.lock; to keep it, ${command}` : command,
  }
}

function repeatOf(report: FindingsReport | StoresReport): string {
  return 'repeat' in report ? repeatWords(report.repeat) : ''
}

/** The findings that staging removes. */
const STAGED_AWAY: ReadonlySet<Finding['code']> = new Set([
  'unlocked',
  'unpinned',
  'mismatch',
  'conflict',
  'orphan',
])
