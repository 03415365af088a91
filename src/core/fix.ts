/** The edits that resolve findings, by line and column. */
import type { Finding } from './finding.ts'
import type { Occurrence } from './occurrence.ts'
import { type Place, placeFinder } from './place.ts'

/** A file, and the images that it names. */
export interface FileOccurrences {
  readonly file: string
  readonly text: string
  readonly occurrences: readonly Occurrence[]
}

/** Adds to each finding whose place lacks the locked digest the edit that writes it there. */
export function withFixes(
  findings: readonly Finding[],
  files: readonly FileOccurrences[],
): readonly Finding[] {
  const places = new Map<FileOccurrences, (offset: number) => Place>()
  return findings.map(finding => {
    if (finding.code !== 'unpinned' && finding.code !== 'mismatch') return finding
    const { file, line, column } = finding.place
    const source = files.find(one => one.file === file)
    const pin = source?.occurrences
      .flatMap(one => (one.kind === 'image' && isAt(one.place, line, column) ? [one.pin] : []))
      .find(one => one.kind === 'here')
    if (source === undefined || pin?.kind !== 'here') return finding
    const at = places.get(source) ?? placeFinder(file, source.text)
    places.set(source, at)
    const digest = finding.code === 'unpinned' ? finding.digest : finding.locked
    const { start, end } = pin.range
    return { ...finding, fix: { start: at(start), end: at(end), text: `@${digest}` } }
  })
}

function isAt(place: Place, line: number, column: number): boolean {
  return place.line === line && place.column === column
}
