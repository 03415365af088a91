/** Which newer tag of an image can be used: it has the platforms in use, is old enough, and can be written into the files. */
import { isOldEnough } from '../../core/age.ts'
import { DockLockError } from '../../core/error.ts'
import type { ImageDescription } from '../../core/image-description.ts'
import { type Image, imageKey } from '../../core/images.ts'
import type { Lockfile } from '../../core/lockfile.ts'
import type { NotUpdatedReason, UpdateStep } from '../../core/notice.ts'
import type { ImageOccurrence } from '../../core/occurrence.ts'
import { formatPlatform, type Platform } from '../../core/platform.ts'
import {
  familiarName,
  keyReference,
  type Reference,
  referenceKey,
  repositoryName,
} from '../../core/reference.ts'
import { retag } from '../../core/retag.ts'
import { type NewerTag, newerTags } from '../../core/tag.ts'
import { type FileMoves, hasFixedDigest, lackedPlatforms } from '../../core/update-plan.ts'
import type { UpdatePolicy } from '../../core/update-policy.ts'
import { occurrencesIn, type Scan } from './scan.ts'

/** What an image can be updated to. */
export interface UpdateTarget {
  readonly key: string
  readonly tag: string
  readonly level: UpdateStep
  readonly description: ImageDescription
}

/** A newer tag, and what changes with it. */
export interface TagTarget extends UpdateTarget {
  /** By file. Empty if the files were not considered. */
  readonly moves: ReadonlyMap<string, FileMoves>
  /** This image, and others that share an ARG with it. */
  readonly images: ReadonlyMap<string, ImageDescription>
}

/** Why a candidate cannot be used. */
export interface Refusal {
  readonly candidate: NewerTag
  readonly reason: NotUpdatedReason | 'too-young' | 'gone'
  readonly names: readonly string[]
  readonly description?: ImageDescription
}

/** What the choice of a tag depends on. */
export interface Chooser {
  readonly scan: Scan
  readonly lockfile: Lockfile
  readonly now: number
  describe(reference: Reference, platforms: readonly Platform[]): Promise<ImageDescription>
  policyOf(reference: Reference): UpdatePolicy
  platformsOf(occurrences: readonly ImageOccurrence[]): readonly Platform[]
  inRange(policy: UpdatePolicy): ((version: string) => boolean) | undefined
}

/** A registry may have hundreds of newer tags. Beyond these, none is likely to be better. */
const MAX_CANDIDATES = 50

/** The first candidate that can be used. `refuse` gets each one before it that cannot. */
export async function firstUsable(
  chooser: Chooser,
  image: Image,
  candidates: readonly NewerTag[],
  isWritten: boolean,
  refuse: (refusal: Refusal) => void,
): Promise<TagTarget | undefined> {
  for (const candidate of candidates.slice(0, MAX_CANDIDATES)) {
    const result = await tryTag(chooser, image, candidate, isWritten)
    if ('key' in result) return result
    refuse(result)
  }
  return undefined
}

async function tryTag(
  chooser: Chooser,
  image: Image,
  candidate: NewerTag,
  isWritten: boolean,
): Promise<TagTarget | Refusal> {
  const { tag, level } = candidate
  const moves = isWritten ? movesOf(chooser, image, tag) : new Map<string, FileMoves>()
  const changed = [...moves.values()].flatMap(file => file.moves)
  // A new tag with the old digest would be the old image.
  if (isWritten && (changed.length === 0 || hasFixedDigest({ occurrences: changed.map(({ from }) => from) })))
    return { candidate, reason: 'not-in-file', names: argsOf(image.occurrences) }
  const reference = keyReference(`${repositoryName(image.reference)}:${tag}`)
  const own = await usable(chooser, reference, image.occurrences)
  if (!own.ok) return { ...own, candidate }
  const key = referenceKey(reference)
  const images = new Map([[key, own.description]])
  for (const { from, to } of changed) {
    const other = referenceKey(to.reference)
    if (images.has(other)) continue
    const shared = await sharing(chooser, from, to)
    if (shared === undefined)
      return { candidate, reason: 'shared-arg', names: [familiarName(from.reference)] }
    images.set(other, shared)
  }
  return { key, tag, level, description: own.description, moves, images }
}

/** The changes of all files that name the image, as far as they can be made. */
function movesOf({ scan, lockfile }: Chooser, { key }: Image, tag: string): ReadonlyMap<string, FileMoves> {
  const isMeant = ({ reference }: ImageOccurrence) => imageKey(reference, lockfile) === key
  return new Map(
    scan.sources.flatMap((source): [string, FileMoves][] => {
      if (!source.occurrences.some(one => one.kind === 'image' && isMeant(one))) return []
      const read = (text: string) => occurrencesIn(source, text, scan)
      const result = retag({ ...source, read }, isMeant, tag)
      return result.ok && result.moves.length > 0 ? [[source.file, result]] : []
    }),
  )
}

function argsOf(occurrences: readonly ImageOccurrence[]): readonly string[] {
  const names = occurrences.flatMap(({ tag = [] }) => tag.flatMap(({ arg }) => arg ?? []))
  return [...new Set(names)]
}

type Usable =
  | { readonly ok: true; readonly description: ImageDescription }
  | ({ readonly ok: false } & Omit<Refusal, 'candidate'>)

async function usable(
  chooser: Chooser,
  reference: Reference,
  occurrences: readonly ImageOccurrence[],
): Promise<Usable> {
  const platforms = chooser.platformsOf(occurrences)
  let description: ImageDescription
  try {
    description = await chooser.describe(reference, platforms)
  } catch (error) {
    // A list may have tags whose manifests were deleted.
    if (error instanceof DockLockError && (error.code === 'not-found' || error.code === 'unsupported'))
      return { ok: false, reason: 'gone', names: [] }
    throw error
  }
  const lacked = lackedPlatforms(description.resolution, platforms)
  if (lacked.length > 0)
    return { ok: false, reason: 'lacks-platform', names: lacked.map(formatPlatform), description }
  const { minAge } = chooser.policyOf(reference)
  if (minAge > 0 && !isOldEnough(description.date, minAge, chooser.now))
    return { ok: false, reason: 'too-young', names: [], description }
  return { ok: true, description }
}

/** The entry of another image that gets a new tag with the same ARG; undefined if it does not exist or is not wanted. */
async function sharing(
  chooser: Chooser,
  from: ImageOccurrence,
  to: ImageOccurrence,
): Promise<ImageDescription | undefined> {
  const { tag } = to.reference
  if (tag === undefined || from.reference.tag === undefined) return undefined
  const policy = chooser.policyOf(from.reference)
  const inRange = chooser.inRange(policy)
  const { isExcluded } = policy
  const isNewer =
    newerTags(from.reference.tag, [tag], { isExcluded, ...(inRange !== undefined && { inRange }) }).length > 0
  if (!isNewer) return undefined
  const result = await usable(chooser, keyReference(referenceKey(to.reference)), [to])
  return result.ok ? result.description : undefined
}
