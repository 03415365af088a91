/** Discovered files that BuildKit would reject. */
import { readConflicts } from '../../core/conflict-markers.ts'
import { DockLockError } from '../../core/error.ts'
import type { MalformedFinding } from '../../core/finding.ts'
import type { SkippedFile } from '../../core/report-parts.ts'

type RefusedFile = Extract<SkippedFile, { readonly code: 'malformed' | 'template' }>

/** Markers of Jinja and Go templates, ERB and EJS, and of configure scripts. */
const TEMPLATE = /\{\{|\{%|<%|%%\w+%%|(?<!\w)@[A-Za-z_]\w*@/

/** A file that is skipped because BuildKit would reject it for this reason. */
export function refusedFile(file: string, text: string, { reason, place }: MalformedFinding): RefusedFile {
  const common = { file, place }
  const marker = TEMPLATE.exec(text)?.[0]
  return marker === undefined
    ? { ...common, code: 'malformed', reason }
    : { ...common, code: 'template', marker, reason }
}

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
