import { printable } from '../core/error.ts'
import type { Finding } from '../core/finding.ts'
import type { Report } from '../core/report.ts'
import { clean } from './clean.ts'
import { groupIgnored, groupStores, groupUnreachable } from './group.ts'
import { jsonDocument } from './json.ts'
import { wordFinding } from './messages.ts'
import { createPaint, type Paint } from './paint.ts'
import type { Style } from './reporter.ts'
import { imageRows } from './rows.ts'
import { repeatWords } from './store-summary.ts'
import { quiet, summary } from './summary.ts'
import { formatPlace } from './worded.ts'

/** For people: one line per image, then findings and notices, what was written, and the result. */
export function text({ diff, ...given }: Report, style: Style): string {
  if (given.policy !== undefined) return jsonDocument(given.policy)
  const report = clean(given)
  const paint = createPaint(style.color)
  const parts = [
    diff === undefined ? '' : paintDiff(diff, paint),
    quiet(report) ? '' : imageRows(report, style, paint),
    findingLines(report, paint),
    noticeLines(report, paint),
    summary(report, paint),
  ]
  return parts.filter(part => part !== '').join('\n')
}

/** The most places of one finding that are listed after the first. */
const MAX_PLACES = 5

function findingLines({ findings, stores, repeat }: Report, paint: Paint): string {
  const grouped = groupStores(groupUnreachable(groupIgnored(findings)), stores.length)
  return lines(grouped, paint, paint.bad, repeatWords(repeat)).join('')
}

/** Ignored images are one line for each reason. */
function noticeLines({ notices }: Report, paint: Paint): string {
  return lines(groupIgnored(notices), paint, paint.warn, '')
    .map(line => `${paint.warn('~')} ${line}`)
    .join('')
}

function lines(
  findings: readonly Finding[],
  paint: Paint,
  paintCode: (text: string) => string,
  repeat: string,
): readonly string[] {
  const words = findings.map(finding => wordFinding(finding, repeat))
  return findings.map((finding, index) => {
    const { places, what, next } = words[index] ?? { places: [], what: '' }
    const [first, ...others] = places.map(formatPlace)
    const at = first ?? ('store' in finding ? finding.store : undefined)
    const where = at === undefined ? '' : `${paint.bold(at)}  `
    const more = others.length > MAX_PLACES ? [...others.slice(0, MAX_PLACES), '…'] : others
    const also =
      others.length === 0 || finding.code === 'conflict' ? '' : paint.dim(` (also ${more.join(', ')})`)
    // Findings in a row with the same next step print it once, after the last.
    const said = next === undefined || next === words[index + 1]?.next
    return `${where}${paintCode(finding.code)}  ${what}${also}\n${said ? '' : `    ${paint.dim('→')} ${next}\n`}`
  })
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
