/** Makes the chosen updates in memory: the files with new tags and digests, and the lockfile from which locking starts. */

import { DockLockError } from '../../core/error.ts'
import { describeChange } from '../../core/image-change.ts'
import type { ImageDescription } from '../../core/image-description.ts'
import { imageKey, type PinMode } from '../../core/images.ts'
import type { Lockfile, ParsedLockfile } from '../../core/lockfile.ts'
import { compareNatural } from '../../core/natural.ts'
import type { UpdateStep } from '../../core/notice.ts'
import type { Occurrence } from '../../core/occurrence.ts'
import { familiarName } from '../../core/reference.ts'
import { contradict } from '../../core/retag.ts'
import { newerTags } from '../../core/tag.ts'
import { type FileMoves, toLocked, updatedLockfile, updateText } from '../../core/update-plan.ts'
import type { UpdatedImage } from '../../core/update-report.ts'
import type { TagTarget, UpdateTarget } from './candidates.ts'
import type { Lookup } from './look-up.ts'
import { occurrencesIn, type Scan, type ScannedSource } from './scan.ts'

/** What is done for one image. */
export interface Choice {
  readonly lookup: Lookup
  readonly rebuild?: UpdateTarget
  readonly move?: TagTarget
}

export interface AppliedUpdates {
  /** With the texts of the files as they will be written. */
  readonly scan: Scan
  readonly lockfile: ParsedLockfile
  readonly updates: readonly UpdatedImage[]
}

export function applyUpdates(
  old: ParsedLockfile,
  scan: Scan,
  choices: readonly Choice[],
  pinMode: PinMode,
): AppliedUpdates {
  const { byFile, images } = combined(choices)
  const entries: Lockfile = new Map([...images].map(([key, { resolution }]) => [key, toLocked(resolution)]))
  const sources = scan.sources.map((source): ScannedSource => {
    const read = (text: string) => occurrencesIn(source, text, scan)
    const moves = byFile.get(source.file) ?? { edits: [], moves: [] }
    const updated = updateText({ ...source, read }, moves, entries, old, pinMode === 'files')
    if (updated === undefined) throw otherImages(source.file)
    const { text, occurrences, places } = updated
    if (text === source.text) return source
    return { ...source, text, occurrences, pending: { onDisk: source.text, places } }
  })
  const moves = [...byFile.values()].flatMap(file => file.moves)
  return {
    scan: { ...scan, sources, occurrences: sources.flatMap(({ occurrences }) => occurrences) },
    lockfile: updatedLockfile(old, entries, moves),
    updates: updatesOf(old, scan, sources, choices, images),
  }
}

/** The changes of all images. One that contradicts an earlier one is left out: both change the same ARG. */
function combined(choices: readonly Choice[]) {
  const byFile = new Map<string, FileMoves>()
  const images = new Map<string, ImageDescription>()
  for (const { lookup, rebuild, move } of choices) {
    if (rebuild !== undefined) images.set(lookup.image.key, rebuild.description)
    if (move === undefined) continue
    const joined = [...move.moves].map(([file, own]): [string, FileMoves] => {
      const before = byFile.get(file)
      if (before === undefined) return [file, own]
      const added = own.moves.filter(({ index }) => before.moves.every(other => other.index !== index))
      return [file, { edits: [...before.edits, ...own.edits], moves: [...before.moves, ...added] }]
    })
    if (joined.some(([, { edits }]) => contradict(edits))) continue
    for (const [file, moves] of joined) byFile.set(file, moves)
    for (const [key, description] of move.images) images.set(key, description)
  }
  return { byFile, images }
}

/** Compares the places before and after. */
function updatesOf(
  old: Lockfile,
  scan: Scan,
  sources: readonly ScannedSource[],
  choices: readonly Choice[],
  images: ReadonlyMap<string, ImageDescription>,
): readonly UpdatedImage[] {
  const lookups = new Map(choices.map(({ lookup }) => [lookup.image.key, lookup]))
  const updates = new Map<string, UpdatedImage>()
  for (const [index, { occurrences }] of scan.sources.entries()) {
    for (const [number, from] of occurrences.entries()) {
      const to: Occurrence | undefined = sources[index]?.occurrences[number]
      if (from.kind !== 'image' || to?.kind !== 'image') continue
      const key = imageKey(from.reference, old)
      const newKey = from.reference.tag === to.reference.tag ? key : imageKey(to.reference, old)
      const description = images.get(newKey)
      const digest = old.get(key)?.digest ?? from.reference.digest
      if (description === undefined) continue
      if (
        key === newKey &&
        digest === description.resolution.descriptor.digest &&
        from.reference.digest === digest
      )
        continue
      const id = `${key} ${newKey}`
      const known = updates.get(id)
      if (known !== undefined) {
        updates.set(id, { ...known, places: [...known.places, from.place] })
        continue
      }
      const [oldTag = 'latest', newTag = 'latest'] = [from.reference.tag, to.reference.tag]
      updates.set(id, {
        key,
        image: familiarName(lookups.get(key)?.image.reference ?? from.reference),
        level: key === newKey ? 'rebuild' : levelOf(oldTag, newTag),
        tag: { old: oldTag, new: newTag },
        newKey,
        change: describeChange(lookups.get(key)?.old, description),
        places: [from.place],
      })
    }
  }
  return [...updates.values()].sort((a, b) => compareNatural(a.key, b.key))
}

function levelOf(from: string, to: string): UpdateStep {
  return newerTags(from, [to])[0]?.level ?? 'major'
}

function otherImages(file: string): DockLockError {
  return new DockLockError('malformed', `${file} would name other images once updated; nothing was written`, {
    hint: 'This is a bug in dock-lock: please report it with the file',
    place: { file, line: 1, column: 1 },
  })
}
