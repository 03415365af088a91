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
import type { Worded } from './worded.ts'

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
  const findings = groupedFindings(report).map(finding =>
    toProblem(finding, wordReported(report, finding), 'error'),
  )
  const notices = groupIgnored(report.notices).map(notice =>
    toProblem(notice, wordFinding(notice, repeatOf(report)), RULES[notice.code]),
  )
  const rank = ({ code }: Problem) => RULE_CODES.indexOf(code)
  return [...findings, ...notices].sort((a, b) => rank(a) - rank(b))
}

function toProblem(finding: Finding, { places, what, next }: Worded, level: Level): Problem {
  const { code } = finding
  const store = places.length === 0 && 'store' in finding ? finding.store : undefined
  return {
    code,
    level,
    places,
    message: store === undefined ? what : `${store}: ${what}`,
    ...(next !== undefined && { next }),
    ...('fix' in finding && finding.fix !== undefined && { fix: finding.fix }),
    ...(code === 'ignored' && level !== 'error' && { accepted: finding.reason }),
  }
}

/** The findings, with those joined that have the same cause. */
export function groupedFindings(report: FindingsReport | StoresReport): readonly Finding[] {
  const stores = 'stores' in report ? report.stores.length : 0
  return groupStores(groupUnreachable(groupIgnored(report.findings)), stores)
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
