import type { ImageReport, Report } from '../core/report.ts'
import type { Paint } from './paint.ts'
import { skippedLines } from './skipped.ts'
import { isFleetingSomewhere, isSettled, missingKeys, namesUnlocked, uncovered } from './states.ts'
import { all, count, engineWords, storeLines } from './store-summary.ts'
import { listed } from './worded.ts'

/** The last lines: what was written, what the stores have, and the result. */
export function summary(report: Report, paint: Paint): string {
  const lines = unchangedLine(report, paint) ?? [...writtenLines(report), ...endLines(report, paint)]
  const notes = report.stores.flatMap(store =>
    store.reached && store.note !== undefined ? [paint.dim(`note: ${store.note}`)] : [],
  )
  return [...skippedLines(report), ...notes, ...lines].map(line => `${line}\n`).join('')
}

/** Whether to omit the rows of images: nothing changed and nothing is wrong. `check` reports places, not images. */
export function quiet({ command, images, files, lockfile, findings, stores }: Report): boolean {
  if (command === 'check' || command === 'unpin' || command === 'init') return true
  // Stopped before any decision: the findings are enough.
  if (findings.length > 0 && stores.length === 0 && !lockfile.written && files.length === 0) return true
  const settled = ({ source, stores: entries = [] }: ImageReport) =>
    source === 'locked' &&
    entries.every(entry =>
      isSettled(
        entry,
        stores.find(({ label }) => label === entry.store),
      ),
    )
  return findings.length === 0 && files.length === 0 && !lockfile.written && images.every(settled)
}

/** One line for an unchanged project. */
function unchangedLine(report: Report, paint: Paint): string[] | undefined {
  const { command, stores, images, dryRun } = report
  if (command !== 'lock' || dryRun || !quiet(report) || images.length === 0) return undefined
  const reached = stores.filter(store => store.reached)
  const [first] = reached
  if (first === undefined || reached.length < stores.length) return undefined
  const where =
    stores.length === 1
      ? engineWords(first)
      : `${stores.length} engines (${listed(stores.map(store => store.label))})`
  return [
    `${paint.good('ok:')} ${all(images.length)} ${settledWords(report, ', ')} and in ${where}; nothing changed, ${requestWords(report)}${rest(report)} ${time(report, paint)}`,
  ]
}

function writtenLines({ files, lockfile, dryRun, command }: Report): string[] {
  const lines: string[] = []
  const did = command === 'unpin' ? 'unpinned' : command === 'init' ? 'changed' : 'pinned'
  if (command !== 'check' && files.length > 0) {
    const names = files.map(({ file, places }) => `${file}${places > 1 ? ` (${places} places)` : ''}`)
    const shown = names.length > 8 ? [...names.slice(0, 8), `${names.length - 8} more`] : names
    lines.push(`${dryRun ? `would have ${did}` : did} ${shown.join(', ')}`)
  }
  if (lockfile.written) {
    const changes = [
      count(lockfile.images, 'image'),
      ...(lockfile.added > 0 ? [`${lockfile.added} new`] : []),
      ...(lockfile.removed > 0 ? [`${lockfile.removed} removed`] : []),
    ]
    lines.push(`${dryRun ? 'would have written' : 'wrote'} ${lockfile.file} (${changes.join(', ')})`)
  }
  return lines
}

/** The result for each store, and the closing line. */
function endLines(report: Report, paint: Paint): readonly string[] {
  const { command, stores, images, findings } = report
  const lines = images.length === 0 ? [] : storeLines(report, paint)
  const closing = closingLine(report, paint)
  // One store and no findings: its line is enough.
  const whole = (command === 'verify' || command === 'pull') && stores.length === 1 && findings.length === 0
  const [only] = lines
  return whole && lines.length === 1 ? [`${only} ${time(report, paint)}`] : [...lines, closing]
}

function closingLine(report: Report, paint: Paint): string {
  const { command, images, files, lockfile, findings, stores, dryRun } = report
  const settled = settledWords(report, ' and ')
  const took = time(report, paint)
  if (findings.length > 0) {
    const untouched =
      (command === 'lock' || command === 'unpin') && !lockfile.written && files.length === 0
        ? '; nothing was written'
        : ''
    const good = stores.filter(
      store =>
        store.reached && missingKeys(report, store).size === 0 && images.length > 0 && !namesUnlocked(report),
    ).length
    const verified = stores.length > 1 && !dryRun ? `${good} of ${stores.length} engines verified; ` : ''
    return `${verified}${paint.bad(count(findings.length, 'finding'))}${untouched} ${took}`
  }
  switch (command) {
    case 'check':
      return images.length === 0
        ? `${paint.good('ok:')} ${count(files.length, 'file')}, no images to lock${rest(report)} ${took}`
        : `${paint.good('ok:')} ${all(images.length)} in ${count(files.length, 'file')} ${settled}${rest(report)} ${took}`
    case 'unpin':
      return files.length === 0
        ? `nothing to unpin ${took}`
        : `${dryRun ? 'nothing was written' : 'done'} ${took}`
    case 'init':
      return files.length === 0
        ? `nothing to change ${took}`
        : `${dryRun ? 'nothing was written' : 'done'} ${took}`
    default: {
      if (dryRun) return `dry run: nothing was written or pulled ${took}`
      const requests = requestWords(report)
      const changed = lockfile.written || files.length > 0
      const nothing =
        command !== 'lock' || changed
          ? ''
          : images.length === 0
            ? 'no images to lock, '
            : `${all(images.length)} ${settled} already, `
      if (stores.length === 0 || !stores.every(store => store.reached) || changed || command === 'lock')
        // The line of the store says it.
        return `${nothing}${requests}${stores.some(store => store.reached) && images.length > 0 ? '' : rest(report)} ${took}`
      if (stores.length === 1) return `done ${took}`
      const fleeting = images.some(
        image =>
          isFleetingSomewhere(image, stores) ||
          (image.stores ?? []).some(({ registryUse }) => registryUse !== 'none'),
      )
      return `${paint.good('ok:')} all ${stores.length} engines verified${uncovered(report) !== '' ? rest(report) : fleeting ? '' : '; builds need no registry'} ${took}`
    }
  }
}

/** `locked and pinned`; `locked and pinned, 2 by tag`. */
function settledWords({ images, pin }: Report, and: string): string {
  if (pin === 'policy') return 'locked'
  const byTag = images.filter(image => image.byTag === true).length
  if (byTag === 0) return `locked${and}pinned`
  return byTag === images.length ? 'locked by tag' : `locked${and}pinned (${byTag} by tag)`
}

function requestWords({ registryRequests }: Report): string {
  return registryRequests === 0 ? 'no registry requests' : count(registryRequests, 'registry request')
}

function rest(report: Report): string {
  const words = uncovered(report)
  return words === '' ? '' : `; ${words}`
}

function time({ milliseconds }: Report, paint: Paint): string {
  return paint.dim(
    `(${milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`})`,
  )
}
