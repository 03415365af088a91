/** The text of `why`: one block for each image. */
import type { ImageDetails, ImageUse, LockedSince } from '../core/image-uses.ts'
import { compareNatural } from '../core/natural.ts'
import type { WhyReport } from '../core/report.ts'
import { haveWords, unpinnable } from './notices.ts'
import type { Paint } from './paint.ts'
import { mayBeNamed, skippedLines } from './skipped.ts'
import { stateWords } from './states.ts'
import { count, engineWords } from './store-summary.ts'
import { formatArgOrigins, formatPlace, listed } from './worded.ts'

export function whyBlocks(report: WhyReport, paint: Paint): readonly string[] {
  const images = [...report.images].sort((a, b) => compareNatural(a.image, b.image))
  return images.map(image =>
    [
      `${paint.bold(image.image)}${image.digest === undefined ? '' : `  ${paint.dim(image.digest)}`}`,
      ...fields(image, report).map(([name, value]) => `  ${name.padEnd(10)}${value}`),
      ...usesOf(image, report, paint),
      '',
    ].join('\n'),
  )
}

function fields(image: ImageDetails, report: WhyReport): readonly (readonly [string, string])[] {
  if (image.digest === undefined)
    return [['locked', image.state === 'unlocked' ? 'no; run: dock-lock' : 'no']]
  return [
    ['locked', sinceWords(image.since)],
    ['platforms', image.platforms?.join(', ') ?? 'not known: the digest was taken from a file'],
    ...storeFields(image, report),
  ]
}

function sinceWords(since: LockedSince | undefined): string {
  if (since === undefined) return 'yes; git does not say since when'
  if (since.kind === 'uncommitted') return 'yes, not committed yet'
  const { commit, time, subject, orEarlier } = since
  return `${time.slice(0, 10)}${orEarlier ? ' or earlier' : ''} by ${commit.slice(0, 12)} (${subject})`
}

function storeFields(image: ImageDetails, { stores }: WhyReport): readonly (readonly [string, string])[] {
  if (stores.length === 0) return [['store', 'not asked, because of --no-verify']]
  return stores.map((store): readonly [string, string] => {
    if (!store.reached)
      return ['store', `${stores.length > 1 ? `${store.label}: ` : ''}not asked: ${store.message}`]
    const entries = (image.stores ?? []).filter(entry => entry.store === store.label)
    const state = entries.length === 0 ? 'not needed there' : stateWords(entries)
    return ['store', `${engineWords(store)}: ${state}`]
  })
}

function usesOf({ uses, digest }: ImageDetails, report: WhyReport, paint: Paint): readonly string[] {
  if (uses.length === 0 && mayBeNamed(report))
    return [
      `  ${paint.warn('not known:')} no file that could be read names it; it stays locked`,
      ...skippedLines(report).map(line => `    ${line}`),
    ]
  if (uses.length === 0)
    return [
      `  ${paint.warn('not used:')} no file names it${digest === undefined ? '' : '; to remove it, run: dock-lock'}`,
    ]
  return [`  used in ${count(uses.length, 'place')}:`, ...uses.flatMap(use => useLines(use, paint))]
}

/** The whole digest is in the first line, and makes this one wider than a terminal. */
const DIGEST = /(@\w+:[0-9a-f]{12})[0-9a-f]+$/

function useLines(use: ImageUse, paint: Paint): readonly string[] {
  const { place, text, args = [], buildArgs = {}, builds } = use
  const given = Object.keys(buildArgs)
  const from = use.argOrigins === undefined ? '' : `${formatArgOrigins(use.argOrigins)} → `
  // A Dockerfile is its own build, unless another file says otherwise.
  const others = builds.filter(({ file }) => file !== place.file)
  return [
    `    ${from}${paint.bold(formatPlace(place))}  ${text.replace(DIGEST, '$1')}  ${siteWords(use)}, ${stateText(use, paint)}`,
    ...(args.length === 0
      ? []
      : [
          `      through ${listed(args.map(arg => `ARG ${arg.name}${arg.place === undefined ? ' (set by BuildKit)' : ` at ${formatPlace(arg.place)}`}`))}`,
        ]),
    ...(given.length === 0
      ? []
      : [`      with ${given.map(name => `${name}=${buildArgs[name]}`).join(', ')}`]),
    ...(others.length === 0
      ? []
      : [
          `      built by ${listed([...new Set(others.map(({ file, line }) => (line === undefined ? file : `${file}:${line}`)))])}`,
        ]),
  ]
}

const INSTRUCTIONS = {
  from: 'FROM',
  'copy-from': 'COPY --from',
  'mount-from': 'RUN --mount',
  syntax: '# syntax',
  service: 'the image of a service',
  volume: 'a volume',
  context: 'a named context',
  'dev-container': 'the image of a dev container',
  arg: 'a build arg',
} as const

function siteWords({ role, stage, stageName, platform }: ImageUse): string {
  const inStage = stage === undefined ? '' : ` in stage ${stageName ?? stage}`
  return `${INSTRUCTIONS[role]}${inStage}${platform === undefined ? '' : ` for ${platform}`}`
}

function stateText(use: ImageUse, paint: Paint): string {
  switch (use.state) {
    case 'pinned':
      return paint.good('pinned')
    case 'by-tag':
      return `${paint.warn('not pinned:')} ${use.reason === undefined ? '' : unpinnable(use.reason, use.names ?? [], use.argOrigins)}`
    case 'policy':
      return 'not pinned: the config has pin: policy'
    case 'unpinned':
      return `${paint.bad('not pinned:')} to pin it, run: dock-lock`
    case 'different':
      return `${paint.bad('different:')} the file has ${use.digest ?? ''}`
    case 'unlocked':
      return `${paint.bad('not locked:')} to lock it, run: dock-lock`
    case 'local':
      return `${paint.warn('not locked:')} it exists only in the local engine`
    case 'outside': {
      const { reason, names = [] } = use
      return `${paint.warn('not locked:')} ${reason === undefined ? `${haveWords(names)} no value here, so the build decides` : unpinnable(reason, names)}`
    }
    case 'ignored':
      return `ignored: ${use.ignored ?? ''}`
  }
}
