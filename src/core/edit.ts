import type { Place, Range } from './place.ts'

/** Replace `range` with `text`. */
export interface Edit {
  readonly range: Range
  readonly text: string
}

/** The same by line and column, as editors and reports have it. */
export interface Fix {
  readonly start: Place
  /** Exclusive. */
  readonly end: Place
  readonly text: string
}

/**
 * `source` with the edits applied, given in any order. Equal edits count once.
 * @throws RangeError if two different edits overlap or one is out of range: a bug in a format, never a user's mistake.
 */
export function applyEdits(source: string, edits: readonly Edit[]): string {
  const sorted = [...edits].sort((a, b) => a.range.start - b.range.start || a.range.end - b.range.end)
  let result = ''
  let position = 0
  let previous: Edit | undefined
  for (const edit of sorted) {
    const { start, end } = edit.range
    if (previous?.range.start === start && previous.range.end === end) {
      if (previous.text === edit.text) continue
      throw new RangeError(`two edits for ${start}–${end}`)
    }
    if (start < position || end < start || end > source.length)
      throw new RangeError(`edit ${start}–${end} does not fit`)
    result += source.slice(position, start) + edit.text
    position = end
    previous = edit
  }
  return result + source.slice(position)
}
