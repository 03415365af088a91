import { gatherImages, type Image } from '../../core/images.ts'
import type { ParsedLockfile } from '../../core/lockfile.ts'
import { type WantedOptions, wantedImages } from '../../core/wanted-images.ts'
import { occurrencesOn, type Scan } from './scan.ts'
import type { WantedOf } from './store.ts'

/**
 * The locked images that builds of the scanned files need, by the platform of the engine. Without files, all locked images.
 * @param images from `scan.occurrences`
 */
export function wantedBy(
  lockfile: ParsedLockfile,
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
