import { shortDigest } from '../core/digest.ts'
import { printable } from '../core/error.ts'
import type { ImageReport, Report, StoreState } from '../core/report.ts'
import { clean } from './clean.ts'
import { groupUnreachable } from './group.ts'
import { jsonDocument } from './json.ts'
import { createPaint, type Paint } from './paint.ts'
import type { Style } from './reporter.ts'
import { missingKeys, quiet, summary } from './summary.ts'
import { formatPlace, wordFinding } from './wording.ts'

/** For people: one line per image, then what was written, what is wrong, and last how it stands. */
export function text({ diff, ...given }: Report, style: Style): string {
  if (given.command === 'run') return ''
  if (given.policy !== undefined) return jsonDocument(given.policy)
  const report = clean(given)
  const paint = createPaint(style.color)
  const parts = [
    diff === undefined ? '' : paintDiff(diff, paint),
    quiet(report) ? '' : imageLines(report, paint),
    findingLines(report, paint),
    summary(report, paint),
  ]
  return parts.filter(part => part !== '').join('\n')
}

function imageLines({ images, findings }: Report, paint: Paint): string {
  const missing = missingKeys(findings)
  const rows = images.map(image => [
    image.source ?? 'unknown',
    image.image.replace(/(@\w+:[0-9a-f]{12})[0-9a-f]+$/, '$1'),
    image.digest === undefined ? '' : shortDigest(image.digest),
    [previousWords(image), storeWords(image)].filter(words => words !== '').join(', '),
  ])
  const widths = [0, 1, 2].map(column => Math.max(0, ...rows.map(row => row[column]?.length ?? 0)))
  return rows
    .map(([source = '', image = '', digest = '', store = ''], index) => {
      const mark =
        source === 'unknown' || missing.has(images[index]?.key ?? '') ? paint.bad('✗') : paint.good('✓')
      const cells = [
        source.padEnd(widths[0] ?? 0),
        image.padEnd(widths[1] ?? 0),
        paint.dim(digest.padEnd(widths[2] ?? 0)),
        store,
      ]
      return `${mark} ${cells.join('  ').trimEnd()}\n`
    })
    .join('')
}

const STATE_WORDS: Readonly<Record<StoreState, string>> = {
  present: 'present',
  pulled: 'pulled',
  tagged: 'tagged',
  untagged: 'not tagged',
  'cache-only': 'in the build cache only',
  incomplete: 'incomplete',
  unlabelled: 'not known to come from its registry',
  unknown: 'cannot tell',
  'tag-elsewhere': 'tag elsewhere',
  'wrong-platform': 'other platform only',
  absent: 'absent',
}

function previousWords({ previous }: ImageReport): string {
  return previous === undefined ? '' : `was ${shortDigest(previous)}`
}

function storeWords({ store = [] }: ImageReport): string {
  const states = new Set(store.map(({ state }) => state))
  if (states.size <= 1) return [...states].map(state => STATE_WORDS[state]).join('')
  return store.map(({ platform, state }) => `${platform} ${STATE_WORDS[state]}`).join(', ')
}

/** Of one finding, besides the first. */
const MAX_PLACES = 5

function findingLines({ findings }: Report, paint: Paint): string {
  return groupUnreachable(findings)
    .map(finding => {
      const { places, what, next } = wordFinding(finding)
      const [first, ...others] = places.map(formatPlace)
      const where = first === undefined ? '' : `${paint.bold(first)}  `
      const more = others.length > MAX_PLACES ? [...others.slice(0, MAX_PLACES), '…'] : others
      const also =
        others.length === 0 || finding.code === 'conflict' ? '' : paint.dim(` (also ${more.join(', ')})`)
      return `${where}${paint.bad(finding.code)}  ${what}${also}\n${next === undefined ? '' : `    ${paint.dim('→')} ${next}\n`}`
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
