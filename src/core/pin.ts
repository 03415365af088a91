/** Which edits pin a file, and which take the pins out again. */
import type { Edit } from './edit.ts'
import { imageKey } from './images.ts'
import type { Lockfile } from './lockfile.ts'
import type { Occurrence } from './occurrence.ts'

/** Puts the locked digest after every image that can take one. A file that is pinned already needs no edit. */
export function pinEdits(occurrences: readonly Occurrence[], lockfile: Lockfile): readonly Edit[] {
  return occurrences.flatMap(occurrence => {
    if (occurrence.kind !== 'image' || occurrence.pin.kind !== 'here') return []
    const locked = lockfile.get(imageKey(occurrence.reference, lockfile))?.digest
    if (locked === undefined || locked === occurrence.reference.digest) return []
    return [{ range: occurrence.pin.range, text: `@${locked}` }]
  })
}

/**
 * Takes out the digests that pinning put in. Left alone: digests that the file had before (`adopted`), those the lockfile does
 * not know, and references that would mean something else without their digest (no tag, and not locked as `latest`).
 */
export function unpinEdits(occurrences: readonly Occurrence[], lockfile: Lockfile): readonly Edit[] {
  return occurrences.flatMap(occurrence => {
    if (occurrence.kind !== 'image' || occurrence.pin.kind !== 'here') return []
    const { digest } = occurrence.reference
    const key = imageKey(occurrence.reference, lockfile)
    const locked = lockfile.get(key)
    if (digest === undefined || locked?.digest !== digest || key.includes('@')) return []
    return locked.adopted?.includes(occurrence.file) ? [] : [{ range: occurrence.pin.range, text: '' }]
  })
}
