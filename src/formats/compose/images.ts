/** Images that a Compose file names itself, and inline Dockerfiles, with the places where they are written. */
import type { InlineDockerfile } from '../../core/build.ts'
import type { Occurrence, Pin, Role, TagPart, UnpinnableReason } from '../../core/occurrence.ts'
import type { Place, Range } from '../../core/place.ts'
import type { Platform } from '../../core/platform.ts'
import { parseReference } from '../../core/reference.ts'
import { withoutUserinfo } from '../../core/userinfo.ts'
import type { Branch, Segment, TextNode } from './node.ts'

/** One character of a text. */
interface Character {
  readonly piece: Segment
  /** The offset in the file; -1 if it is not written there as it is. */
  readonly at: number
  /** The offset after it in the file; -1 if it is not written there. */
  readonly end: number
}

/** Far longer than any reference. */
const REFERENCE_MAX = 4096

export type PlaceOf = (file: string, offset: number) => Place

/** The image that a text names. @param isShared whether the text is also used for something else, by an alias */
export function imageOccurrence(
  node: TextNode,
  role: Role,
  platform: Platform | undefined,
  isShared: boolean,
  placeOf: PlaceOf,
): Occurrence {
  const { file, value: text, pieces } = node
  const isTooLong = text.length > REFERENCE_MAX
  const characters = isTooLong ? [] : charactersOf(node)
  const range = rangeOf(node, characters)
  const common = {
    file,
    range,
    place: placeOf(file, range.start),
    text: withoutUserinfo(node.written ?? text).slice(0, 300),
    role,
    ...(platform !== undefined && { platform }),
  }
  const unset = pieces.flatMap(({ variable }) => (variable?.isSet === false ? [variable.name] : []))
  if (unset.length > 0) {
    const names = [...new Set(unset)]
    return { ...common, kind: 'variable', names, reason: `${names.join(', ')} is not set` }
  }
  if (isTooLong)
    return { ...common, kind: 'invalid', reason: `it is longer than ${REFERENCE_MAX} characters` }
  const parsed = parseReference(text)
  if (!parsed.ok) return { ...common, kind: 'invalid', reason: parsed.problem.message }
  const tag = tagParts(text, characters)
  return {
    ...common,
    kind: 'image',
    reference: parsed.reference,
    pin: isShared ? never('anchor-shared', characters) : pinOf(text, characters),
    ...(tag !== undefined && { tag }),
  }
}

function charactersOf({ pieces, scalar }: TextNode): readonly Character[] {
  const offsets = scalar.offsets()
  return pieces.flatMap(piece =>
    Array.from({ length: piece.text.length }, (_, index) => ({
      piece,
      at: piece.from === undefined ? -1 : (offsets?.starts[piece.from + index] ?? -1),
      end: piece.from === undefined ? -1 : (offsets?.ends[piece.from + index] ?? -1),
    })),
  )
}

/** The text in the file. If it comes from elsewhere, the scalar that asks for it. */
function rangeOf({ offset, scalar }: TextNode, characters: readonly Character[]): Range {
  const first = characters[0]?.at ?? -1
  const last = characters.at(-1)?.at ?? -1
  return first >= 0 && last >= first ? { start: first, end: last + 1 } : { start: offset, end: scalar.end }
}

/** The digest goes after the last character, or over the digest that is written there. */
function pinOf(text: string, characters: readonly Character[]): Pin {
  const last = characters.at(-1)
  const blocking = blockingName(characters)
  if (blocking !== undefined) {
    const isWhole = characters.every(({ piece }) => piece === last?.piece)
    const isEnd = last?.piece.variable !== undefined
    return never(isWhole || isEnd ? 'variable-given' : 'variable-in-middle', characters, blocking)
  }
  const at = text.indexOf('@')
  const digest = at < 0 ? [] : characters.slice(at)
  if (last === undefined || last.end < 0) return never('not-written', characters)
  if (at < 0) return { kind: 'here', range: { start: last.end, end: last.end } }
  const start = digest[0]?.at ?? -1
  const isInOnePiece = start >= 0 && last.end - start === digest.length
  const isInOneBranch = digest.every(({ piece }) => piece.branch === last.piece.branch)
  if (!isInOnePiece || !isInOneBranch) return never('not-written', characters)
  return { kind: 'here', range: { start, end: last.end } }
}

/** A variable that can change the characters before the last one, so that a digest would be that of another image. */
function blockingName(characters: readonly Character[]): string | undefined {
  const last = characters.at(-1)
  const around = new Set<Branch | undefined>([undefined])
  for (let branch = last?.piece.branch; branch !== undefined; branch = branch.within) around.add(branch)
  for (const { piece } of characters) {
    if (piece.variable !== undefined) return piece.variable.name
    if (!around.has(piece.branch)) return piece.branch?.name
  }
  return undefined
}

function never(reason: UnpinnableReason, characters: readonly Character[], name?: string): Pin {
  const names = characters.flatMap(({ piece }) => piece.variable?.name ?? piece.branch?.name ?? [])
  return { kind: 'never', reason, names: name === undefined ? [...new Set(names)] : [name] }
}

/** The tag, in parts that are written next to each other and belong to the same variable. */
function tagParts(text: string, characters: readonly Character[]): readonly TagPart[] | undefined {
  const at = text.indexOf('@')
  const end = at < 0 ? text.length : at
  const colon = text.slice(0, end).indexOf(':', text.lastIndexOf('/', end) + 1)
  if (colon < 0) return undefined
  const parts: { text: string; start: number; arg: string | undefined; last: number }[] = []
  for (let index = colon + 1; index < end; index++) {
    const { piece, at: offset } = characters[index] as Character
    const arg = piece.variable?.name ?? piece.branch?.name
    const part = parts.at(-1)
    const follows = offset >= 0 ? offset === (part?.last ?? -2) + 1 : part?.start === -1
    if (part !== undefined && part.arg === arg && follows) {
      part.text += text[index]
      part.last = offset
    } else parts.push({ text: text[index] as string, start: offset, last: offset, arg })
  }
  return parts.map(part => ({
    text: part.text,
    ...(part.start >= 0 && { range: { start: part.start, end: part.last + 1 } }),
    ...(part.arg !== undefined && { arg: part.arg }),
  }))
}

/** The Dockerfile that a text is. @param isShared as in `imageOccurrence` */
export function inlineDockerfile(node: TextNode, isShared: boolean, placeOf: PlaceOf): InlineDockerfile {
  const { file, offset, value: text } = node
  let read: readonly Character[] | undefined
  const characters = () => {
    read ??= charactersOf(node)
    return read
  }
  return {
    text,
    origin: { file, line: placeOf(file, offset).line },
    rangeOf({ start, end }) {
      const all = characters()
      const before = all[start - 1]
      const first = start === end ? (before?.end ?? -1) : (all[start]?.at ?? -1)
      const last = start === end ? first : (all[end - 1]?.end ?? -1)
      if (isShared || first < 0 || last - first !== end - start) return undefined
      // The word that ends there: a variable of Compose in it may make it another image.
      let from = start
      while (from > 0 && !/[\s=]/.test(text[from - 1] as string)) from--
      return blockingName(all.slice(from, Math.max(end, from + 1))) === undefined
        ? { start: first, end: last }
        : undefined
    },
    near(index) {
      const all = characters()
      for (let at = Math.min(index, all.length - 1); at >= 0; at--) {
        const written = all[at]?.at ?? -1
        if (written >= 0) return at === index ? written : written + 1
      }
      return offset
    },
  }
}
