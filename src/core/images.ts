/** Turns occurrences into images, and compares the files with the lockfile. */

import type { Digest } from './digest.ts'
import type { Finding, MalformedFinding } from './finding.ts'
import type { Lockfile } from './lockfile.ts'
import { compareNatural } from './natural.ts'
import type { Notice } from './notice.ts'
import type { ImageOccurrence, Occurrence, Role, UnpinnableReason } from './occurrence.ts'
import { familiarName, type Reference, referenceKey, repositoryName } from './reference.ts'
import { withoutUserinfo } from './userinfo.ts'

/** One image and every place that names it. */
export interface Image {
  /** The lockfile's key. */
  readonly key: string
  /** The image of `key`: with its tag or, if none was written, its digest; without a digest pinned beside a tag. */
  readonly reference: Reference
  readonly occurrences: readonly ImageOccurrence[]
  /** The digests in the files, usually none or one. */
  readonly digests: readonly Digest[]
}

/**
 * Gathers the images of the occurrences, sorted by key. A reference without a tag whose digest is locked for
 * `latest` was pinned from a reference without a tag, and counts as `latest`.
 */
export function gatherImages(occurrences: readonly Occurrence[], lockfile: Lockfile): readonly Image[] {
  const images = new Map<
    string,
    { reference: Reference; occurrences: ImageOccurrence[]; digests: Set<Digest> }
  >()
  for (const occurrence of occurrences) {
    if (occurrence.kind !== 'image') continue
    const key = imageKey(occurrence.reference, lockfile)
    let image = images.get(key)
    if (image === undefined) {
      image = { reference: imageReference(occurrence.reference, key), occurrences: [], digests: new Set() }
      images.set(key, image)
    }
    image.occurrences.push(occurrence)
    if (occurrence.reference.digest !== undefined) image.digests.add(occurrence.reference.digest)
  }
  return [...images]
    .sort(([a], [b]) => compareNatural(a, b))
    .map(([key, image]) => ({ key, ...image, digests: [...image.digests] }))
}

/** The lockfile key of `reference`. */
export function imageKey(reference: Reference, lockfile: Lockfile): string {
  if (reference.tag === undefined) {
    const latest = `${repositoryName(reference)}:latest`
    if (lockfile.get(latest)?.digest === reference.digest) return latest
  }
  return referenceKey(reference)
}

/** The image of the key of a reference: `latest` if the reference has no tag, but its key has. */
function imageReference(named: Reference, key: string): Reference {
  const { registry, repository, digest, tag = key === referenceKey(named) ? undefined : 'latest' } = named
  const image = { registry, repository, original: key }
  if (tag !== undefined) return { ...image, tag }
  return { ...image, ...(digest !== undefined && { digest }) }
}

/** Files and names that BuildKit would reject. */
export function occurrenceFindings(occurrences: readonly Occurrence[]): readonly MalformedFinding[] {
  return occurrences.flatMap((occurrence): MalformedFinding[] => {
    if (occurrence.kind !== 'invalid') return []
    const { place, reason, hint } = occurrence
    const text = withoutUserinfo(occurrence.text)
    return [{ code: 'malformed', place, text, reason, ...(hint !== undefined && { hint }) }]
  })
}

/** Places that are decided at build time. */
export function occurrenceNotices(occurrences: readonly Occurrence[]): readonly Notice[] {
  return occurrences.flatMap((occurrence): Notice[] => {
    if (occurrence.kind !== 'variable') return []
    const { place, text, names, role } = occurrence
    const outside = {
      code: 'outside',
      places: [place],
      texts: [withoutUserinfo(text)],
      names,
      images: [],
    } as const
    return [VARIABLES.has(role) ? { ...outside, areVariables: true } : outside]
  })
}

/** The roles of images that files name beside builds. Such a file has variables, and a Dockerfile has ARGs. */
const VARIABLES: ReadonlySet<Role> = new Set(['service', 'volume', 'context', 'dev-container'])

/** Where the digests belong: in the files, or in a source policy made from the lockfile. */
export type PinMode = 'files' | 'policy'

type PlaceFinding = Extract<Finding, { code: 'unlocked' | 'unpinned' | 'mismatch' }>

/** Compares files and lockfile: what is unlocked, unpinned or different. The lockfile's extra entries are `orphans`. */
export function checkImages(
  images: readonly Image[],
  lockfile: Lockfile,
  pinMode: PinMode,
): readonly Finding[] {
  return images.flatMap(image => {
    const conflict = conflicts([image], lockfile)
    return conflict.length > 0
      ? conflict
      : distinct(
          image.occurrences.flatMap(occurrence => checkOccurrence(image, occurrence, lockfile, pinMode)),
        )
  })
}

/** A place has an occurrence for each platform of its builds. What is wrong there is said once. */
function distinct(findings: readonly PlaceFinding[]): readonly PlaceFinding[] {
  const found = new Map<string, PlaceFinding>()
  for (const one of findings) {
    const { code, place } = one
    const id = [code, place.file, place.line, place.column, code === 'mismatch' && one.inFile].join('\0')
    if (!found.has(id)) found.set(id, one)
  }
  return [...found.values()]
}

function checkOccurrence(
  { key, reference }: Image,
  occurrence: ImageOccurrence,
  lockfile: Lockfile,
  pinMode: PinMode,
): readonly PlaceFinding[] {
  const {
    place,
    pin,
    reference: { digest: inFile },
    argOrigins,
  } = occurrence
  const common = { place, image: familiarName(reference), key }
  const given = argOrigins !== undefined && { argOrigins }
  const locked = lockfile.get(key)?.digest
  if (locked === undefined) return mayBeAbsent(occurrence) ? [] : [{ code: 'unlocked', ...common, ...given }]
  if (inFile === locked) return []
  if (inFile !== undefined) return [{ code: 'mismatch', ...common, inFile, locked, ...given }]
  return pinMode === 'files' && pin.kind === 'here' ? [{ code: 'unpinned', ...common, digest: locked }] : []
}

/** Why a place rightly has no digest: it is locked under its tag, or decided at build time. */
export function imageNotices(
  images: readonly Image[],
  lockfile: Lockfile,
  pinMode: PinMode,
): readonly Notice[] {
  return images.flatMap(image => {
    const name = familiarName(image.reference)
    const isLocked = lockfile.has(image.key)
    return image.occurrences.flatMap((occurrence): Notice[] => {
      const { place, text, pin, unset: names = [], argOrigins } = occurrence
      if (!isLocked) {
        if (!mayBeAbsent(occurrence)) return []
        const replaced = pin.kind === 'never' &&
          pin.reason === 'named-context' && { replacedBy: pin.origins ?? [] }
        const texts = [withoutUserinfo(text)]
        return [{ code: 'outside', places: [place], texts, names, images: [name], ...replaced }]
      }
      if (pinMode === 'policy' || !isByTag(occurrence) || pin.kind !== 'never') return []
      const { kind: _, ...why } = pin
      const origins = argOrigins !== undefined && {
        origins: argOrigins.map(({ name: _, ...origin }) => origin),
      }
      return [{ code: 'by-tag', places: [place], images: [name], ...why, ...origins }]
    })
  })
}

/**
 * Whether no registry need have the image: an ARG without a value is part of its name, it may be a stage of a later build, or a build
 * replaces it by a named context.
 */
export function mayBeAbsent({ unset, pin }: ImageOccurrence): boolean {
  return unset !== undefined || (pin.kind === 'never' && NAMES.has(pin.reason))
}

const NAMES: ReadonlySet<UnpinnableReason> = new Set(['onbuild-name', 'named-context'])

/** Whether the place names the image by its tag and cannot have a digest. */
export function isByTag({ reference, pin, pinnedElsewhere }: ImageOccurrence): boolean {
  return reference.digest === undefined && pin.kind === 'never' && pinnedElsewhere === undefined
}

/** The notice that an image exists only in the local engine. */
export function localNotice({ key, reference, occurrences }: Image): Notice {
  return {
    code: 'local',
    image: familiarName(reference),
    key,
    places: occurrences.map(({ place }) => place),
  }
}

/** Whether the name is one that engines give to images they build. No registry has it. */
export function hasLocalName({ reference }: Pick<Image, 'reference'>): boolean {
  return reference.registry === 'localhost'
}

/** The digests in files that differ from the locked one: the user's new digests for the image. */
export function newDigests({ key, digests }: Image, lockfile: Lockfile): readonly Digest[] {
  const locked = lockfile.get(key)?.digest
  return digests.filter(digest => digest !== locked)
}

/** Places with different digests for one tag, none of which is locked. It is unknown which one is right. */
export function conflicts(images: readonly Image[], lockfile: Lockfile): readonly Finding[] {
  return images
    .filter(image => newDigests(image, lockfile).length > 1)
    .map(({ key, reference, occurrences }) => ({
      code: 'conflict',
      key,
      image: familiarName(reference),
      places: occurrences.flatMap(({ place, reference: { digest } }) =>
        digest === undefined ? [] : [{ ...place, digest }],
      ),
    }))
}

/** Whether the image only has a notice: it is not locked, and need not be. */
export function isNoticeOnly(
  { key, occurrences }: Image,
  lockfile: Lockfile,
  notices: readonly Notice[],
): boolean {
  if (lockfile.has(key)) return false
  return (
    notices.some(notice => notice.code === 'local' && notice.key === key) || occurrences.every(mayBeAbsent)
  )
}
