/** The text of `ls`: one line for each image. */
import { shortDigest } from '../core/digest.ts'
import type { ImageState } from '../core/image-uses.ts'
import { compareNatural } from '../core/natural.ts'
import type { LsReport } from '../core/report.ts'
import type { Paint } from './paint.ts'
import { mayBeNamed, skippedLines } from './skipped.ts'
import { count } from './store-summary.ts'

const WORDS: Readonly<Record<ImageState, string>> = {
  pinned: 'pinned',
  'by-tag': 'by tag',
  policy: 'locked',
  unpinned: 'not pinned',
  different: 'different in files',
  unlocked: 'not locked',
  local: 'local',
  outside: 'decided by the build',
  ignored: 'ignored',
  unused: 'not used',
}

export function imageList(report: LsReport, paint: Paint): string {
  const unused = mayBeNamed(report) ? 'not known' : WORDS.unused
  const images = [...report.images].sort((a, b) => compareNatural(a.image, b.image))
  const rows = images.map(({ image, digest, platforms, uses, state }) => [
    image.replace(/(@\w+:[0-9a-f]{12})[0-9a-f]+$/, '$1'),
    digest === undefined ? '-' : shortDigest(digest),
    platforms === undefined ? '-' : count(platforms.length, 'platform'),
    count(uses.length, 'place'),
    state === 'unused' ? unused : WORDS[state],
  ])
  const widths = [0, 1, 2, 3].map(column =>
    rows.reduce((most, row) => Math.max(most, row[column]?.length ?? 0), 0),
  )
  return rows
    .map((row, index) => {
      const cells = row.map((cell, column) => cell.padEnd(widths[column] ?? 0))
      const state = images[index]?.state ?? 'unused'
      return `${[...cells.slice(0, -1), paintState(state, paint)(row.at(-1) ?? '')].join('  ')}\n`
    })
    .join('')
}

export function listSummary(report: LsReport): readonly string[] {
  const { images, findings } = report
  if (mayBeNamed(report) && images.some(({ state }) => state === 'unused')) return skippedLines(report)
  return images.length === 0 && findings.length === 0 ? ['no images'] : []
}

function paintState(state: ImageState, paint: Paint): (text: string) => string {
  if (state === 'pinned' || state === 'policy') return paint.good
  if (state === 'different' || state === 'unlocked' || state === 'unpinned') return paint.bad
  return state === 'ignored' ? String : paint.warn
}
