/** The last lines of a report: what was written, what the stores have, and the result. One function for each command. */
import type {
  ChangesReport,
  CheckReport,
  FindingsReport,
  LockReport,
  PullReport,
  StoresReport,
  UnpinReport,
  UpdateReport,
  VerifyReport,
} from '../core/report.ts'
import type { FilesOfKind, StoreNote } from '../core/report-parts.ts'
import { keptLines } from './kept.ts'
import type { Paint } from './paint.ts'
import { skippedLines } from './skipped.ts'
import { isFleetingSomewhere, isUnchanged, missingKeys, namesUnlocked, uncovered } from './states.ts'
import { all, allEngines, count, engineWords, repeatWords, storeLines } from './store-summary.ts'
import { listed } from './worded.ts'

export function lockSummary(report: LockReport | UpdateReport, paint: Paint): readonly string[] {
  const unchanged = unchangedLine(report, paint)
  const lines = unchanged ?? [
    ...readLine(report),
    ...changedFiles(report, report.command === 'update' ? 'updated' : 'pinned'),
    ...lockfileLines(report),
    ...keptLines(report),
    ...storesAnswers(report, paint),
    lockResult(report, paint),
  ]
  return [...skippedLines(report), ...storeNotes(report, paint), ...lines]
}

export function checkSummary(report: CheckReport, paint: Paint): readonly string[] {
  const { images, findings, checkedFiles, registryRequests } = report
  const files = count(checkedFiles.length, 'file')
  const words =
    findings.length > 0
      ? findingsCount(report, paint)
      : images.length === 0
        ? `${paint.good('ok:')} ${files}, no images to lock${rest(report)}`
        : `${paint.good('ok:')} ${all(images.length)} in ${files} ${settledWords(report, ' and ')}${rest(report)}`
  const asked = registryRequests === undefined ? '' : `; ${requestWords({ registryRequests })}`
  const { stagingAfterLock: args } = report
  return [
    ...skippedLines(report),
    ...(args === undefined ? [] : [`after dock-lock, run: git${repeatWords(args)}`]),
    `${words}${asked} ${time(report, paint)}`,
  ]
}

export function verifySummary(report: VerifyReport | PullReport, paint: Paint): readonly string[] {
  const lines = storesAnswers(report, paint)
  const [only] = lines
  // One store and no findings: its line is enough.
  const isWhole = report.stores.length === 1 && report.findings.length === 0 && lines.length === 1
  return [
    ...skippedLines(report),
    ...storeNotes(report, paint),
    ...(isWhole ? [`${only} ${time(report, paint)}`] : [...lines, verifyResult(report, paint)]),
  ]
}

export function unpinSummary(report: UnpinReport, paint: Paint): readonly string[] {
  const { files, findings } = report
  const result =
    findings.length === 0
      ? `${files.length === 0 ? 'nothing to unpin' : endOf(report)} ${time(report, paint)}`
      : `${findingsCount(report, paint)}${files.length === 0 ? UNTOUCHED : ''} ${time(report, paint)}`
  return [...skippedLines(report), ...changedFiles(report, 'unpinned'), result]
}

/** Whether to omit the rows of images: nothing changed and nothing is wrong. */
export function isQuiet(report: LockReport | UpdateReport | VerifyReport | PullReport): boolean {
  const { images, findings, stores } = report
  if (isChanged(report)) return false
  // Stopped before any decision: the findings are enough.
  if (findings.length > 0) return stores.length === 0
  return images.every(image => isUnchanged(image, report))
}

function isChanged(report: LockReport | UpdateReport | VerifyReport | PullReport): boolean {
  return (
    (report.command === 'lock' || report.command === 'update') &&
    (report.files.length > 0 || report.lockfile.changed)
  )
}

/** One line for an unchanged project. */
function unchangedLine(report: LockReport | UpdateReport, paint: Paint): readonly string[] | undefined {
  const { stores, images, dryRun } = report
  if (dryRun || !isQuiet(report) || images.length === 0) return undefined
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

const KINDS: Readonly<Record<FilesOfKind['kind'], string>> = {
  dockerfile: 'Dockerfile',
  compose: 'Compose file',
  bake: 'Bake file',
  devcontainer: 'dev container',
  scripts: 'package.json file',
}

/** `read 2 Dockerfiles, 1 Compose file with 3 builds`. */
function readLine({ read = [] }: LockReport | UpdateReport): readonly string[] {
  if (read.length === 0) return []
  const words = read.map(({ kind, files, builds = 0 }) =>
    builds === 0 ? count(files, KINDS[kind]) : `${count(files, KINDS[kind])} with ${count(builds, 'build')}`,
  )
  return [`read ${words.join(', ')}`]
}

/** `pinned Dockerfile, web/Dockerfile (3 places)` */
export function changedFiles({ files, dryRun }: ChangesReport, did: string): readonly string[] {
  if (files.length === 0) return []
  const names = files.map(({ file, places }) => `${file}${places > 1 ? ` (${places} places)` : ''}`)
  const shown = names.length > 8 ? [...names.slice(0, 8), `${names.length - 8} more`] : names
  return [`${dryRun ? `would have ${did}` : did} ${shown.join(', ')}`]
}

function lockfileLines({ lockfile, dryRun }: LockReport | UpdateReport): readonly string[] {
  if (!lockfile.changed) return []
  const changes = [
    count(lockfile.images, 'image'),
    ...(lockfile.added > 0 ? [`${lockfile.added} new`] : []),
    ...(lockfile.removed > 0 ? [`${lockfile.removed} removed`] : []),
    ...(lockfile.conflicts === undefined ? [] : [`${count(lockfile.conflicts, 'merge conflict')} resolved`]),
  ]
  return [`${dryRun ? 'would have written' : 'wrote'} ${lockfile.file} (${changes.join(', ')})`]
}

function storesAnswers(report: StoresReport, paint: Paint): readonly string[] {
  return report.images.length === 0 ? [] : storeLines(report, paint)
}

function storeNotes({ stores }: StoresReport, paint: Paint): readonly string[] {
  return stores.flatMap(store =>
    store.reached && store.note !== undefined ? [paint.dim(`note: ${wordNote(store.note)}`)] : [],
  )
}

function wordNote({ builder }: StoreNote): string {
  return `${builder} is the current buildx builder; docker build uses it only with BUILDX_BUILDER=${builder}, and the engine's own store otherwise; check that store with --builder default`
}

const UNTOUCHED = '; nothing was written'

function lockResult(report: LockReport | UpdateReport, paint: Paint): string {
  const { images, findings, stores, dryRun } = report
  const took = time(report, paint)
  if (findings.length > 0) {
    const verified = dryRun ? '' : verifiedEngines(report)
    return `${verified}${findingsCount(report, paint)}${isChanged(report) ? '' : UNTOUCHED} ${took}`
  }
  if (dryRun) return `dry run: nothing was written or pulled ${took}`
  const nothing = isChanged(report)
    ? ''
    : images.length === 0
      ? 'no images to lock, '
      : `${all(images.length)} ${settledWords(report, ' and ')} already, `
  // The line of the store says the rest.
  const isSaid = stores.some(store => store.reached) && images.length > 0
  return `${nothing}${requestWords(report)}${isSaid ? '' : rest(report)} ${took}`
}

function verifyResult(report: VerifyReport | PullReport, paint: Paint): string {
  const { images, findings, stores } = report
  const took = time(report, paint)
  if (findings.length > 0) return `${verifiedEngines(report)}${findingsCount(report, paint)} ${took}`
  if (stores.length === 0 || !stores.every(store => store.reached)) {
    const isSaid = stores.some(store => store.reached) && images.length > 0
    return `no registry requests${isSaid ? '' : rest(report)} ${took}`
  }
  if (stores.length === 1) return `done ${took}`
  const fleeting = images.some(
    image =>
      isFleetingSomewhere(image, stores) ||
      (image.stores ?? []).some(({ registryUse }) => registryUse !== 'none'),
  )
  return `${paint.good('ok:')} ${allEngines(stores.length)} verified${uncovered(report) !== '' ? rest(report) : fleeting ? '' : '; builds need no registry'} ${took}`
}

/** `2 of 3 engines verified; ` */
function verifiedEngines(report: StoresReport): string {
  const { stores, images } = report
  if (stores.length < 2) return ''
  const isGood = images.length > 0 && !namesUnlocked(report)
  const good = stores.filter(store => isGood && store.reached && missingKeys(report, store).size === 0)
  return `${good.length} of ${stores.length} engines verified; `
}

function findingsCount({ findings }: FindingsReport, paint: Paint): string {
  return paint.bad(count(findings.length, 'finding'))
}

export function endOf({ dryRun }: ChangesReport): string {
  return dryRun ? 'nothing was written' : 'done'
}

/** `locked and pinned`; `locked and pinned, 2 by tag`. */
function settledWords({ images, pin }: LockReport | UpdateReport | CheckReport, and: string): string {
  if (pin === 'policy') return 'locked'
  const byTag = images.filter(image => image.byTag === true).length
  if (byTag === 0) return `locked${and}pinned`
  return byTag === images.length ? 'locked by tag' : `locked${and}pinned (${byTag} by tag)`
}

function requestWords({ registryRequests }: Pick<LockReport, 'registryRequests'>): string {
  return registryRequests === 0 ? 'no registry requests' : count(registryRequests, 'registry request')
}

function rest(report: FindingsReport): string {
  const words = uncovered(report)
  return words === '' ? '' : `; ${words}`
}

export function time({ milliseconds }: { readonly milliseconds: number }, paint: Paint): string {
  return paint.dim(
    `(${milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`})`,
  )
}
