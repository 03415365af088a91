import { printable } from '../core/error.ts'
import type { Finding } from '../core/finding.ts'
import type {
  ExplainReport,
  FindingsReport,
  OverrideReport,
  PolicyReport,
  Report,
  StoresReport,
} from '../core/report.ts'
import { clean } from './clean.ts'
import { explanation } from './explain.ts'
import { groupIgnored } from './group.ts'
import { escapeControls, jsonDocument } from './json.ts'
import { imageList, listSummary } from './ls.ts'
import { wordFinding } from './messages.ts'
import { outdatedSummary, outdatedTable } from './outdated.ts'
import { createPaint, type Paint } from './paint.ts'
import { groupedFindings, wordReported } from './problems.ts'
import type { Style } from './reporter.ts'
import { imageRows } from './rows.ts'
import { checkSummary, initSummary, isQuiet, lockSummary, unpinSummary, verifySummary } from './summary.ts'
import { updateList } from './update.ts'
import { whyBlocks } from './why.ts'
import { formatPlace, type Worded } from './worded.ts'

/** For people: one line per image, then findings and notices, what was written, and the result. */
export function text(given: Report, style: Style): string {
  if (given.command === 'policy') return jsonDocument(given.policy)
  if (given.command === 'override') return escapeControls(given.override)
  const paint = createPaint(style.color)
  if (given.command === 'explain') return explanation(given, paint)
  const diff = 'diff' in given && given.diff !== undefined ? paintDiff(given.diff, paint) : ''
  return [diff, ...partsOf(clean(given), style, paint)].filter(part => part !== '').join('\n')
}

/** The parts of a report. Each is whole lines, or empty. */
function partsOf(
  report: Exclude<Report, PolicyReport | OverrideReport | ExplainReport>,
  style: Style,
  paint: Paint,
): readonly string[] {
  switch (report.command) {
    case 'lock':
      return [
        isQuiet(report) ? '' : imageRows(report, style, paint),
        ...findingParts(report, paint),
        whole(lockSummary(report, paint)),
      ]
    case 'update':
      return [
        updateList(report, paint),
        isQuiet(report) ? '' : imageRows(report, style, paint),
        ...findingParts(report, paint),
        whole(lockSummary(report, paint)),
      ]
    case 'outdated':
      return [
        outdatedTable(report, paint),
        ...findingParts(report, paint),
        whole(outdatedSummary(report, paint)),
      ]
    case 'check':
      return [...findingParts(report, paint), whole(checkSummary(report, paint))]
    case 'verify':
    case 'pull':
      return [
        isQuiet(report) ? '' : imageRows(report, style, paint),
        ...findingParts(report, paint),
        whole(verifySummary(report, paint)),
      ]
    case 'unpin':
      return [...findingParts(report, paint), whole(unpinSummary(report, paint))]
    case 'init':
      return [whole(initSummary(report, paint))]
    case 'why':
      return [...whyBlocks(report, paint), ...findingParts(report, paint)]
    case 'ls':
      return [imageList(report, paint), ...findingParts(report, paint), whole(listSummary(report))]
  }
}

function whole(lines: readonly string[]): string {
  return lines.map(line => `${line}\n`).join('')
}

/** The most places of one finding that are listed after the first. */
const MAX_PLACES = 5

/** Findings, then notices. Ignored images are one line for each reason. What a store lacks is in the rows and in the line of the store. */
function findingParts(report: FindingsReport | StoresReport, paint: Paint): readonly string[] {
  const { notices } = report
  const others = notices.filter(notice => !('registryUse' in notice))
  return [
    lines(groupedFindings(report), paint, paint.bad, finding => wordReported(report, finding)).join(''),
    lines(groupIgnored(others), paint, paint.warn, finding => wordFinding(finding))
      .map(line => `${paint.warn('~')} ${line}`)
      .join(''),
  ]
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
    const [first, ...others] = places.map(formatPlace)
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
