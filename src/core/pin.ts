/** The edits that pin a file, and those that remove the pins. */
import { adoptedPlaces } from './adopted.ts'
import type { Edit } from './edit.ts'
import { gatherImages, imageKey } from './images.ts'
import type { Lockfile } from './lockfile.ts'
import type { Occurrence } from './occurrence.ts'

/** Adds the locked digest to every image that can take one. A pinned file needs no edit. */
export function pinEdits(occurrences: readonly Occurrence[], lockfile: Lockfile): readonly Edit[] {
  return occurrences.flatMap(occurrence => {
    if (occurrence.kind !== 'image' || occurrence.pin.kind !== 'here') return []
    const locked = lockfile.get(imageKey(occurrence.reference, lockfile))?.digest
    if (locked === undefined || locked === occurrence.reference.digest) return []
    return [{ range: occurrence.pin.range, text: `@${locked}` }]
  })
}

/**
 * Removes the digests that pinning added. It keeps digests that the files had before (see adopted.ts), those that the lockfile does
 * not know, and references that would change their meaning without a digest (no tag, and not locked as `latest`).
 */
export function unpinEdits(occurrences: readonly Occurrence[], lockfile: Lockfile): readonly Edit[] {
  return gatherImages(occurrences, lockfile).flatMap(image => {
    const locked = lockfile.get(image.key)
    if (locked === undefined || image.key.includes('@')) return []
    const isAdopted = adoptedPlaces(image.occurrences, locked.adopted)
    return image.occurrences.flatMap(occurrence => {
      const { pin, reference } = occurrence
      if (pin.kind !== 'here' || reference.digest !== locked.digest || isAdopted(occurrence)) return []
      return [{ range: pin.range, text: '' }]
    })
  })
}
