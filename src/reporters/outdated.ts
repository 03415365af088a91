/** The table of `dock-lock outdated`. */
import { shortDigest } from '../core/digest.ts'
import { compareNatural } from '../core/natural.ts'
import type { UpdateStep } from '../core/notice.ts'
import type { OutdatedReport } from '../core/report.ts'
import type { OutdatedImage, TagState } from '../core/update-report.ts'
import { ageAt } from './ages.ts'
import type { Paint } from './paint.ts'
import { type Cell, layOut } from './rows.ts'
import { skippedLines } from './skipped.ts'
import { repeatWords } from './store-summary.ts'

const STEPS: readonly UpdateStep[] = ['rebuild', 'patch', 'minor', 'major']

/** One line for each image, in groups by the largest step that it could take. */
export function outdatedTable({ outdated, asOf }: OutdatedReport, paint: Paint): string {
  if (outdated.length === 0) return ''
  const heads = ['', 'locked', 'same tag', 'wanted', 'latest']
  const rows: (readonly Cell[])[] = [heads.map(text => ({ text, paint: paint.bold }))]
  const titles = new Map<number, UpdateStep>()
  for (const step of STEPS) {
    const images = outdated
      .filter(({ level }) => level === step)
      .sort((a, b) => compareNatural(a.image, b.image))
    if (images.length > 0) titles.set(rows.length, step)
    rows.push(...images.map(image => cellsOf(image, asOf, paint)))
  }
  return layOut(rows, [' '])
    .map((line, index) => {
      const step = titles.get(index)
      return step === undefined ? line : `${paint.bold(step)}\n${line}`
    })
    .join('')
}

function cellsOf(image: OutdatedImage, asOf: string, paint: Paint): readonly Cell[] {
  const { locked, sameTag, wanted, latest } = image
  const withAge = (state: TagState | undefined, text: string): string =>
    state?.date === undefined ? text : `${text} (${ageAt(state.date, asOf)})`
  const none = { text: '-', paint: paint.dim }
  return [
    { text: image.image },
    { text: withAge(locked, shortDigest(locked.digest)) },
    sameTag === undefined ? none : { text: withAge(sameTag, shortDigest(sameTag.digest)), paint: paint.good },
    wanted === undefined ? none : { text: withAge(wanted, wanted.tag), paint: paint.good },
    latest === undefined
      ? none
      : { text: latest.tag, paint: latest.tag === wanted?.tag ? paint.good : paint.warn },
  ]
}

export function outdatedSummary(report: OutdatedReport, paint: Paint): readonly string[] {
  const { outdated, lookedUp, findings, milliseconds, registryRequests } = report
  const took = paint.dim(
    `(${milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`})`,
  )
  const requests = `${registryRequests} registry request${registryRequests === 1 ? '' : 's'}`
  const found =
    findings.length === 0
      ? ''
      : `; ${paint.bad(`${findings.length} finding${findings.length === 1 ? '' : 's'}`)}`
  if (outdated.length === 0 && findings.length > 0) {
    const others =
      lookedUp === 0
        ? ''
        : `; ${lookedUp === 1 ? 'the other image is' : `the other ${lookedUp} images are`} up to date`
    return [...skippedLines(report), `${found.slice(2)}${others}; ${requests} ${took}`]
  }
  if (outdated.length === 0) {
    const what =
      lookedUp === 0
        ? 'no locked images'
        : `${lookedUp === 1 ? '1 image is' : `${lookedUp} images are`} up to date`
    return [...skippedLines(report), `${paint.good('ok:')} ${what}; ${requests} ${took}`]
  }
  const steps = STEPS.flatMap(step => {
    const count = outdated.filter(({ level }) => level === step).length
    return count === 0 ? [] : [`${count} ${step}`]
  })
  return [
    ...skippedLines(report),
    `${outdated.length} of ${lookedUp} image${lookedUp === 1 ? '' : 's'} ${outdated.length === 1 ? 'is' : 'are'} outdated (${steps.join(', ')})${found}; ${requests} ${took}`,
    ...nextLines(report, paint),
  ]
}

/** What to run, as far as it changes something. */
function nextLines({ outdated, repeat }: OutdatedReport, paint: Paint): readonly string[] {
  const given = repeatWords(repeat)
  const isWanted = outdated.some(({ sameTag, wanted }) => sameTag !== undefined || wanted !== undefined)
  const largest = STEPS.findLast(step =>
    outdated.some(({ wanted, latest }) => latest?.level === step && latest.tag !== wanted?.tag),
  )
  return [
    ...(isWanted ? [`    ${paint.dim('→')} to update what is wanted, run: dock-lock update${given}`] : []),
    ...(largest === undefined
      ? []
      : [
          `    ${paint.dim('→')} to use the latest tags, run: dock-lock update${given.replace(/ --semver \w+/, '')} --semver ${largest}`,
        ]),
  ]
}
