import { printable } from '../core/error.ts'
import type { Report } from '../core/report.ts'
import { clean } from './clean.ts'
import { groupStores, groupUnreachable } from './group.ts'
import { jsonDocument } from './json.ts'
import { formatPlace, wordFinding } from './messages.ts'
import { createPaint, type Paint } from './paint.ts'
import type { Style } from './reporter.ts'
import { imageRows } from './rows.ts'
import { repeatWords } from './store-summary.ts'
import { quiet, summary } from './summary.ts'

/** For people: one line per image, then what was written, what is wrong, and last how it stands. */
export function text({ diff, ...given }: Report, style: Style): string {
  if (given.command === 'run') return ''
  if (given.policy !== undefined) return jsonDocument(given.policy)
  const report = clean(given)
  const paint = createPaint(style.color)
  const parts = [
    diff === undefined ? '' : paintDiff(diff, paint),
    quiet(report) ? '' : imageRows(report, style, paint),
    findingLines(report, paint),
    summary(report, paint),
  ]
  return parts.filter(part => part !== '').join('\n')
}

/** Of one finding, besides the first. */
const MAX_PLACES = 5

function findingLines({ findings, stores, repeat }: Report, paint: Paint): string {
  const grouped = groupStores(groupUnreachable(findings), stores.length)
  const words = grouped.map(finding => wordFinding(finding, repeatWords(repeat)))
  return grouped
    .map((finding, index) => {
      const { places, what, next } = words[index] ?? { places: [], what: '' }
      const [first, ...others] = places.map(formatPlace)
      const at = first ?? ('store' in finding ? finding.store : undefined)
      const where = at === undefined ? '' : `${paint.bold(at)}  `
      const more = others.length > MAX_PLACES ? [...others.slice(0, MAX_PLACES), '…'] : others
      const also =
        others.length === 0 || finding.code === 'conflict' ? '' : paint.dim(` (also ${more.join(', ')})`)
      // What mends several findings in a row is said after the last of them.
      const said = next === undefined || next === words[index + 1]?.next
      return `${where}${paint.bad(finding.code)}  ${what}${also}\n${said ? '' : `    ${paint.dim('→')} ${next}\n`}`
    })
    .join('')
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
