import type { Context } from '../../context.ts'
import { noteAdopted } from '../../core/adopted.ts'
import type { Finding } from '../../core/finding.ts'
import { checkImages, conflicts, gatherImages, type Image } from '../../core/images.ts'
import type { LockedImage, Lockfile } from '../../core/lockfile.ts'
import { orphans } from '../../core/orphans.ts'
import { pinEdits } from '../../core/pin.ts'
import { familiarName } from '../../core/reference.ts'
import type { DigestSource, ImageReport } from '../../core/report.ts'
import type { Options } from '../command.ts'
import type { Project } from './load-project.ts'
import { resolveImages } from './resolve.ts'
import { type Rewrite, rewriteFiles, rewriteLockfile } from './rewrite.ts'
import type { Scan } from './scan.ts'

/** What locking would write, and what it found. */
export interface Plan {
  readonly lockfile: Lockfile
  readonly rewrites: readonly Rewrite[]
  readonly images: readonly ImageReport[]
  readonly findings: readonly Finding[]
  readonly requests: number
  /** Something is wrong that must be mended first: nothing is written, no store asked. */
  readonly blocked: boolean
}

/**
 * Decides what each image is locked to. Who wins: a digest in a file over the lockfile, the lockfile over the registry, which is
 * asked only for tags that neither knows.
 */
export async function planLock(
  context: Context,
  options: Options,
  project: Project,
  scan: Scan,
  images: readonly Image[],
  engineInfo: () => Promise<Parameters<typeof resolveImages>[4]>,
): Promise<Plan> {
  const old = project.lockfile.images
  const pinMode = options.noPin ? 'policy' : project.config.pin
  const blocked = (findings: readonly Finding[], requests: number): Plan => ({
    lockfile: old,
    rewrites: [],
    images: images.map(image => imageReport(image, old, old)),
    findings,
    requests,
    blocked: true,
  })
  if (options.frozen) {
    const findings = [
      ...scan.findings,
      ...checkImages(images, old, pinMode),
      ...(scan.complete ? orphans(images, project.lockfile) : []),
    ]
    return findings.length > 0 ? blocked(findings, 0) : { ...blocked([], 0), blocked: false }
  }
  const missing = images.filter(image => image.digests.length === 0 && !old.has(image.key))
  const refused = [
    ...scan.findings.filter(({ code }) => code === 'malformed'),
    ...conflicts(images),
    ...(options.offline ? checkImages(missing, old, pinMode) : []),
  ]
  const { resolutions, findings, requests } =
    options.offline || missing.length === 0
      ? { resolutions: new Map(), findings: [], requests: 0 }
      : await resolveImages(context, missing, old, project, await engineInfo())
  if (refused.length + findings.length > 0) return blocked([...refused, ...findings], requests)

  const digests = new Map<string, LockedImage>(scan.complete ? [] : old)
  for (const image of images) {
    const locked = old.get(image.key)
    const [inFile] = image.digests
    const resolution = resolutions.get(image.key)
    if (resolution !== undefined) {
      const { descriptor, platforms } = resolution
      digests.set(image.key, {
        digest: descriptor.digest,
        mediaType: descriptor.mediaType,
        ...(platforms !== undefined && { platforms }),
      })
    } else if (inFile !== undefined && inFile !== locked?.digest) {
      digests.set(image.key, { digest: inFile })
    } else if (locked !== undefined) {
      digests.set(image.key, locked)
    }
  }
  const read = new Set(scan.sources.map(({ file }) => file))
  const lockfile = noteAdopted(scan.occurrences, digests, old, file => scan.complete || read.has(file))
  // A digest without a tag may turn out to be what `latest` means.
  const all = gatherImages(scan.occurrences, lockfile)
  const rewrites =
    pinMode === 'policy'
      ? []
      : [...rewriteFiles(scan.sources, occurrences => pinEdits(occurrences, lockfile))]
  const lockfileRewrite = rewriteLockfile(project.lockfile, lockfile)
  if (lockfileRewrite !== undefined) rewrites.push(lockfileRewrite)
  return {
    lockfile,
    rewrites,
    images: all.map(image => imageReport(image, old, lockfile)),
    findings: [
      ...scan.findings,
      ...checkImages(all, lockfile, pinMode).filter(({ code }) => code === 'unpinnable'),
    ],
    requests,
    blocked: false,
  }
}

function imageReport({ key, reference, digests }: Image, old: Lockfile, lockfile: Lockfile): ImageReport {
  const digest = lockfile.get(key)?.digest
  const previous = old.get(key)?.digest
  const common = { key, image: familiarName(reference) }
  if (digest === undefined) return common
  let source: DigestSource = 'resolved'
  if (previous === digest) source = 'locked'
  else if (previous !== undefined) source = 'replaced'
  else if (digests.includes(digest)) source = 'adopted'
  return { ...common, digest, source, ...(source === 'replaced' && previous !== undefined && { previous }) }
}
