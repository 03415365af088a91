/** A range of a file's text. Offsets are UTF-16 code units from the start of the decoded text, including a byte order mark. */
export interface Range {
  readonly start: number
  /** Exclusive. */
  readonly end: number
}

/** A position for display: `file:line:column`. */
export interface Place {
  /** As given or discovered, relative to the working directory. */
  readonly file: string
  /** From 1. */
  readonly line: number
  /** From 1, in UTF-16 code units; a byte order mark does not count. */
  readonly column: number
}

/** The place of `offset` in `text`. Lines end with LF, CRLF or CR. */
export function placeAt(file: string, text: string, offset: number): Place {
  const before = text.slice(text.charCodeAt(0) === 0xfeff ? 1 : 0, offset)
  const lines = before.split(/\r\n|\n|\r/)
  return { file, line: lines.length, column: (lines.at(-1) ?? '').length + 1 }
}

/** Like `placeAt` for many offsets: the lines are found once. */
export function placeFinder(file: string, text: string): (offset: number) => Place {
  const first = text.charCodeAt(0) === 0xfeff ? 1 : 0
  let starts: number[] | undefined
  return offset => {
    starts ??= lineStarts(text, first)
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (starts[middle]! <= offset) low = middle
      else high = middle - 1
    }
    return { file, line: low + 1, column: Math.max(offset - starts[low]!, 0) + 1 }
  }
}

function lineStarts(text: string, first: number): number[] {
  const starts = [first]
  const end = /\r\n?|\n/g
  while (end.exec(text) !== null) starts.push(end.lastIndex)
  return starts
}
