import { gatherImages, type Image } from '../../core/images.ts'
import type { Lockfile } from '../../core/lockfile.ts'
import { type WantedOptions, wantedImages } from '../../core/wanted-images.ts'
import { occurrencesOn, type Scan } from './scan.ts'
import type { WantedOf } from './store.ts'

/**
 * What builds of the scanned files want of the locked images, by the platform of the engine; without files, all of them.
 * @param images those of `scan.occurrences`
 */
export function wantedBy(
  lockfile: Lockfile,
  scan: Scan | undefined,
  images: readonly Image[],
  options: WantedOptions,
): WantedOf {
  return platform => {
    const occurrences = scan === undefined ? [] : occurrencesOn(scan, platform)
    const here = occurrences === scan?.occurrences ? images : gatherImages(occurrences, lockfile)
    return wantedImages(lockfile, images, here, platform, options)
  }
}
