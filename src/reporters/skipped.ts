import { irregularWords } from '../core/file-problem.ts'
import type { FindingsReport } from '../core/report.ts'
import type { SkippedFile } from '../core/report-parts.ts'
import { formatPlace } from './worded.ts'

/** A line for each file, and one for all folders that were not searched for the same reason. */
export function skippedLines({ skipped = [] }: FindingsReport): string[] {
  const folders = new Map<string, SkippedFolder[]>()
  const lines: string[] = []
  for (const one of skipped) {
    if (isSkippedFolder(one)) {
      const why = JSON.stringify({ ...one, file: undefined })
      folders.set(why, [...(folders.get(why) ?? []), one])
    } else {
      const template = one.code === 'template' ? `it looks like a template (${one.marker}): ` : ''
      const place = one.code === 'irregular' ? one.file : formatPlace(one.place)
      lines.push(`skipped: ${place}: ${template}${skipReason(one)}`)
    }
  }
  return [...lines, ...[...folders.values()].map(notSearched)]
}

/** Whether an image without a place may still be used: a file that cannot be read may name it. Then it stays locked. */
export function mayBeNamed({ skipped = [], findings }: FindingsReport): boolean {
  return [...skipped, ...findings].some(({ code }) => code === 'malformed')
}

function notSearched(folders: readonly SkippedFolder[]): string {
  return `not searched: ${shortened(folders.map(({ file }) => `${file}/`))}: ${folderWords(folders)}`
}

function folderWords(folders: readonly SkippedFolder[]): string {
  const [first] = folders
  const isOne = folders.length === 1
  if (first?.code === 'dependencies')
    return isOne ? 'a package manager fills it' : 'package managers fill them'
  if (first?.code === 'unreadable') return `${isOne ? 'it' : 'they'} cannot be read: ${first.reason}`
  return isOne
    ? 'it is a separate git repository; run dock-lock in it'
    : 'they are separate git repositories; run dock-lock in each'
}

const SHOWN = 5

function shortened(names: readonly string[]): string {
  const rest = names.length - SHOWN
  return rest > 1 ? `${names.slice(0, SHOWN).join(', ')} and ${rest} more` : names.join(', ')
}

/** Why a file is skipped. Undefined if the code of a folder says it all. */
export function skipReason(skipped: SkippedFile): string | undefined {
  if (skipped.code === 'irregular') return irregularWords(skipped.irregular)
  return 'reason' in skipped ? skipped.reason : undefined
}

type SkippedFolder = Extract<SkippedFile, { readonly code: 'repository' | 'dependencies' | 'unreadable' }>

/** A folder that was not searched, not a file. */
export function isSkippedFolder(skipped: SkippedFile): skipped is SkippedFolder {
  const { code } = skipped
  return code === 'repository' || code === 'dependencies' || code === 'unreadable'
}
