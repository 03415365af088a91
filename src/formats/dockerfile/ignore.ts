import type { Occurrence } from '../../core/occurrence.ts'
import { type Line, offsetOf } from './lines.ts'

/** `# dock-lock: ignore REASON`, in the line before an instruction. */
const COMMENT = /^[\t ]*#[\t ]*dock-lock:[\t ]*ignore\b[\t ]*(.*)$/i

/** The occurrences, with `ignore` on those whose instruction has the comment before it; without a reason it is one of its own. */
export function withIgnores(
  source: string,
  lines: readonly Line[],
  occurrences: readonly Occurrence[],
): Occurrence[] {
  if (!/dock-lock:/i.test(source)) return [...occurrences]
  const ignored = lines.flatMap(line => {
    const start = offsetOf(line, 0)
    const reason = COMMENT.exec(lineBefore(source, start))?.[1]?.trim()
    return reason === undefined ? [] : [{ start, end: offsetOf(line, line.text.length - 1), reason }]
  })
  return occurrences.map(occurrence => {
    const { start } = occurrence.range
    const by = ignored[lastBefore(ignored, start)]
    if (by === undefined || start > by.end) return occurrence
    return by.reason === '' ? unexplained(occurrence) : { ...occurrence, ignore: by.reason }
  })
}

/** The index of the last stretch that starts at `offset` or before, or -1. */
function lastBefore(stretches: readonly { readonly start: number }[], offset: number): number {
  let low = -1
  let high = stretches.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (stretches[middle]!.start <= offset) low = middle
    else high = middle - 1
  }
  return low
}

const hint = 'write: # dock-lock: ignore REASON'

function unexplained({ file, range, place, text, role }: Occurrence): Occurrence {
  return {
    file,
    range,
    place,
    text,
    role,
    kind: 'invalid',
    reason: 'this comment gives no reason',
    hint,
    comment: true,
  }
}

/** The physical line before the one that `offset` is in, without its end; empty in the first line. */
function lineBefore(source: string, offset: number): string {
  const feed = source.lastIndexOf('\n', offset - 1)
  if (feed < 0) return ''
  return source.slice(source.lastIndexOf('\n', feed - 1) + 1, feed).replace(/\r$/, '')
}
