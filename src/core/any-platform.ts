import { DockLockError } from './error.ts'
import { gatherImages, type Image } from './images.ts'
import { LOCKFILE_NAME, type Lockfile } from './lockfile.ts'
import type { ImageOccurrence, Occurrence } from './occurrence.ts'
import { distinctPlatforms, type Platform } from './platform.ts'

/** An official image has a dozen. Windows adds one for each of its versions. */
const MAX_PLATFORMS = 256

/**
 * The images if the engine is unknown. If a name depends on its platform, such as by `$TARGETARCH`, accept an image locked for any platform
 * in the lockfile. An image that is used on one of them is not an orphan.
 * @param here the images on this machine's platform
 * @param extract the occurrences on an engine of that platform
 */
export function imagesOnAnyPlatform(
  here: readonly Image[],
  locked: Lockfile,
  extract: (platform: Platform) => readonly Occurrence[],
): readonly Image[] {
  const known = lockedPlatforms(locked)
    .flatMap(platform => gatherImages(extract(platform), locked))
    .filter(({ key }) => locked.has(key))
  const placed = new Set(known.flatMap(({ occurrences }) => occurrences.map(placeOf)))
  const rest = here.flatMap(image => {
    const occurrences = image.occurrences.filter(one => locked.has(image.key) || !placed.has(placeOf(one)))
    return occurrences.length === 0 ? [] : [{ ...image, occurrences }]
  })
  const keys = new Set(rest.map(({ key }) => key))
  const others = new Map(known.flatMap(image => (keys.has(image.key) ? [] : [[image.key, image]])))
  return [...rest, ...others.values()]
}

/** @throws DockLockError `malformed` if there are too many: the files are extracted once for each */
function lockedPlatforms(locked: Lockfile): readonly Platform[] {
  const platforms = distinctPlatforms(
    [...locked.values()].flatMap(image => (image.platforms ?? []).map(({ platform }) => platform)),
  )
  if (platforms.length <= MAX_PLATFORMS) return platforms
  throw new DockLockError(
    'malformed',
    `the images are locked for more than ${MAX_PLATFORMS} different platforms`,
    {
      place: { file: LOCKFILE_NAME, line: 1, column: 1 },
      hint: 'Remove entries that no build needs, or delete the lockfile and run dock-lock',
    },
  )
}

function placeOf({ place }: ImageOccurrence): string {
  return JSON.stringify(place)
}
