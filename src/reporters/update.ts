/** What an update moved, and what changed in the images. */
import { shortDigest } from '../core/digest.ts'
import type { Change, ConfigChange, ImageChange, ListChange } from '../core/image-change.ts'
import { compareNatural } from '../core/natural.ts'
import type { UpdateReport } from '../core/report.ts'
import type { UpdatedImage } from '../core/update-report.ts'
import type { Paint } from './paint.ts'
import { listed } from './worded.ts'

/** `FROM what TO what`: a label, and the values before and after. */
export interface Detail {
  readonly label: string
  readonly text: string
  /** A URL of a known forge. */
  readonly link?: string
}

export function updateList({ updates }: UpdateReport, paint: Paint): string {
  return [...updates]
    .sort((a, b) => compareNatural(a.image, b.image))
    .map(update => {
      const details = detailsOf(update.change)
      const width = Math.max(...details.map(({ label }) => label.length))
      const lines = details.map(
        ({ label, text, link }) =>
          `    ${paint.dim(label.padEnd(width))}  ${text}${link === undefined ? '' : `  ${link}`}\n`,
      )
      return `${paint.bold(titleOf(update))}  ${paint.dim(update.level)}\n${lines.join('')}`
    })
    .join('')
}

/** `node:22.1-alpine → 22.4-alpine` */
export function titleOf({ image, tag }: UpdatedImage): string {
  return tag.old === tag.new ? image : `${image} → ${tag.new}`
}

/** The digest first, then what is different. */
export function detailsOf(change: ImageChange): readonly Detail[] {
  const { digest, created, version, revision, source, compareLink, platforms, configs } = change
  return [
    { label: 'digest', text: arrow(digest, shortDigest) },
    ...changed('built', created, text => text.slice(0, 10)),
    ...changed('version', version, String),
    ...(revision === undefined
      ? []
      : [
          {
            label: 'revision',
            text: arrow(revision, text => (/^[0-9a-f]{40,}$/.test(text) ? text.slice(0, 12) : text)),
            ...(compareLink !== undefined && { link: compareLink }),
          },
        ]),
    ...changed('source', source, String),
    ...lists('platforms', platforms),
    ...configs.flatMap(configDetails),
  ]
}

function configDetails({ platforms, user, entrypoint, environment, ports }: ConfigChange): readonly Detail[] {
  const on = ` (${listed(platforms)})`
  const details = [
    ...changed('user', user, String),
    ...changed('entrypoint', entrypoint, words => words.join(' ')),
    ...(environment === undefined ? [] : lists('environment', environment)),
    ...(ports === undefined ? [] : lists('ports', ports)),
  ]
  return details.map(({ label, text }) => ({ label, text: `${text}${on}` }))
}

function changed<T>(
  label: string,
  change: Change<T> | undefined,
  words: (value: T) => string,
): readonly Detail[] {
  return change === undefined ? [] : [{ label, text: arrow(change, words) }]
}

function arrow<T>({ old, new: now }: Change<T>, words: (value: T) => string): string {
  if (old === undefined) return now === undefined ? '' : words(now)
  return `${words(old)} → ${now === undefined ? 'none' : words(now)}`
}

function lists(label: string, { added, removed }: ListChange): readonly Detail[] {
  const parts = [
    ...(added.length === 0 ? [] : [`added ${listed(added)}`]),
    ...(removed.length === 0 ? [] : [`removed ${listed(removed)}`]),
  ]
  return parts.length === 0 ? [] : [{ label, text: parts.join('; ') }]
}
