/** What builds need from the store of an engine. */

import type { Finding } from './finding.ts'
import type { Image, PinMode } from './images.ts'
import type { LockedImage, LockedReference, ParsedLockfile } from './lockfile.ts'
import { compareNatural } from './natural.ts'
import type { ImageOccurrence, Role } from './occurrence.ts'
import type { Place } from './place.ts'
import { distinctPlatforms, type Platform, samePlatform } from './platform.ts'
import { splitByPlatformSupport } from './platform-support.ts'
import type { Wanted } from './wanted.ts'

export interface WantedOptions {
  /** The target platforms of builds; empty: the engine's own. */
  readonly platforms: readonly Platform[]
  /** Whether only the images that the files name count, rather than all that are locked. */
  readonly namedOnly: boolean
  /** Whether the place names its image by the tag alone at build time. */
  readonly isByTag: (occurrence: ImageOccurrence) => boolean
  /** Keys of images that builds do not find by their locked digest. */
  readonly except: ReadonlySet<string>
  /** The place of a key in the lockfile, for images that only the lockfile names. */
  readonly lockedAt?: (key: string) => Place
}

/** What one engine should have, and what it cannot have. */
export interface WantedOnEngine {
  readonly offered: readonly Wanted[]
  readonly findings: readonly Finding[]
  /** The places that ask for an image on a platform, for messages about the image. */
  readonly placesOf: (key: string, platform: Platform) => readonly Place[]
}

/**
 * The locked images that builds on one engine need, and those that do not support its platform. Without files, all locked images.
 * @param onAnyEngine the images that the files name on any engine
 * @param onThisEngine the images that they name on this engine
 * @param platform the engine's platform; undefined: unknown
 */
export function wantedImages(
  lockfile: ParsedLockfile,
  onAnyEngine: readonly Image[],
  onThisEngine: readonly Image[],
  platform: Platform | undefined,
  options: WantedOptions,
): WantedOnEngine {
  const named = new Map(onThisEngine.map(image => [image.key, image]))
  // An image that only an engine of another platform needs, as in `FROM base-$TARGETARCH`, is left out.
  const elsewhere = new Set(onAnyEngine.flatMap(({ key }) => (named.has(key) ? [] : [key])))
  const locked = [...lockfile].sort(([a], [b]) => compareNatural(a, b))
  const wanted = locked.flatMap(([key, locked]) => {
    const isWanted = options.namedOnly ? named.has(key) : !elsewhere.has(key)
    return isWanted && !options.except.has(key)
      ? wantedOf(key, locked, named.get(key)?.occurrences ?? [], options)
      : []
  })
  const placesOf = (key: string, asked: Platform): readonly Place[] =>
    (named.get(key)?.occurrences ?? [])
      .filter(place => askedBy(place, options.platforms).some(one => samePlatform(one ?? platform, asked)))
      .map(({ place }) => place)
  const placesOrLine = (key: string, asked: Platform): readonly Place[] => {
    const occurrences = named.get(key)?.occurrences ?? []
    const places = placesOf(key, asked)
    if (places.length > 0) return places
    if (occurrences.length > 0) return occurrences.map(({ place }) => place)
    return options.lockedAt === undefined ? [] : [options.lockedAt(key)]
  }
  return { ...splitByPlatformSupport(wanted, lockfile, placesOf, platform), placesOf: placesOrLine }
}

/** `docker compose up` and dev containers start these images. */
const STARTED: ReadonlySet<Role> = new Set(['service', 'volume', 'dev-container'])

/** Whether the image is started, and no build needs it. */
export function isStarted({ role }: ImageOccurrence): boolean {
  return STARTED.has(role)
}

/** Whether the image of the place is found by its tag alone. A policy gives digests to builds only. */
export function isFoundByTag(occurrence: ImageOccurrence, pinMode: PinMode): boolean {
  const { reference, pinnedElsewhere } = occurrence
  const hasDigest = reference.digest !== undefined || pinnedElsewhere?.digest !== undefined
  return !hasDigest && (pinMode === 'files' || isStarted(occurrence))
}

/** The keys of images that are ignored in all places. */
export function ignoredOnly(images: readonly Image[], ignored: readonly Image[]): ReadonlySet<string> {
  const named = new Set(images.map(({ key }) => key))
  return new Set(ignored.flatMap(({ key }) => (named.has(key) ? [] : [key])))
}

/** The image once per platform that the files or the user name. */
function wantedOf(
  key: string,
  locked: LockedReference,
  occurrences: readonly ImageOccurrence[],
  { platforms, isByTag }: WantedOptions,
): readonly Wanted[] {
  const byTag = occurrences.some(isByTag)
  const frontend = occurrences.some(isFrontend)
  const context = occurrences.some(({ role }) => role === 'context')
  return platformsOf(occurrences, platforms).map(platform => ({
    key,
    reference: locked.reference,
    digest: locked.digest,
    ...ofPlatform(locked, platform),
    ...(byTag && { byTag: true as const }),
    ...(frontend && platform === undefined && { frontend: true as const }),
    ...(context && { context: true as const }),
  }))
}

/** The platforms to check; undefined means the engine's own. */
function platformsOf(
  occurrences: readonly ImageOccurrence[],
  platforms: readonly Platform[],
): readonly (Platform | undefined)[] {
  if (occurrences.length === 0) return buildsOrOwn(platforms)
  const asked = occurrences.flatMap(occurrence => askedBy(occurrence, platforms))
  const named = distinctPlatforms(asked.filter(platform => platform !== undefined))
  return asked.includes(undefined) ? [undefined, ...named] : named
}

/** The platforms for which the image of this place is needed; undefined means the engine's own. */
function askedBy(
  occurrence: ImageOccurrence,
  platforms: readonly Platform[],
): readonly (Platform | undefined)[] {
  // A frontend runs on the engine, regardless of the target platform.
  if (isFrontend(occurrence)) return [undefined]
  return occurrence.platform === undefined ? buildsOrOwn(platforms) : [occurrence.platform]
}

function buildsOrOwn(platforms: readonly Platform[]): readonly (Platform | undefined)[] {
  return platforms.length === 0 ? [undefined] : platforms
}

function isFrontend({ role }: ImageOccurrence): boolean {
  return role === 'syntax'
}

function ofPlatform(
  { platforms }: LockedImage,
  platform: Platform | undefined,
): Pick<Wanted, 'platform' | 'platformDigest'> {
  if (platform === undefined) return {}
  const match = platforms?.find(one => samePlatform(platform, one.platform))
  return { platform, ...(match !== undefined && { platformDigest: match.digest }) }
}
