/** What `dock-lock` and `dock-lock unpin` do with files, without any I/O, for properties. */
import { noteAdopted } from '../../src/core/adopted.ts'
import { applyEdits } from '../../src/core/edit.ts'
import { gatherImages } from '../../src/core/images.ts'
import type { LockedImage, Lockfile } from '../../src/core/lockfile.ts'
import type { Occurrence } from '../../src/core/occurrence.ts'
import { pinEdits, unpinEdits } from '../../src/core/pin.ts'
import { withReferences } from './locked.ts'

/** Text by name. */
export type Files = Readonly<Record<string, string>>

export type Extract = (file: string, text: string) => readonly Occurrence[]

export interface Locked {
  readonly files: Files
  readonly lockfile: Lockfile
}

/** Locks and pins; `resolve` is the registry. Undefined for what the command refuses: digests that contradict each other. */
export function lockFiles(
  files: Files,
  old: Lockfile,
  extract: Extract,
  resolve: (key: string) => LockedImage,
): Locked | undefined {
  const occurrences = Object.entries(files).flatMap(([file, text]) => extract(file, text))
  const digests = new Map<string, LockedImage>()
  for (const { key, digests: inFiles } of gatherImages(occurrences, old)) {
    if (inFiles.length > 1) return undefined
    const [inFile] = inFiles
    const locked = old.get(key)
    if (inFile !== undefined && inFile !== locked?.digest) digests.set(key, { digest: inFile })
    else digests.set(key, locked ?? resolve(key))
  }
  const lockfile = noteAdopted(occurrences, withReferences(digests), old, () => true)
  return { files: edit(files, extract, pinEdits, lockfile), lockfile }
}

export function unpinFiles({ files, lockfile }: Locked, extract: Extract): Files {
  return edit(files, extract, unpinEdits, lockfile)
}

function edit(files: Files, extract: Extract, edits: typeof pinEdits, lockfile: Lockfile): Files {
  return Object.fromEntries(
    Object.entries(files).map(([file, text]) => [
      file,
      applyEdits(text, edits(extract(file, text), lockfile)),
    ]),
  )
}
