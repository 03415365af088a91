import type { Context } from '../../context.ts'
import { noteAdopted } from '../../core/adopted.ts'
import type { Resolution } from '../../core/descriptor.ts'
import type { Finding } from '../../core/finding.ts'
import {
  checkImages,
  conflicts,
  gatherImages,
  type Image,
  imageNotices,
  isByTag,
  isNoticeOnly,
  localNotice,
  newDigests,
  type PinMode,
} from '../../core/images.ts'
import type { LockedImage, Lockfile } from '../../core/lockfile.ts'
import type { Notice } from '../../core/notice.ts'
import { orphans } from '../../core/orphans.ts'
import { pinEdits } from '../../core/pin.ts'
import { familiarName } from '../../core/reference.ts'
import type { DigestSource, ImageReport } from '../../core/report.ts'
import type { Options } from '../command.ts'
import type { Project } from './load-project.ts'
import { type Origins, partUnresolved } from './local.ts'
import { resolveImages } from './resolve.ts'
import { type Rewrite, rewriteFiles, rewriteLockfile } from './rewrite.ts'
import type { Scan } from './scan.ts'

/** What locking would write, and its findings. */
export interface Plan {
  readonly lockfile: Lockfile
  /** The images that the files name, by the keys of that lockfile. */
  readonly named: readonly Image[]
  readonly rewrites: readonly Rewrite[]
  readonly images: readonly ImageReport[]
  readonly findings: readonly Finding[]
  readonly notices: readonly Notice[]
  readonly requests: number
}

/** The part of the engines that locking needs. */
export interface PlanEngines {
  info(): Promise<Parameters<typeof resolveImages>[4]>
  origins(images: readonly Image[]): Promise<Origins>
}

/**
 * Decides the digest of each image. A digest in a file takes precedence over the lockfile, and the lockfile over the registry, which is
 * asked only about tags that neither knows. An image that cannot be decided stays unchanged, and is a finding.
 */
export async function planLock(
  context: Context,
  options: Options,
  project: Project,
  scan: Scan,
  images: readonly Image[],
  engines: PlanEngines,
): Promise<Plan> {
  const old = project.lockfile.images
  const pinMode = options.noPin ? 'policy' : project.config.pin
  if (options.frozen) {
    const unlocked = images.filter(image => image.digests.length === 0 && !old.has(image.key))
    const origins = await engines.origins(unlocked)
    const local = unlocked.filter(({ key }) => origins.get(key) === 'local')
    const others = images.filter(image => !local.includes(image))
    const notices = [...imageNotices(others, old, pinMode), ...local.map(localNotice)]
    return {
      lockfile: old,
      named: images,
      rewrites: [],
      images: images
        .filter(image => !isNoticeOnly(image, old, notices))
        .map(image => imageReport(image, old, old, pinMode)),
      findings: [
        ...scan.findings,
        ...checkImages(others, old, pinMode),
        ...(scan.complete ? orphans([...images, ...gatherImages(scan.ignored, old)], project.lockfile) : []),
      ],
      notices: [...scan.notices, ...notices],
      requests: 0,
    }
  }
  const contradictory = conflicts(images, old)
  const held = new Set(contradictory.flatMap(finding => ('key' in finding ? [finding.key] : [])))
  const missing = images.filter(image => image.digests.length === 0 && !old.has(image.key))
  const { resolutions, findings, notices, requests } = options.offline
    ? await unasked(missing, old, pinMode, engines)
    : await resolved(context, missing, project, engines)

  const digests = new Map<string, LockedImage>(scan.complete ? [] : old)
  for (const { key } of gatherImages(scan.ignored, old)) {
    const locked = old.get(key)
    if (locked !== undefined) digests.set(key, locked)
  }
  for (const image of images) {
    const locked = old.get(image.key)
    const [wish] = held.has(image.key) ? [] : newDigests(image, old)
    const resolution = resolutions.get(image.key)
    if (resolution !== undefined) {
      const { descriptor, platforms } = resolution
      digests.set(image.key, {
        digest: descriptor.digest,
        mediaType: descriptor.mediaType,
        ...(platforms !== undefined && { platforms }),
      })
    } else if (wish !== undefined) digests.set(image.key, { digest: wish })
    else if (locked !== undefined) digests.set(image.key, locked)
  }
  const read = new Set(scan.sources.map(({ file }) => file))
  const lockfile = noteAdopted(scan.occurrences, digests, old, file => scan.complete || read.has(file))
  // A digest without a tag may turn out to be what `latest` means.
  const all = gatherImages(scan.occurrences, lockfile)
  const decided = new Map([...lockfile].filter(([key]) => !held.has(key)))
  const rewrites =
    pinMode === 'policy' ? [] : [...rewriteFiles(scan, occurrences => pinEdits(occurrences, decided))]
  const problems = [...scan.findings, ...contradictory, ...findings]
  // If nothing could be locked, no lockfile is created.
  const isNothing = project.lockfile.bytes === undefined && lockfile.size === 0 && problems.length > 0
  const lockfileRewrite = isNothing ? undefined : rewriteLockfile(project.lockfile, lockfile)
  if (lockfileRewrite !== undefined) rewrites.push(lockfileRewrite)
  const said = [...notices, ...imageNotices(all, lockfile, pinMode)]
  const failed = new Set(findings.flatMap(finding => ('key' in finding ? [finding.key] : [])))
  return {
    lockfile,
    named: all,
    rewrites,
    images: all
      .filter(image => failed.has(image.key) || !isNoticeOnly(image, lockfile, said))
      .map(image => imageReport(image, old, lockfile, pinMode)),
    findings: problems,
    notices: [...scan.notices, ...said],
    requests,
  }
}

type Asked = Pick<Plan, 'findings' | 'notices' | 'requests'> & {
  readonly resolutions: ReadonlyMap<string, Resolution>
}

/** Without a registry, an unlocked image is a finding, unless it exists only in the engine. */
async function unasked(
  missing: readonly Image[],
  old: Lockfile,
  pinMode: PinMode,
  engines: PlanEngines,
): Promise<Asked> {
  const origins = await engines.origins(missing)
  const local = missing.filter(({ key }) => origins.get(key) === 'local')
  return {
    resolutions: new Map(),
    findings: checkImages(
      missing.filter(image => !local.includes(image)),
      old,
      pinMode,
    ),
    notices: local.map(localNotice),
    requests: 0,
  }
}

async function resolved(
  context: Context,
  missing: readonly Image[],
  project: Project,
  engines: PlanEngines,
): Promise<Asked> {
  if (missing.length === 0) return { resolutions: new Map(), findings: [], notices: [], requests: 0 }
  const answer = await resolveImages(context, missing, project.lockfile.images, project, await engines.info())
  const failed = missing.filter(({ key }) => !answer.resolutions.has(key))
  return { ...answer, ...partUnresolved(failed, answer.findings, await engines.origins(failed)) }
}

function imageReport(
  { key, reference, digests, occurrences }: Image,
  old: Lockfile,
  lockfile: Lockfile,
  pinMode: PinMode,
): ImageReport {
  const digest = lockfile.get(key)?.digest
  const previous = old.get(key)?.digest
  const common = { key, image: familiarName(reference) }
  if (digest === undefined) return common
  let source: DigestSource = 'resolved'
  if (previous === digest) source = 'locked'
  else if (previous !== undefined) source = 'replaced'
  else if (digests.includes(digest)) source = 'adopted'
  return {
    ...common,
    digest,
    source,
    ...(pinMode === 'files' && occurrences.some(isByTag) && { byTag: true as const }),
    ...(source === 'replaced' && previous !== undefined && { previous }),
  }
}
