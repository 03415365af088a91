import type { Context } from '../../context.ts'
import { isOldEnough } from '../../core/age.ts'
import { DockLockError } from '../../core/error.ts'
import type { Finding } from '../../core/finding.ts'
import type { ImageDescription } from '../../core/image-description.ts'
import { gatherImages, type Image, mayBeAbsent } from '../../core/images.ts'
import type { LockedImage } from '../../core/lockfile.ts'
import type { UpdateNotice } from '../../core/notice.ts'
import { formatPlatform, type Platform } from '../../core/platform.ts'
import { familiarName, type Reference } from '../../core/reference.ts'
import { isVersionTag, newerTags, tagEnding, type UpdateLevel } from '../../core/tag.ts'
import { hasFixedDigest, lackedPlatforms, sameManifests } from '../../core/update-plan.ts'
import type { UpdatePolicy } from '../../core/update-policy.ts'
import type { StoreInfo } from '../../stores/store.ts'
import type { Options } from '../command.ts'
import { firstUsable, type Refusal, type TagTarget, type UpdateTarget } from './candidates.ts'
import type { Project } from './load-project.ts'
import { createRun, type LookupOptions, type LookupRun as Run } from './look-up-run.ts'
import { aboutImage, byKey, openResolver, unresolvable } from './resolve.ts'
import type { Scan } from './scan.ts'
import { selectImages } from './select-images.ts'
import { otherRegistry } from './short-names.ts'
import { type Say, sayer } from './update-notices.ts'

/** What the registries say about one image. */
export interface Lookup {
  readonly image: Image
  readonly locked?: LockedImage
  /** The locked image, if there is an update and the registry still has it. */
  readonly old?: ImageDescription
  /** The same tag with another digest. */
  readonly rebuild?: UpdateTarget
  /** The tag that config and options ask for. */
  readonly wanted?: TagTarget
  /** The newest tag, wanted or not. */
  readonly latest?: UpdateTarget
  /** The largest step of each level that can be written into the files. */
  readonly choices: readonly TagTarget[]
}

export interface LookedUp {
  readonly lookups: readonly Lookup[]
  readonly findings: readonly Finding[]
  readonly notices: readonly UpdateNotice[]
  readonly requests: number
}

/**
 * Asks the registries what the tags mean now, and which newer tags there are. An image that cannot be looked up is a finding.
 * @throws DockLockError `usage` if an operand matches no image
 */
export async function lookUpUpdates(
  context: Context,
  options: Options,
  project: Project,
  scan: Scan,
  engine: StoreInfo | undefined,
  extent: LookupOptions,
): Promise<LookedUp> {
  const lockfile = project.lockfile.images
  const images = selectImages(gatherImages(scan.occurrences, lockfile), options.images).filter(
    ({ key, occurrences }) => !key.includes('@') && (lockfile.has(key) || !occurrences.every(mayBeAbsent)),
  )
  if (images.length === 0) return { lookups: [], findings: [], notices: [], requests: 0 }
  const resolver = await openResolver(context, project, engine)
  const findings: Finding[] = []
  const notices: UpdateNotice[] = []
  const run = await createRun(context, options, project, scan, resolver, extent)
  context.progress.resolving(images.length)
  try {
    const lookups = await Promise.all(
      images.map(async (image): Promise<readonly Lookup[]> => {
        try {
          const refused = await otherRegistry(image, engine, context.signal)
          if (refused !== undefined) findings.push(refused)
          return refused === undefined ? await lookUp(run, image, findings, notices) : []
        } catch (error) {
          findings.push(unresolvable(image, aboutImage(error)))
          return []
        } finally {
          context.progress.resolved(familiarName(image.reference))
        }
      }),
    )
    return { lookups: lookups.flat(), findings: findings.sort(byKey), notices, requests: resolver.requests }
  } finally {
    context.progress.end()
    await resolver.close()
  }
}

async function lookUp(
  run: Run,
  image: Image,
  findings: Finding[],
  notices: UpdateNotice[],
): Promise<readonly Lookup[]> {
  const { resolver } = run
  const locked = run.lockfile.get(image.key)
  const platforms = run.platformsOf(image.occurrences)
  const policy = run.policyOf(image.reference)
  const say = sayer(image, notices)
  const [rebuild, newer] = await Promise.allSettled([
    rebuildOf(run, image, locked, platforms, policy, say),
    newerOf(run, image, policy, say),
  ])
  if (newer.status === 'rejected') throw newer.reason
  if (rebuild.status === 'rejected') {
    const finding = unresolvable(image, aboutImage(rebuild.reason))
    const { wanted, latest, choices } = newer.value
    // An image that is not locked is looked up again when it is locked. A tag that is gone does not matter if the image leaves it.
    if (locked !== undefined && wanted === undefined) findings.push(finding)
    if (wanted === undefined && latest === undefined && choices.length === 0) return []
  }
  const target = rebuild.status === 'fulfilled' ? rebuild.value : undefined
  const isUpdate =
    target !== undefined || newer.value.wanted !== undefined || newer.value.latest !== undefined
  const digest = locked?.digest ?? image.digests[0]
  const { tag, ...repository } = image.reference
  const old =
    isUpdate && digest !== undefined
      ? await resolver.describe({ ...repository, digest }, platforms).catch(ifGone)
      : undefined
  return [
    {
      image,
      ...(locked !== undefined && { locked }),
      ...(old !== undefined && { old }),
      ...(target !== undefined && { rebuild: target }),
      ...newer.value,
    },
  ]
}

/** What the same tag means now, if that is an update. */
async function rebuildOf(
  run: Run,
  { key, reference, digests, occurrences }: Image,
  locked: LockedImage | undefined,
  platforms: readonly Platform[],
  { minAge }: UpdatePolicy,
  say: Say,
): Promise<UpdateTarget | undefined> {
  const { tag } = reference
  const known = locked?.digest ?? digests[0]
  if (tag === undefined || known === undefined) return undefined
  const { descriptor } = await run.resolver.resolve(reference, digest => digest === known)
  const { digest } = descriptor
  if (digest === locked?.digest && digests.every(one => one === digest)) return undefined
  const common = { tag, level: 'rebuild', digest } as const
  if (hasFixedDigest({ occurrences })) return say.notUpdated(common, 'not-in-file', [])
  const description = await run.describe(reference, platforms)
  const lacked = lackedPlatforms(description.resolution, platforms)
  if (lacked.length > 0) return say.notUpdated(common, 'lacks-platform', lacked.map(formatPlatform))
  if (!run.allDigests && locked !== undefined && digests.every(one => one === locked.digest)) {
    const before =
      locked.platforms ??
      (await run.resolver.resolve({ ...withoutTag(reference), digest: known }).catch(ifGone))?.platforms
    if (sameManifests(before, description.resolution.platforms, platforms))
      return say.unchanged(digest, platforms.map(formatPlatform))
  }
  if (minAge > 0 && !isOldEnough(description.date, minAge, run.now))
    return say.heldBack(common, minAge, description)
  return { key, tag, level: 'rebuild', description }
}

const LEVELS: readonly UpdateLevel[] = ['patch', 'minor', 'major']

/** The newer tags, as far as anybody wants to know. */
async function newerOf(
  run: Run,
  image: Image,
  policy: UpdatePolicy,
  say: Say,
): Promise<Pick<Lookup, 'wanted' | 'latest' | 'choices'>> {
  const { extent } = run
  const { tag } = image.reference
  const isAsked = policy.level !== undefined || extent.latest === true || extent.choices === true
  if (!isAsked || tag === undefined || !isVersionTag(tag)) return { choices: [] }
  let tags: readonly string[]
  try {
    tags = await run.resolver.tags(image.reference, tagEnding(tag))
  } catch (error) {
    if (!(error instanceof DockLockError) || (error.code !== 'unsupported' && error.code !== 'denied'))
      throw error
    say.notListed(error.reason ?? error.message)
    return { choices: [] }
  }
  const inRange = run.inRange(policy)
  const { isExcluded } = policy
  const upTo = (level: UpdateLevel) =>
    newerTags(tag, tags, { level, isExcluded, ...(inRange !== undefined && { inRange }) })
  let first: Refusal | undefined
  const refuse = (refusal: Refusal) => {
    if (refusal.reason !== 'gone') first ??= refusal
  }
  const wanted =
    policy.level === undefined ? undefined : await firstUsable(run, image, upTo(policy.level), true, refuse)
  if (first !== undefined) say.refused(first, policy.minAge)
  const latest =
    extent.latest === true
      ? await firstUsable(run, image, newerTags(tag, tags, { isExcluded }), false, () => {})
      : undefined
  const choices = new Map<string, TagTarget>()
  const largest = LEVELS.indexOf(policy.level ?? 'major')
  for (const level of extent.choices === true ? LEVELS.slice(0, largest + 1) : []) {
    const choice = await firstUsable(run, image, upTo(level), true, () => {})
    if (choice !== undefined) choices.set(choice.tag, choice)
  }
  return {
    ...(wanted !== undefined && { wanted }),
    ...(latest !== undefined && { latest }),
    choices: [...choices.values()],
  }
}

function withoutTag({ tag: _, ...rest }: Reference): Reference {
  return rest
}

/** Without the old image, there is nothing to compare. Anything else about it is no reason not to update. */
function ifGone(error: unknown): undefined {
  if (error instanceof DockLockError && error.code !== 'interrupted') return undefined
  throw error
}
