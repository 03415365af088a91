/** One line per image: its digest, and its state in each store. */
import { shortDigest } from '../core/digest.ts'
import { compareNatural } from '../core/natural.ts'
import type { ImageReport, StoreReport } from '../core/report-parts.ts'
import type { Paint } from './paint.ts'
import type { Style } from './reporter.ts'
import {
  isFleeting,
  isFleetingSomewhere,
  isUnchanged,
  missingKeys,
  type StoresAndDryRun,
  stateWords,
} from './states.ts'
import { count } from './store-summary.ts'

/** A cell of the table. `text` gives its width, `paint` adds colour. */
export interface Cell {
  readonly text: string
  readonly paint?: (text: string) => string
}

/** The images that changed or that need attention, and one line for all others; with `verbose`, all images. */
export function imageRows(report: StoresAndDryRun, style: Style, paint: Paint): string {
  const missing = missingKeys(report)
  const sorted = [...report.images].sort((a, b) => compareNatural(a.image, b.image))
  const images = sorted.filter(image => missing.has(image.key) || !isUnchanged(image, report))
  const others = sorted.length - images.length
  // One image takes one line, whether it is named or counted.
  if (style.verbose === true || others <= 1) return rowsOf({ ...report, images: sorted }, style, paint)
  return rowsOf({ ...report, images }, style, paint) + othersLine(report, others, paint)
}

/** `58 images unchanged`; after `verify` and `pull`, which change nothing in the project, `58 images present`. */
function othersLine({ files, stores }: StoresAndDryRun, others: number, paint: Paint): string {
  const isKnown = stores.length > 0 && stores.every(({ reached }) => reached)
  const words = files !== undefined ? 'unchanged' : isKnown ? 'present' : 'locked'
  return `${paint.dim(`  ${count(others, 'image')} ${words}`)}\n`
}

function rowsOf(report: StoresAndDryRun, { width }: Style, paint: Paint): string {
  const { stores, images } = report
  if (images.length === 0) return ''
  const missing = missingKeys(report)
  const unreached = stores.length > 1 && stores.every(({ reached }) => !reached)
  const marks = images.map(image => {
    if (image.source === undefined || missing.has(image.key)) return paint.bad('✗')
    const isOpen = image.stores?.some(({ verified, registryUse }) => !verified && registryUse === 'unknown')
    if (unreached || (isOpen === true && !report.dryRun)) return paint.warn('?')
    if (isFleetingSomewhere(image, stores)) return paint.warn('!')
    return image.byTag ? paint.warn('~') : paint.good('✓')
  })
  const names = images.map(image => nameCells(image, paint))
  if (stores.length < 2) {
    const cells = images.map((image, index) => [...(names[index] ?? []), { text: remarks(image) }])
    return layOut(cells, marks).join('')
  }
  const columns = stores.map(store => ({ store, missing: missingKeys(report, store) }))
  const states = images.map(image => columns.map(column => stateCell(image, column, paint)))
  const was = images.map(image => (ownWords(image) === '' ? [] : [{ text: ownWords(image) }]))
  for (const left of [[0, 1, 2], [1, 2], [1]]) {
    const heads = [...left.map(() => ({ text: '' })), ...stores.map(({ label }) => head(label, paint))]
    const cells = images.map((_, index) => [
      ...left.map(column => names[index]?.[column] ?? { text: '' }),
      ...(states[index] ?? []),
      ...(was[index] ?? []),
    ])
    const lines = layOut([heads, ...cells], [' ', ...marks])
    if (widthOf([heads, ...cells]) <= width) return lines.join('')
  }
  const longest = most(names, row => row[1]?.text.length ?? 0)
  return images
    .flatMap((_, index) => {
      const cells = states[index] ?? []
      const same = cells.every(({ text }) => text === cells[0]?.text)
      const shown =
        same && cells[0] !== undefined && cells[0].text !== ''
          ? [
              {
                ...cells[0],
                text: `${cells[0].text} (${stores.length === 2 ? 'both' : `all ${stores.length}`})`,
              },
            ]
          : []
      const name = (names[index]?.[1]?.text ?? '').padEnd(longest)
      const labelled = stores.map(({ label }, column) => [{ text: label }, cells[column] ?? { text: '' }])
      const rest = [...shown, ...(was[index] ?? [])]
      return [
        ...layOut([[{ text: rest.length === 0 ? name.trimEnd() : name }, ...rest]], [marks[index] ?? '']),
        ...(same ? [] : layOut(labelled, ['  '])),
      ]
    })
    .join('')
}

function nameCells(image: ImageReport, paint: Paint): readonly Cell[] {
  return [
    { text: image.source ?? 'unknown' },
    { text: image.image.replace(/(@\w+:[0-9a-f]{12})[0-9a-f]+$/, '$1') },
    { text: image.digest === undefined ? '' : shortDigest(image.digest), paint: paint.dim },
  ]
}

function head(label: string, paint: Paint): Cell {
  return { text: label, paint: paint.bold }
}

function stateCell(
  image: ImageReport,
  { store, missing }: { readonly store: StoreReport; readonly missing: ReadonlySet<string> },
  paint: Paint,
): Cell {
  if (!store.reached) return { text: '?', paint: paint.warn }
  const entries = (image.stores ?? []).filter(entry => entry.store === store.label)
  if (entries.length === 0) return { text: '-', paint: paint.dim }
  const text = stateWords(entries)
  if (missing.has(image.key)) return { text, paint: paint.bad }
  return entries.some(entry => isFleeting(entry, store)) ? { text, paint: paint.warn } : { text }
}

function remarks(image: ImageReport): string {
  return [ownWords(image), stateWords(image.stores ?? [])].filter(words => words !== '').join(', ')
}

function ownWords({ byTag, previous }: ImageReport): string {
  return [
    ...(byTag ? ['by tag'] : []),
    ...(previous === undefined ? [] : [`was ${shortDigest(previous)}`]),
  ].join(', ')
}

const GAP = '  '

/** The largest measure. `Math.max(...rows)` fails if there are too many rows. */
function most<T>(rows: readonly T[], measure: (row: T) => number): number {
  return rows.reduce((largest, row) => Math.max(largest, measure(row)), 0)
}

function columnsOf(rows: readonly (readonly Cell[])[]): readonly number[] {
  const count = most(rows, row => row.length)
  return Array.from({ length: count }, (_, column) => most(rows, row => row[column]?.text.length ?? 0))
}

/** The width of the table in columns, with the marks. */
function widthOf(rows: readonly (readonly Cell[])[]): number {
  return columnsOf(rows).reduce((sum, column) => sum + GAP.length + column, 0)
}

/** One line for each row. `marks`: one for each row. The last one is used for all further rows. */
export function layOut(rows: readonly (readonly Cell[])[], marks: readonly string[]): string[] {
  const widths = columnsOf(rows)
  return rows.map((row, index) => {
    const last = row.findLastIndex(({ text }) => text !== '')
    const cells = row.slice(0, last + 1).map(({ text, paint = String }, column) => {
      const rest = ' '.repeat((widths[column] ?? 0) - text.length)
      return paint(text) + (column === last ? '' : rest)
    })
    return `${marks[index] ?? marks.at(-1)} ${cells.join(GAP)}\n`
  })
}
