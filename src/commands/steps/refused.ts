/** Discovered files that BuildKit would reject. */
import { readConflicts } from '../../core/conflict-markers.ts'
import { DockLockError } from '../../core/error.ts'
import type { Finding, MalformedFinding } from '../../core/finding.ts'
import type { SkippedFile } from '../../core/report-parts.ts'
import type { Options } from '../command.ts'

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

/** Whether a file given on the command line must be a Dockerfile, or may be skipped like a discovered one. */
export type Named = 'required' | 'optional'

/** Divides files that BuildKit would reject into errors and skipped files. `skippedFindings`: why the latter are rejected. */
export function createRefusals(
  { explicit }: { readonly explicit: ReadonlySet<string> },
  { strict }: Options,
  named: Named,
) {
  const findings: Finding[] = []
  const skippedFindings: Finding[] = []
  const skipped: SkippedFile[] = []
  return {
    findings: findings as readonly Finding[],
    skippedFindings: skippedFindings as readonly Finding[],
    skipped: skipped as readonly SkippedFile[],
    add(file: string, text: string, reasons: readonly MalformedFinding[]): void {
      const [first] = reasons
      if (first === undefined) return
      const skip = refusedFile(file, text, first)
      if (named === 'required' && explicit.has(file)) {
        findings.push(...reasons)
        return
      }
      if (strict) {
        findings.push(...reasons.map(reason => withTemplateHint(reason, skip)))
        return
      }
      skipped.push(skip)
      if (skip.code === 'malformed') skippedFindings.push(...reasons)
    },
  }
}

/** Nobody should fix a template until BuildKit can build it. */
function withTemplateHint(reason: MalformedFinding, skip: SkippedFile): Finding {
  if (skip.code !== 'template') return reason
  return {
    ...reason,
    hint: `it looks like a template (${skip.marker}): to leave it out, use files: exclude: in .dock-lock.yaml`,
  }
}
