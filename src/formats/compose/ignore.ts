import type { Occurrence } from '../../core/occurrence.ts'

/** `# dock-lock: ignore REASON`, in the line before an image. */
const COMMENT = /^[\t ]*#[\t ]*dock-lock:[\t ]*ignore\b[\t ]*(.*)$/i

/** The occurrence, with `ignore` if the comment stands before it in `text`. */
export function withIgnore(occurrence: Occurrence, text: string): Occurrence {
  const feed = text.lastIndexOf('\n', occurrence.range.start - 1)
  if (feed < 0) return occurrence
  const before = text.slice(text.lastIndexOf('\n', feed - 1) + 1, feed).replace(/\r$/, '')
  const reason = COMMENT.exec(before)?.[1]?.trim()
  if (reason === undefined) return occurrence
  if (reason !== '') return { ...occurrence, ignore: reason }
  const { file, range, place, text: named, role } = occurrence
  return {
    file,
    range,
    place,
    text: named,
    role,
    kind: 'invalid',
    reason: 'the comment before it gives no reason',
    hint: 'write: # dock-lock: ignore REASON',
    comment: true,
  }
}
