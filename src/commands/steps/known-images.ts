import { imagesOnAnyPlatform } from '../../core/any-platform.ts'
import { namedImages } from '../../core/compare.ts'
import { ignoredImage } from '../../core/ignore.ts'
import { type IgnoredOccurrence, type KnownImage, knownImages } from '../../core/image-uses.ts'
import type { ParsedLockfile } from '../../core/lockfile.ts'
import type { ImageOccurrence } from '../../core/occurrence.ts'
import { occurrencesOn, type Scan } from './scan.ts'

/** The images of files and lockfile. A locked image may have its places on another platform, as in `FROM base-$TARGETARCH`. */
export function allImages(scan: Scan, locked: ParsedLockfile): readonly KnownImage[] {
  const { images: here, ignored } = namedImages(scan, locked)
  const named = new Set(here.map(({ key }) => key))
  const isWhole = [...locked.keys()].every(key => named.has(key))
  const depends = scan.sources.some(({ text }) => /TARGET|BUILD/.test(text))
  const images =
    isWhole || !depends
      ? here
      : [
          ...here,
          ...imagesOnAnyPlatform(here, locked, platform => occurrencesOn(scan, platform)).filter(
            ({ key }) => !named.has(key),
          ),
        ]
  const withReason = (occurrence: ImageOccurrence): IgnoredOccurrence => ({
    occurrence,
    reason: ignoredImage(occurrence, scan.ignoreRules)?.reason ?? '',
  })
  return knownImages(
    images,
    ignored.map(({ key, reference, occurrences }) => ({
      key,
      reference,
      places: occurrences.map(withReason),
    })),
    [...locked].map(([key, { reference }]) => ({ key, reference })),
  )
}
