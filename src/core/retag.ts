/** Changes the tag of an image in one file, and finds out what else the change affects. Pure. */
import { applyEdits, type Edit } from './edit.ts'
import type { ImageOccurrence, Occurrence } from './occurrence.ts'
import { repositoryName } from './reference.ts'
import { tagEdits } from './tag-edits.ts'

export interface RetagSource {
  readonly text: string
  readonly occurrences: readonly Occurrence[]
  /** The occurrences of another text of the file. */
  readonly read: (text: string) => readonly Occurrence[]
}

/** One place that names another image after the change. */
export interface Move {
  /** Its number among the occurrences of the file. */
  readonly index: number
  readonly from: ImageOccurrence
  readonly to: ImageOccurrence
}

export type Retagged =
  | {
      readonly ok: true
      readonly edits: readonly Edit[]
      /** Places of the image itself, and of others that share an ARG with it. */
      readonly moves: readonly Move[]
      /** Places that keep their tag, because it is not in the file. */
      readonly kept: readonly ImageOccurrence[]
    }
  /** The file would not name the same images otherwise. */
  | { readonly ok: false; readonly kept: readonly ImageOccurrence[] }

/** The changes that give `tag` to the places for which `isMeant` is true. */
export function retag(
  { text, occurrences, read }: RetagSource,
  isMeant: (occurrence: ImageOccurrence) => boolean,
  tag: string,
): Retagged {
  const edits: Edit[] = []
  const kept: ImageOccurrence[] = []
  const meant = occurrences.filter((one): one is ImageOccurrence => one.kind === 'image' && isMeant(one))
  for (const occurrence of meant) {
    const own = occurrence.tag === undefined ? undefined : tagEdits(occurrence.tag, tag)
    if (own === undefined) kept.push(occurrence)
    else edits.push(...own)
  }
  if (edits.length === 0) return { ok: true, edits, moves: [], kept }
  if (contradict(edits)) return { ok: false, kept: meant }
  const after = read(applyEdits(text, edits))
  if (after.length !== occurrences.length) return { ok: false, kept: meant }
  const moves: Move[] = []
  for (const [index, from] of occurrences.entries()) {
    const to = after[index] as Occurrence
    if (from.kind !== 'image' || to.kind !== 'image') {
      if (from.kind !== to.kind) return { ok: false, kept: meant }
      continue
    }
    if (repositoryName(from.reference) !== repositoryName(to.reference)) return { ok: false, kept: meant }
    if (from.reference.tag === to.reference.tag) continue
    if (isMeant(from) && to.reference.tag !== tag) return { ok: false, kept: meant }
    moves.push({ index, from, to })
  }
  return { ok: true, edits, moves, kept: kept.filter(one => !moves.some(({ from }) => from === one)) }
}

/** Whether two edits write different texts into one range, or ranges overlap. */
export function contradict(edits: readonly Edit[]): boolean {
  const sorted = [...edits].sort((a, b) => a.range.start - b.range.start || a.range.end - b.range.end)
  return sorted.some((edit, index) => {
    const next = sorted[index + 1]
    if (next === undefined || next.range.start >= edit.range.end) return false
    return (
      next.range.start !== edit.range.start || next.range.end !== edit.range.end || next.text !== edit.text
    )
  })
}
