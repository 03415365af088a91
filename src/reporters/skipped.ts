import type { FindingsReport } from '../core/report.ts'
import type { SkippedFile } from '../core/report-parts.ts'
import { formatPlace } from './worded.ts'

/** A line for each file, and one for all folders that were not searched for the same reason. */
export function skippedLines({ skipped = [] }: FindingsReport): string[] {
  const folders = new Map<string, SkippedFile[]>()
  const lines: string[] = []
  for (const one of skipped) {
    if (isSkippedFolder(one)) {
      const why = `${one.code} ${one.reason}`
      folders.set(why, [...(folders.get(why) ?? []), one])
    } else {
      const template = one.marker === undefined ? '' : `it looks like a template (${one.marker}): `
      const place = one.place === undefined ? one.file : formatPlace(one.place)
      lines.push(`skipped: ${place}: ${template}${one.reason}`)
    }
  }
  return [...lines, ...[...folders.values()].map(notSearched)]
}

function notSearched(folders: readonly SkippedFile[]): string {
  return `not searched: ${shortened(folders.map(({ file }) => `${file}/`))}: ${folderWords(folders)}`
}

function folderWords(folders: readonly SkippedFile[]): string {
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

/** A folder that was not searched, not a file. */
export function isSkippedFolder({ code }: SkippedFile): boolean {
  return code === 'repository' || code === 'dependencies' || code === 'unreadable'
}
