import type { Place } from '../core/place.ts'

/**
 * The places of offsets in `text`: what core/place.ts finds for one offset, for any number of them. Lines end with LF, CRLF or CR.
 */
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
