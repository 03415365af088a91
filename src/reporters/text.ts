import { printable } from '../core/error.ts'
import { type Finding, isAboutStore } from '../core/finding.ts'
import type {
  ExplainReport,
  FindingsReport,
  LockReport,
  OverrideReport,
  PolicyReport,
  PullReport,
  Report,
  StoresReport,
  UpdateReport,
  VerifyReport,
} from '../core/report.ts'
import { clean } from './clean.ts'
import { explanation } from './explain.ts'
import { groupIgnored } from './group.ts'
import { initSummary } from './init.ts'
import { escapeControls, jsonDocument } from './json.ts'
import { imageList, listSummary } from './ls.ts'
import { wordFinding } from './messages.ts'
import { outdatedSummary, outdatedTable } from './outdated.ts'
import { createPaint, type Paint } from './paint.ts'
import { groupedFindings, wordReported } from './problems.ts'
import type { Style } from './reporter.ts'
import { imageRows } from './rows.ts'
import { settingsTable } from './settings.ts'
import { checkSummary, isQuiet, lockSummary, unpinSummary, verifySummary } from './summary.ts'
import { updateList } from './update.ts'
import { whyBlocks } from './why.ts'
import { formatPlace, type Worded } from './worded.ts'
import { wrapLines } from './wrap.ts'

/**
 * For people: one line for each image that changed, then findings and notices, what was written, and the result. Findings are all that a
 * quiet run prints.
 */
export function text(given: Report, style: Style): string {
  if (given.command === 'policy') return jsonDocument(given.policy)
  if (given.command === 'override') return escapeControls(given.override)
  const paint = createPaint(style.color)
  const fit = (words: string, hanging?: number) =>
    style.wraps === true ? wrapLines(words, style.width, hanging) : words
  if (given.command === 'explain') return fit(explanation(given, paint), 0)
  const diff = 'diff' in given && given.diff !== undefined ? paintDiff(given.diff, paint) : ''
  const parts = partsOf(clean(given), style, paint).filter(part => part !== '')
  // A line of a diff must stay whole.
  return [diff, fit(parts.join('\n'))].filter(part => part !== '').join('\n')
}

/** The parts of a report. Each is whole lines, or empty. */
function partsOf(
  report: Exclude<Report, PolicyReport | OverrideReport | ExplainReport>,
  style: Style,
  paint: Paint,
): readonly string[] {
  const { quiet = false, verbose = false } = style
  const rows = (one: LockReport | UpdateReport | VerifyReport | PullReport) =>
    quiet || (isQuiet(one) && !verbose) ? '' : imageRows(one, style, paint)
  const summary = (lines: readonly string[]) => (quiet ? '' : whole(lines))
  const findings = 'findings' in report ? findingParts(report, style, paint) : []
  switch (report.command) {
    case 'lock':
      return [rows(report), ...findings, summary(lockSummary(report, paint))]
    case 'update':
      return [
        quiet ? '' : updateList(report, paint),
        rows(report),
        ...findings,
        summary(lockSummary(report, paint)),
      ]
    case 'outdated':
      return [outdatedTable(report, paint), ...findings, summary(outdatedSummary(report, paint))]
    case 'check':
      return [...findings, summary(checkSummary(report, paint))]
    case 'verify':
    case 'pull':
      return [rows(report), ...findings, summary(verifySummary(report, paint))]
    case 'unpin':
      return [...findings, summary(unpinSummary(report, paint))]
    case 'config':
      return [settingsTable(report, paint)]
    case 'init':
      return [summary(initSummary(report, paint))]
    case 'why':
      return [...whyBlocks(report, paint), ...findings]
    case 'ls':
      return [imageList(report, paint), ...findings, summary(listSummary(report))]
  }
}

function whole(lines: readonly string[]): string {
  return lines.map(line => `${line}\n`).join('')
}

/** The most places of one finding that are listed after the first. */
const MAX_PLACES = 5

/** Findings, then notices. Ignored images are one line for each reason. What a store lacks is in the rows and in the line of the store. */
function findingParts(
  report: FindingsReport | StoresReport,
  { wraps = false, quiet = false }: Style,
  paint: Paint,
): readonly string[] {
  const findings = groupedFindings(report)
  const said = lines(findings, paint, paint.bad, finding => wordReported(report, finding)).join('')
  // Logs and pipes get no more lines than before.
  const more = wraps && findings.length > 0 ? `${paint.dim(explainLine(findings))}\n` : ''
  if (quiet) return [said + more]
  const others = report.notices.filter(notice => !('registryUse' in notice))
  return [
    said + more,
    lines(groupIgnored(others), paint, paint.warn, finding => wordFinding(finding))
      .map(line => `${paint.warn('~')} ${line}`)
      .join(''),
  ]
}

function explainLine(findings: readonly Finding[]): string {
  const codes = [...new Set(findings.map(({ code }) => code))]
  return `    more about ${codes.length === 1 ? 'it' : 'them'}: dock-lock explain ${codes.join(' ')}`
}

function lines(
  given: readonly Finding[],
  paint: Paint,
  paintCode: (text: string) => string,
  word: (finding: Finding) => Worded,
): readonly string[] {
  const all = given.map(finding => ({ finding, worded: word(finding) }))
  const joined = joinPlaces(all)
  const findings = joined.map(({ finding }) => finding)
  const words = joined.map(({ worded }) => worded)
  return findings.map((finding, index) => {
    const { places, from, what, next } = words[index] ?? { places: [], what: '' }
    // What a store lacks is corrected there, and not in the file.
    const [first, ...others] = isAboutStore(finding) ? [] : places.map(formatPlace)
    const at = first ?? ('store' in finding ? finding.store : undefined)
    const where = at === undefined ? '' : `${from === undefined ? '' : `${from} → `}${paint.bold(at)}  `
    const more = others.length > MAX_PLACES ? [...others.slice(0, MAX_PLACES), '…'] : others
    const also =
      others.length === 0 || finding.code === 'conflict' ? '' : paint.dim(` (also ${more.join(', ')})`)
    // Findings in a row with the same next step print it once, after the last.
    const said = next === undefined || next === words[index + 1]?.next
    return `${where}${paintCode(finding.code)}  ${what}${also}\n${said ? '' : `    ${paint.dim('→')} ${next}\n`}`
  })
}

interface Row {
  readonly finding: Finding
  readonly worded: Worded
}

/** A file that is ahead is one line, however many places of it have changed alike. */
function joinPlaces(rows: readonly Row[]): readonly Row[] {
  const joined = new Map<string, Row>()
  for (const [index, row] of rows.entries()) {
    const { finding, worded } = row
    const isAhead =
      finding.code === 'mismatch' || (finding.code === 'unlocked' && finding.previous !== undefined)
    const id = isAhead ? `${finding.code} ${worded.what}` : String(index)
    const first = joined.get(id)
    const places = [...(first?.worded.places ?? []), ...worded.places]
    joined.set(id, first === undefined ? row : { ...first, worded: { ...first.worded, places } })
  }
  return [...joined.values()]
}

function paintDiff(diff: string, paint: Paint): string {
  return diff
    .split('\n')
    .map(line => {
      const shown = printable(line.replace(/\t/g, '    '))
      if (/^(?:---|\+\+\+)/.test(shown)) return paint.bold(shown)
      return shown.startsWith('+') ? paint.good(shown) : shown.startsWith('-') ? paint.bad(shown) : shown
    })
    .join('\n')
}
