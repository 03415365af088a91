/** An update as the body of a pull request. All text from files and images is quoted as code, so that it cannot be markup or a mention. */
import { shortDigest } from '../core/digest.ts'
import type { Finding } from '../core/finding.ts'
import type { Report, UpdateReport } from '../core/report.ts'
import type { UpdatedImage } from '../core/update-report.ts'
import { clean } from './clean.ts'
import { wordFinding } from './messages.ts'
import type { Style } from './reporter.ts'
import { text } from './text.ts'
import { detailsOf, titleOf } from './update.ts'
import { formatPlace } from './worded.ts'

/** Other reports are text. */
export function markdown(given: Report, style: Style): string {
  if (given.command !== 'update') return text(given, style)
  const report: UpdateReport = clean(given)
  const { updates, findings, notices } = report
  const parts = [
    summaryOf(report),
    updates.length === 0 ? '' : table(updates),
    ...updates.map(section),
    list('Not updated', [...findings, ...notices.filter(isAboutUpdates)]),
  ]
  return `${parts.filter(part => part !== '').join('\n\n')}\n`
}

function summaryOf({ updates, dryRun }: UpdateReport): string {
  const images = updates.length === 1 ? '1 base image' : `${updates.length} base images`
  if (updates.length === 0) return 'All base images are up to date.'
  return dryRun ? `Would update ${images}.` : `Updates ${images}.`
}

function table(updates: readonly UpdatedImage[]): string {
  const rows = updates.map(({ image, level, tag, change: { digest } }) => {
    const tags = tag.old === tag.new ? code(tag.new) : `${code(tag.old)} → ${code(tag.new)}`
    const digests = [digest.old, digest.new].flatMap(one =>
      one === undefined ? [] : [code(shortDigest(one))],
    )
    return `| ${code(withoutTag(image))} | ${tags} | ${level} | ${digests.join(' → ')} |`
  })
  return ['| image | tag | step | digest |', '|---|---|---|---|', ...rows].join('\n')
}

function section(update: UpdatedImage): string {
  const lines = detailsOf(update.change)
    .filter(({ label }) => label !== 'digest')
    .map(({ label, text, link }) => {
      const compare = link === undefined ? '' : ` ([compare](${encodeURI(link)}))`
      return `- ${label}: ${code(text)}${compare}`
    })
  const places = update.places.map(place => code(formatPlace(place)))
  const shown = places.length > 10 ? [...places.slice(0, 10), `${places.length - 10} more`] : places
  return [`### ${code(titleOf(update))}`, '', ...lines, `- used in: ${shown.join(', ')}`].join('\n')
}

function list(title: string, findings: readonly Finding[]): string {
  if (findings.length === 0) return ''
  return [`### ${title}`, '', ...findings.map(finding => `- ${code(wordFinding(finding).what)}`)].join('\n')
}

function isAboutUpdates({ code }: Finding): boolean {
  return code === 'held-back' || code === 'not-updated' || code === 'unchanged' || code === 'tags-not-listed'
}

/** As code. A backtick would end it, and a bar the cell of a table. */
function code(value: string): string {
  return `\`${value.replace(/`/g, "'").replace(/\|/g, '¦')}\``
}

function withoutTag(image: string): string {
  return image.replace(/:[^:/]*$/, '')
}
