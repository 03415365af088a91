/**
 * Which digests were in a file before dock-lock wrote any. They belong to the file, and unpinning keeps them. The lockfile
 * lists the file under each image. If dock-lock has pinned other places of the image in that file, the entry has the numbers:
 *
 *     app/Dockerfile          every place of the image in the file
 *     web/Dockerfile#1,3/4    the first and the third of four
 *
 * Numbers survive most edits of a file; offsets and lines would not.
 */
import { gatherImages, imageKey } from './images.ts'
import type { Lockfile, ParsedLockfile } from './lockfile.ts'
import type { ImageOccurrence, Occurrence } from './occurrence.ts'

/** The place of an image's digest in a file, by its offset. Several occurrences may share it. */
interface AdoptedPlace {
  readonly start: number
  readonly hasDigest: boolean
}

/**
 * `lockfile` with an entry for each digest that belongs to a file.
 * @param occurrences of the files that were read, before anything is pinned
 * @param previous the lockfile before this run. All digests of an image that is new to it belong to the files. So does one without
 *   a tag that turns out to be the digest of `latest`; its key is that of `latest` from then on
 * @param isRead whether a file was read, or no longer exists. Entries of other files are kept
 */
export function noteAdopted(
  occurrences: readonly Occurrence[],
  lockfile: ParsedLockfile,
  previous: Lockfile,
  isRead: (file: string) => boolean,
): ParsedLockfile {
  const noted = new Map([...lockfile].filter(([key, { reference }]) => imageKey(reference, lockfile) === key))
  for (const { key, occurrences: ofImage } of gatherImages(occurrences, lockfile)) {
    const image = lockfile.get(key)
    if (image === undefined || key.includes('@')) continue
    const before = previous.get(key)
    const isOwn = ({ reference }: ImageOccurrence) =>
      reference.digest !== undefined && (before === undefined || imageKey(reference, previous).includes('@'))
    const notes = readNotes(before?.adopted)
    const adopted = [
      ...[...notes].flatMap(([file, { text }]) => (isRead(file) ? [] : [text])),
      ...[...byFile(ofImage)].flatMap(([file, inFile]) => noteOf(file, inFile, notes.get(file), isOwn) ?? []),
    ]
    const { adopted: _, ...rest } = image
    noted.set(key, { ...rest, ...(adopted.length > 0 && { adopted }) })
  }
  return noted
}

/** The entry for a file, if any. */
function noteOf(
  file: string,
  occurrences: readonly ImageOccurrence[],
  note: Note | undefined,
  isOwn: (occurrence: ImageOccurrence) => boolean,
): string | undefined {
  const places = placesOf(occurrences)
  const own = ownPlaces(places, note)
  for (const occurrence of occurrences) {
    if (occurrence.pin.kind === 'here' && isOwn(occurrence)) own.add(occurrence.pin.range.start)
  }
  const numbers = places.flatMap(({ start }, index) => (own.has(start) ? [index + 1] : []))
  if (numbers.length === 0) return undefined
  const isAll = numbers.length === places.length && !NUMBERS.test(file)
  return isAll ? file : `${file}#${numbers.join(',')}/${places.length}`
}

/** The digests of one image that belong to the file, as the starts of their pins' ranges. */
export function adoptedPlaces(
  occurrences: readonly ImageOccurrence[],
  adopted: readonly string[] | undefined,
): (occurrence: ImageOccurrence) => boolean {
  const notes = readNotes(adopted)
  const own = new Map<string, ReadonlySet<number>>()
  for (const [file, inFile] of byFile(occurrences)) {
    own.set(file, ownPlaces(placesOf(inFile), notes.get(file)))
  }
  return ({ file, pin }) => pin.kind === 'here' && own.get(file)?.has(pin.range.start) === true
}

function ownPlaces(places: readonly AdoptedPlace[], note: Note | undefined): Set<number> {
  const withDigest = places.filter(({ hasDigest }) => hasDigest)
  const starts = new Set<number>()
  if (note === undefined) return starts
  const { numbers, total } = note
  // If the count fits, match by position. Otherwise places without a digest were added, or our digests were removed. If that does
  // not explain it, keep every digest: one too many is better than one too few.
  const counted = [places, withDigest].find(({ length }) => length === total)
  for (const [index, { start, hasDigest }] of (counted ?? withDigest).entries()) {
    if (hasDigest && (counted === undefined || numbers.has(index + 1))) starts.add(start)
  }
  return starts
}

/** In file order. */
function placesOf(occurrences: readonly ImageOccurrence[]): readonly AdoptedPlace[] {
  const places = new Map<number, AdoptedPlace>()
  for (const { pin, reference } of occurrences) {
    if (pin.kind !== 'here') continue
    const { start } = pin.range
    places.set(start, { start, hasDigest: reference.digest !== undefined })
  }
  return [...places.values()].sort((a, b) => a.start - b.start)
}

interface Note {
  readonly text: string
  /** Without a total, it means all places. */
  readonly numbers: ReadonlySet<number>
  readonly total?: number
}

const NUMBERS = /#(\d+(?:,\d+)*)\/(\d+)$/

/**
 * Merges the entries of two versions of one image. What only one of them changed, counts; where they contradict each other, as many
 * places as either has.
 */
export function mergeNotes(
  ours: readonly string[] | undefined,
  theirs: readonly string[] | undefined,
  base: readonly string[] | undefined,
): readonly string[] {
  const [our, their, before] = [readNotes(ours), readNotes(theirs), readNotes(base)]
  return [...new Set([...our.keys(), ...their.keys()])].flatMap(file => {
    const [a, b, old] = [our.get(file), their.get(file), before.get(file)]
    if (a?.text === old?.text) return b?.text ?? []
    if (b?.text === old?.text || b === undefined) return a?.text ?? []
    if (a === undefined || a.text === b.text) return b.text
    if (a.total === undefined || a.total !== b.total) return file
    const numbers = [...new Set([...a.numbers, ...b.numbers])].sort((one, other) => one - other)
    return `${file}#${numbers.join(',')}/${a.total}`
  })
}

/** By file. */
function readNotes(adopted: readonly string[] = []): ReadonlyMap<string, Note> {
  return new Map(
    adopted.map((text): [string, Note] => {
      const match = NUMBERS.exec(text)
      if (match === null) return [text, { text, numbers: new Set() }]
      const [, numbers = '', total] = match
      const note = { text, numbers: new Set(numbers.split(',').map(Number)), total: Number(total) }
      return [text.slice(0, match.index), note]
    }),
  )
}

function byFile(occurrences: readonly ImageOccurrence[]): ReadonlyMap<string, readonly ImageOccurrence[]> {
  const files = new Map<string, ImageOccurrence[]>()
  for (const occurrence of occurrences) {
    const inFile = files.get(occurrence.file)
    if (inFile === undefined) files.set(occurrence.file, [occurrence])
    else inFile.push(occurrence)
  }
  return files
}
