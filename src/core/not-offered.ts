/** The platforms of builds that images lack on any engine, for a check without one. Pure. */
import { isIndex } from './descriptor.ts'
import type { Finding } from './finding.ts'
import { type Image, mayBeAbsent, newDigests } from './images.ts'
import type { ParsedLockfile } from './lockfile.ts'
import type { ImageOccurrence } from './occurrence.ts'
import type { Place } from './place.ts'
import type { Platform } from './platform.ts'
import { isStarted, wantedImages } from './wanted-images.ts'

type NotOffered = Extract<Finding, { readonly code: 'not-offered' }>

/**
 * What is not offered whichever engine builds. A platform that only one engine asks for, as with `--platform=$BUILDPLATFORM`, is not
 * known here.
 * @param onEngines the images of the files, as read for engines of different platforms
 * @param platforms the target platforms of builds; empty: the engine's own
 */
export function notOfferedAnywhere(
  lockfile: ParsedLockfile,
  onEngines: readonly (readonly Image[])[],
  platforms: readonly Platform[],
): readonly NotOffered[] {
  const [first = [], ...others] = onEngines.map(images => notOffered(lockfile, images, platforms))
  return first.flatMap(one => {
    const places = one.places.filter(place =>
      others.every(found => found.some(other => isSame(one, place, other))),
    )
    return places.length === 0 ? [] : [{ ...one, places }]
  })
}

function isSame({ key, platform }: NotOffered, { file, line, column }: Place, other: NotOffered): boolean {
  return (
    key === other.key &&
    platform === other.platform &&
    other.places.some(one => one.file === file && one.line === line && one.column === column)
  )
}

function notOffered(
  lockfile: ParsedLockfile,
  images: readonly Image[],
  platforms: readonly Platform[],
): readonly NotOffered[] {
  const known = images.flatMap(image => {
    const { mediaType = '' } = lockfile.get(image.key) ?? {}
    // BuildKit uses a manifest without an index for every platform. Another digest has other platforms.
    if (!isIndex(mediaType) || newDigests(image, lockfile).length > 0) return []
    const occurrences = image.occurrences.filter(isBuilt)
    return occurrences.length === 0 ? [] : [{ ...image, occurrences }]
  })
  const { findings } = wantedImages(lockfile, known, known, undefined, {
    platforms,
    namedOnly: true,
    isByTag: () => false,
    except: new Set(),
  })
  return findings.filter(finding => finding.code === 'not-offered')
}

/** The target platforms are those of builds. A service has its own. */
function isBuilt(occurrence: ImageOccurrence): boolean {
  return !mayBeAbsent(occurrence) && (occurrence.platform !== undefined || !isStarted(occurrence))
}
