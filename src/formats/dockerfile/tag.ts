/** Where the tag of a reference is written: in the word itself, in defaults of ARGs, or partly in each. */
import type { TagPart } from '../../core/occurrence.ts'
import type { Range } from '../../core/place.ts'
import type { Piece } from './lexing.ts'
import { type Line, offsetOf } from './lines.ts'
import type { Scope } from './scope.ts'
import type { Word } from './words.ts'

/** A stretch of a reference. Without a place, it cannot be changed: it is computed, or given by the build. */
interface Run {
  readonly text: string
  /** The offset in the source of the character at this index; undefined if they are not next to each other. */
  readonly start?: number
  readonly arg?: string
}

/** How many defaults are followed one to the next. */
const MAX_DEPTH = 100

/** The parts of the tag in an expanded word. `offset`: from the word's index to the source. */
export function tagOfPieces(
  pieces: readonly Piece[],
  offset: (index: number) => number,
  scope: Scope,
): readonly TagPart[] | undefined {
  return tagOf(runs(pieces, offset, scope, undefined, 0))
}

/** The tag of a reference that is written in one word. */
export function tagOfWord(line: Line, { text, at }: Word): readonly TagPart[] | undefined {
  const start = contiguous(at.length, index => offsetOf(line, at[index]!))
  return tagOf([{ text, ...(start !== undefined && { start }) }])
}

/** The tag of a reference that is written in the source as it is. */
export function tagOfText(text: string, { start }: Range): readonly TagPart[] | undefined {
  return tagOf([{ text, start }])
}

function runs(
  pieces: readonly Piece[],
  offset: (index: number) => number,
  scope: Scope,
  arg: string | undefined,
  depth: number,
): readonly Run[] {
  return pieces.flatMap((piece): readonly Run[] => {
    const { text } = piece
    if (text === '') return []
    if (piece.kind === 'literal') {
      const start = contiguous(text.length, index => offset(piece.start + index))
      return [{ text, ...(start !== undefined && { start }), ...(arg !== undefined && { arg }) }]
    }
    if (depth > MAX_DEPTH) return [{ text }]
    if (piece.branch !== undefined) {
      const inner = runs(piece.branch, offset, scope, arg, depth + 1)
      return inner.map(({ text }) => text).join('') === text ? inner : [{ text }]
    }
    const { pieces: value, definition } = scope.bindings.get(piece.name) ?? {}
    if (!piece.verbatim || value === undefined || definition?.valueAt === undefined)
      return [{ text, arg: piece.name }]
    const { valueAt, instruction } = definition
    return runs(
      value,
      index => offsetOf(instruction.line, valueAt + index),
      scope,
      definition.name,
      depth + 1,
    )
  })
}

/** The offset of the first character, if the others follow it. Offsets only rise, so the last one decides. */
function contiguous(length: number, offset: (index: number) => number): number | undefined {
  const start = offset(0)
  return offset(length - 1) === start + length - 1 ? start : undefined
}

/** The part of the runs between the colon of the tag and the digest. */
function tagOf(all: readonly Run[]): readonly TagPart[] | undefined {
  const text = all.map(run => run.text).join('')
  const at = text.indexOf('@')
  const end = at < 0 ? text.length : at
  const colon = text.slice(0, end).indexOf(':', text.lastIndexOf('/', end) + 1)
  if (colon < 0) return undefined
  const parts: TagPart[] = []
  let position = 0
  for (const run of all) {
    const from = Math.max(colon + 1 - position, 0)
    const to = Math.min(end - position, run.text.length)
    position += run.text.length
    if (from >= to) continue
    const { start, arg } = run
    parts.push({
      text: run.text.slice(from, to),
      ...(start !== undefined && { range: { start: start + from, end: start + to } }),
      ...(arg !== undefined && { arg }),
    })
  }
  return parts
}
