/** Where the images of a project are used, and whether each place is pinned: for `why` and `ls`. Pure. */

import type { BuildArgOrigin, Origin } from './build.ts'
import type { Digest } from './digest.ts'
import { type Image, isByTag, mayBeAbsent, type PinMode } from './images.ts'
import type { LockedImage, Lockfile } from './lockfile.ts'
import { compareNatural } from './natural.ts'
import type { ArgPlace, ImageOccurrence, Role, UnpinnableReason } from './occurrence.ts'
import type { Place } from './place.ts'
import { formatPlatform } from './platform.ts'
import { familiarName, type Reference } from './reference.ts'
import type { ImageInStore } from './report-parts.ts'
import { withoutUserinfo } from './userinfo.ts'

/**
 * - `pinned`: the locked digest is in the file
 * - `by-tag`: locked, and the place cannot hold a digest
 * - `policy`: locked, and digests do not belong in the files
 * - `unpinned`: locked, and the file has no digest yet
 * - `different`: the file has another digest than the lockfile
 * - `unlocked`: not in the lockfile
 * - `local`: not in the lockfile, because the image exists only in the local engine
 * - `outside`: not in the lockfile: an ARG without a value decides the image, a build replaces it, or it may be a stage
 * - `ignored`: the config or a comment ignores the place
 */
export type UseState =
  | 'pinned'
  | 'by-tag'
  | 'policy'
  | 'unpinned'
  | 'different'
  | 'unlocked'
  | 'local'
  | 'outside'
  | 'ignored'

/** One place that names an image. */
export interface ImageUse {
  readonly place: Place
  /** As in the file. */
  readonly text: string
  readonly role: Role
  readonly state: UseState
  /** The build stage: its number, from 0, and its name, if it has one. */
  readonly stage?: number
  readonly stageName?: string
  /** That of `FROM --platform=`. */
  readonly platform?: string
  /** The ARGs that the name comes from. */
  readonly args?: readonly ArgPlace[]
  /** The values of build args that lead to this image. */
  readonly buildArgs?: Readonly<Record<string, string>>
  /** Where other files give those values. */
  readonly argOrigins?: readonly BuildArgOrigin[]
  /** The builds that use it. */
  readonly builds: readonly Origin[]
  /** `different`: the digest in the file. */
  readonly digest?: Digest
  /** `by-tag`: why, and the ARGs that it is about. `outside`: the ARGs without a value, or why without one. */
  readonly reason?: UnpinnableReason
  readonly names?: readonly string[]
  /** `ignored`: the reason in the config or comment. */
  readonly ignored?: string
}

/** The state of an image: that of its places, the one that needs most attention. `unused`: no file names it. */
export type ImageState = UseState | 'unused'

/** The commit that wrote the locked digest. `uncommitted`: the last commit has another one, or none. */
export type LockedSince =
  | {
      readonly kind: 'commit'
      readonly commit: string
      /** ISO 8601, in UTC. */
      readonly time: string
      readonly subject: string
      /** The history is cut off there: it may have been written earlier. */
      readonly orEarlier?: true
    }
  | { readonly kind: 'uncommitted' }

export interface ImageDetails {
  readonly key: string
  readonly image: string
  readonly state: ImageState
  /** The locked digest. */
  readonly digest?: Digest
  /** The platforms of the locked digest. Absent: unknown, or the image is not locked. */
  readonly platforms?: readonly string[]
  readonly uses: readonly ImageUse[]
  /** Absent without git, and if the image is not locked. */
  readonly since?: LockedSince
  /** Absent if no store was asked. */
  readonly stores?: readonly ImageInStore[]
}

/** An image of the files or the lockfile. */
export interface KnownImage {
  readonly key: string
  readonly reference: Reference
  readonly occurrences: readonly ImageOccurrence[]
  readonly ignored: readonly IgnoredOccurrence[]
}

export interface IgnoredOccurrence {
  readonly occurrence: ImageOccurrence
  readonly reason: string
}

/** Most attention first. */
const RANK: readonly ImageState[] = [
  'different',
  'unlocked',
  'unpinned',
  'local',
  'outside',
  'by-tag',
  'policy',
  'pinned',
  'ignored',
]

/** @param isLocal whether the image exists only in the local engine */
export function imageDetails(
  { key, reference, occurrences, ignored }: KnownImage,
  lockfile: Lockfile,
  pinMode: PinMode,
  isLocal: boolean,
): ImageDetails {
  const locked = lockfile.get(key)
  const uses = [
    ...occurrences.map(one => imageUse(one, locked, pinMode, isLocal)),
    ...ignored.map(({ occurrence, reason }) => ({
      ...siteOf(occurrence),
      state: 'ignored' as const,
      ignored: reason,
    })),
  ].sort((a, b) => comparePlaces(a.place, b.place))
  return {
    key,
    image: familiarName(reference),
    state: RANK.find(state => uses.some(use => use.state === state)) ?? 'unused',
    ...(locked !== undefined && { digest: locked.digest }),
    ...(locked?.platforms !== undefined && {
      platforms: locked.platforms.map(({ platform }) => formatPlatform(platform)).sort(),
    }),
    uses,
  }
}

function imageUse(
  occurrence: ImageOccurrence,
  locked: LockedImage | undefined,
  pinMode: PinMode,
  isLocal: boolean,
): ImageUse {
  const { pin, unset, reference, pinnedElsewhere } = occurrence
  const site = siteOf(occurrence)
  if (locked === undefined)
    return isLocal
      ? { ...site, state: 'local' }
      : !mayBeAbsent(occurrence)
        ? { ...site, state: 'unlocked' }
        : unset === undefined && pin.kind === 'never'
          ? { ...site, state: 'outside', reason: pin.reason, names: pin.names }
          : { ...site, state: 'outside', names: unset ?? [] }
  const digest = reference.digest ?? pinnedElsewhere?.digest
  if (digest === locked.digest) return { ...site, state: 'pinned' }
  if (digest !== undefined) return { ...site, state: 'different', digest }
  if (pinMode === 'policy') return { ...site, state: 'policy' }
  return isByTag(occurrence) && pin.kind === 'never'
    ? { ...site, state: 'by-tag', reason: pin.reason, names: pin.names }
    : { ...site, state: 'unpinned' }
}

function siteOf(occurrence: ImageOccurrence): Omit<ImageUse, 'state'> {
  const { place, text, role, stage, stageName, platform, args, buildArgs, argOrigins, origins } = occurrence
  return {
    place,
    text: withoutUserinfo(text),
    role,
    ...(stage !== undefined && { stage }),
    ...(stageName !== undefined && { stageName }),
    ...(platform !== undefined && { platform: formatPlatform(platform) }),
    ...(args !== undefined && { args }),
    ...(buildArgs !== undefined && { buildArgs }),
    ...(argOrigins !== undefined && { argOrigins }),
    builds: origins ?? [],
  }
}

function comparePlaces(a: Place, b: Place): number {
  if (a.file !== b.file) return compareNatural(a.file, b.file)
  return a.line - b.line || a.column - b.column
}

/** The images that files and lockfile name, by key. */
export function knownImages(
  images: readonly Image[],
  ignored: readonly {
    readonly key: string
    readonly reference: Reference
    readonly places: readonly IgnoredOccurrence[]
  }[],
  unused: readonly { readonly key: string; readonly reference: Reference }[],
): readonly KnownImage[] {
  const known = new Map<string, KnownImage>()
  for (const { key, reference, occurrences } of images)
    known.set(key, { key, reference, occurrences, ignored: [] })
  for (const { key, reference, places } of ignored)
    known.set(key, { key, reference, occurrences: [], ...known.get(key), ignored: places })
  for (const { key, reference } of unused)
    if (!known.has(key)) known.set(key, { key, reference, occurrences: [], ignored: [] })
  return [...known.values()].sort((a, b) => compareNatural(a.key, b.key))
}
