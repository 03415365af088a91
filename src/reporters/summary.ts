import type { ImageReport, Report, StoreReport, StoreState } from '../core/report.ts'
import type { Paint } from './paint.ts'
import { formatPlace } from './wording.ts'

/** The last lines: what was written, what the store has, how it all stands. */
export function summary(report: Report, paint: Paint): string {
  const lines = unchangedLine(report, paint) ?? [
    ...writtenLines(report),
    ...storeLines(report, paint),
    closingLine(report, paint),
  ]
  lines.unshift(...ignoredLines(report, paint))
  return lines.map(line => `${line}\n`).join('')
}

/** Nothing happened and nothing is wrong: one line says so. `check` lists no images either: its subject is places. */
export function quiet({ command, images, files, lockfile, findings, store }: Report): boolean {
  if (command === 'check' || command === 'unpin' || command === 'init') return true
  // Stopped before anything was decided: the findings say it all.
  if (findings.length > 0 && store === undefined && !lockfile.written && files.length === 0) return true
  const settled = (image: ImageReport) =>
    image.source === 'locked' && (image.store ?? []).every(({ state }) => state === 'present')
  return findings.length === 0 && files.length === 0 && !lockfile.written && images.every(settled)
}

/** The second run and all that follow: one line. */
function unchangedLine(report: Report, paint: Paint): string[] | undefined {
  const { command, store, images, dryRun, pin } = report
  if (command !== 'lock' || dryRun || !quiet(report) || !store?.reached || images.length === 0)
    return undefined
  return [
    `${paint.good('ok:')} ${all(images.length)} ${pin === 'policy' ? 'locked' : 'locked, pinned'} and in ${engine(store)}; nothing changed, no registry asked ${time(report, paint)}`,
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

/** One line for each reason. */
function ignoredLines({ ignored = [] }: Report, paint: Paint): string[] {
  return [...new Set(ignored.map(({ reason }) => reason))].map(reason => {
    const here = ignored.filter(one => one.reason === reason)
    const files = here.flatMap(one => (one.kind === 'file' ? [one.file] : []))
    const images = here.flatMap(one =>
      one.kind === 'image' ? [`${one.image} at ${formatPlace(one.place)}`] : [],
    )
    const what = [
      ...(files.length > 2 ? [count(files.length, 'file')] : files),
      ...(images.length > 2 ? [count(images.length, 'place')] : images),
    ]
    return paint.dim(`ignored: ${what.join(', ')} (${reason})`)
  })
}

/** Of images that the store should have and has not. */
export function missingKeys(findings: Report['findings']): ReadonlySet<string> {
  return new Set(
    findings.flatMap(finding => ('digest' in finding && 'platform' in finding ? [finding.key] : [])),
  )
}

const THERE: readonly StoreState[] = ['present', 'pulled', 'tagged']

function storeLines({ store, images, findings }: Report, paint: Paint): string[] {
  if (store === undefined || images.length === 0) return []
  if (!store.reached) {
    return [
      `${paint.warn('not verified:')} no engine answered, so nobody knows whether a build needs the network`,
      `    ${store.message}${store.hint === undefined ? '' : `\n    ${paint.dim('→')} ${store.hint}`}`,
    ]
  }
  const missing = missingKeys(findings)
  const asked = images.filter(({ store: states }) => states !== undefined)
  const there = asked.filter(image => image.store?.every(({ state }) => THERE.includes(state)))
  if (asked.length === 0) return []
  const where = engine(store)
  // In a dry run, what is not there and yet no finding is what a pull would bring.
  const wouldPull = asked.filter(image => !there.includes(image) && !missing.has(image.key))
  const lines =
    wouldPull.length === 0 ? [] : [`would have pulled ${count(wouldPull.length, 'image')} into ${where}`]
  if (missing.size > 0)
    lines.push(
      `${paint.bad('not verified:')} ${where} has ${there.length} of ${count(asked.length, 'image')}`,
    )
  else if (wouldPull.length === 0)
    lines.push(`${paint.good('verified:')} ${where} has ${all(asked.length)}; builds need no registry`)
  return lines
}

/** `Docker 28.5.2 (containerd store, linux/amd64)` */
function engine({ name, imageStore, platforms }: Extract<StoreReport, { reached: true }>): string {
  return `${name} (${[`${imageStore} store`, ...platforms].join(', ')})`
}

function closingLine(report: Report, paint: Paint): string {
  const { command, images, files, lockfile, findings, store, registryRequests, dryRun, pin } = report
  const settled = pin === 'policy' ? 'locked' : 'locked and pinned'
  const took = time(report, paint)
  if (findings.length > 0) {
    const untouched =
      (command === 'lock' || command === 'unpin') && !lockfile.written && files.length === 0
        ? '; nothing was written'
        : ''
    return `${paint.bad(count(findings.length, 'finding'))}${untouched} ${took}`
  }
  switch (command) {
    case 'check':
      return images.length === 0
        ? `${paint.good('ok:')} ${count(files.length, 'file')}, no image to lock ${took}`
        : `${paint.good('ok:')} ${all(images.length)} in ${count(files.length, 'file')} ${settled} ${took}`
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
      const requests =
        registryRequests === 0 ? 'no registry asked' : count(registryRequests, 'registry request')
      const changed = lockfile.written || files.length > 0
      const nothing =
        command !== 'lock' || changed
          ? ''
          : images.length === 0
            ? 'no image to lock, '
            : `${all(images.length)} ${settled} already, `
      return store?.reached && !changed && command !== 'lock'
        ? `done ${took}`
        : `${nothing}${requests} ${took}`
    }
  }
}

function time({ milliseconds }: Report, paint: Paint): string {
  return paint.dim(
    `(${milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`})`,
  )
}

function all(total: number): string {
  return total === 1 ? 'the one image' : `all ${total} images`
}

function count(total: number, noun: string): string {
  return `${total} ${noun}${total === 1 ? '' : 's'}`
}
