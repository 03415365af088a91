import { gatherImages, type Image, keyReference } from '../../core/images.ts'
import type { LockedImage, Lockfile } from '../../core/lockfile.ts'
import type { ImageOccurrence } from '../../core/occurrence.ts'
import { parsePlatform, samePlatform } from '../../core/platform.ts'
import { splitByPlatformSupport } from '../../core/platform-support.ts'
import type { Wanted } from '../../core/wanted.ts'
import type { Scan } from './scan.ts'
import type { WantedOf } from './store.ts'

export interface WantedOptions {
  /** The platforms that builds are made for; none: the engine's own. */
  readonly platforms: readonly string[]
  /** Whether only what the files name is meant, rather than all that is locked. */
  readonly namedOnly: boolean
  /** Whether that place names its image by the tag alone when it is built. */
  readonly isByTag: (occurrence: ImageOccurrence) => boolean
  /** Keys of images that no build is meant to find by their locked digest. */
  readonly except: ReadonlySet<string>
}

/** What builds of the scanned files will want of the locked images, by the platform of the engine; without files, all of them. */
export function wantedBy(lockfile: Lockfile, scan: Scan | undefined, options: WantedOptions): WantedOf {
  const everywhere = gatherImages(scan?.occurrences ?? [], lockfile)
  return own => {
    const images = gatherImages(scan?.occurrencesOn(own) ?? [], lockfile)
    const here = new Set(images.map(({ key }) => key))
    // What an engine of another platform needs, as in `FROM base-$TARGETARCH`, is none of this one's.
    const elsewhere = new Set(everywhere.flatMap(({ key }) => (here.has(key) ? [] : [key])))
    const meant = new Map(
      [...lockfile].filter(
        ([key]) => (options.namedOnly ? here.has(key) : !elsewhere.has(key)) && !options.except.has(key),
      ),
    )
    return splitByPlatformSupport(wantedImages(meant, images, options), lockfile, images, own)
  }
}

/** The keys of what is ignored wherever it is named. */
export function ignoredOnly({ occurrences, ignored }: Scan, lockfile: Lockfile): ReadonlySet<string> {
  const named = new Set(gatherImages(occurrences, lockfile).map(({ key }) => key))
  return new Set(gatherImages(ignored, lockfile).flatMap(({ key }) => (named.has(key) ? [] : [key])))
}

/** Each image once per platform that the files or the user name. */
function wantedImages(
  lockfile: Lockfile,
  images: readonly Image[],
  { platforms, isByTag }: Pick<WantedOptions, 'platforms' | 'isByTag'>,
): readonly Wanted[] {
  const byKey = new Map(images.map(image => [image.key, image]))
  return [...lockfile].flatMap(([key, locked]) => {
    const occurrences = byKey.get(key)?.occurrences ?? []
    const byTag = occurrences.some(isByTag)
    const frontend = occurrences.some(isFrontend)
    return platformsOf(occurrences, platforms).map(platform => ({
      key,
      reference: keyReference(key),
      digest: locked.digest,
      ...ofPlatform(locked, platform),
      ...(byTag && { byTag: true as const }),
      ...(frontend && platform === undefined && { frontend: true as const }),
    }))
  })
}

/** For which platforms; undefined is the engine's own. */
function platformsOf(
  occurrences: readonly ImageOccurrence[],
  platforms: readonly string[],
): readonly (string | undefined)[] {
  const builds: readonly (string | undefined)[] = platforms.length === 0 ? [undefined] : platforms
  if (occurrences.length === 0) return builds
  const asked = occurrences.flatMap(occurrence =>
    // A frontend runs on the engine, whatever it builds for.
    isFrontend(occurrence) ? [undefined] : occurrence.platform === undefined ? builds : [occurrence.platform],
  )
  const named = new Set(asked.filter(platform => platform !== undefined))
  return asked.includes(undefined) ? [undefined, ...named] : [...named]
}

function isFrontend({ role }: ImageOccurrence): boolean {
  return role === 'syntax'
}

function ofPlatform(
  { platforms }: LockedImage,
  platform: string | undefined,
): Pick<Wanted, 'platform' | 'platformDigest'> {
  if (platform === undefined) return {}
  const asked = parsePlatform(platform)
  const match = Object.entries(platforms ?? {}).find(([name]) => samePlatform(asked, parsePlatform(name)))
  return { platform, ...(match !== undefined && { platformDigest: match[1] }) }
}
