/** Discovered files that BuildKit would reject. */
import { readConflicts } from '../../core/conflict-markers.ts'
import { DockLockError } from '../../core/error.ts'
import type { Finding } from '../../core/finding.ts'
import type { SkippedFile } from '../../core/report-parts.ts'

/** Markers of Jinja and Go templates, ERB and EJS, and of configure scripts. */
const TEMPLATE = /\{\{|\{%|<%|%%\w+%%|(?<!\w)@[A-Za-z_]\w*@/

/** A file that is skipped because BuildKit would reject it; the reason is the first of `refusals`. */
export function refusedFile(file: string, text: string, refusals: readonly Finding[]): SkippedFile {
  const [first] = refusals
  const reason = first?.code === 'malformed' ? first.reason : 'BuildKit would refuse it'
  const common = { file, ...(first !== undefined && 'place' in first && { place: first.place }) }
  const marker = TEMPLATE.exec(text)?.[0]
  return marker === undefined
    ? { ...common, code: 'malformed', reason }
    : { ...common, code: 'template', marker, reason }
}

export type MalformedFinding = Extract<Finding, { readonly code: 'malformed' }>

/** A malformed file that has merge conflicts. */
export function conflictedFile(file: string, text: string): MalformedFinding | undefined {
  const read = readConflicts(text)
  if (read.kind !== 'conflicts') return undefined
  const error = new DockLockError('malformed', 'the file has merge conflicts', {
    place: { file, line: read.conflicts.line, column: 1 },
    hint: 'Resolve them first, then run dock-lock again',
  })
  return malformedFile(file, error)
}

/** Problems that make the whole file unusable. */
export function malformedFile(file: string, { message, hint, place }: DockLockError): MalformedFinding {
  return {
    code: 'malformed',
    place: place ?? { file, line: 1, column: 1 },
    text: '',
    reason: message,
    ...(hint !== undefined && { hint }),
  }
}
