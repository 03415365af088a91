/** Files that were discovered by their name, and that BuildKit would not build. */
import type { DockLockError } from '../../core/error.ts'
import type { Finding } from '../../core/finding.ts'
import type { SkippedFile } from '../../core/report.ts'

/** Marks of Jinja and Go templates, ERB and EJS, and of configure scripts. */
const TEMPLATE = /\{\{|\{%|<%|%%\w+%%|(?<!\w)@[A-Za-z_]\w*@/

/** A file that is skipped for what BuildKit would say about it: the first of `refusals`. */
export function refusedFile(file: string, text: string, refusals: readonly Finding[]): SkippedFile {
  const [first] = refusals
  const reason = first?.code === 'malformed' ? first.reason : 'BuildKit would refuse it'
  const common = { file, ...(first !== undefined && 'place' in first && { place: first.place }) }
  const mark = TEMPLATE.exec(text)?.[0]
  return mark === undefined
    ? { ...common, code: 'malformed', reason }
    : { ...common, code: 'template', reason: `it looks like a template (${mark}): ${reason}` }
}

/** What makes all of a file useless. */
export function malformedFile(file: string, { message, hint, place }: DockLockError): Finding {
  return {
    code: 'malformed',
    place: place ?? { file, line: 1, column: 1 },
    text: '',
    reason: message,
    ...(hint !== undefined && { hint }),
  }
}
