import type { Context } from '../../context.ts'
import { DockLockError } from '../../core/error.ts'
import type { Finding } from '../../core/finding.ts'
import { isByTag } from '../../core/images.ts'
import { isAboutDigest, type LockPlan } from '../../core/lock-plan.ts'
import { ignoredOnly, isFoundByTag } from '../../core/wanted-images.ts'
import type { Options } from '../command.ts'
import { targetPlatforms } from './build-options.ts'
import type { Engines } from './engines.ts'
import type { ProjectRead } from './read-project.ts'
import { ensureImages, type StoresResult, type WantedOf } from './store.ts'
import { wantedBy } from './wanted.ts'

/**
 * Checks that the stores have what the plan locks, and pulls what they lack, as far as the options allow it.
 * @param written whether files were written, which an interruption does not undo
 */
export async function ensureLocked(
  context: Context,
  options: Options,
  read: ProjectRead,
  plan: LockPlan,
  engines: Engines | undefined,
  written: boolean,
): Promise<StoresResult> {
  const wantedOf = wantedByPlan(context, options, read, plan)
  // An image that does not support a named platform cannot be built for it on any engine.
  if (options.noVerify || engines === undefined)
    return { states: new Map(), findings: wantedOf(undefined).findings, notices: [], reports: [] }
  const { moveTags, dryRun, strict } = options
  try {
    const pull = !options.noPull && !options.offline
    const required = (await engines.named()) || options.frozen || strict
    const how = { pull, moveTags, dryRun, strict, required, insist: false }
    return await ensureImages(context, await engines.all(), wantedOf, how)
  } catch (error) {
    if (!written || !(error instanceof DockLockError) || error.code !== 'interrupted') throw error
    throw new DockLockError('interrupted', 'interrupted', {
      hint: 'Files and lockfile are written. To pull what the store lacks, run: dock-lock pull',
    })
  }
}

function wantedByPlan(
  context: Context,
  options: Options,
  { project, scan, pinMode }: ProjectRead,
  { lockfile, images, ignored, findings }: LockPlan,
): WantedOf {
  return wantedBy(lockfile, scan, images, {
    platforms: targetPlatforms(project.config, options, context),
    namedOnly: !scan.complete,
    // Places that can hold a digest get it in this run.
    isByTag: one => isFoundByTag(one, pinMode) && (pinMode === 'policy' || isByTag(one)),
    except: new Set([...ignoredOnly(images, ignored), ...contradicted(findings)]),
  })
}

/** The images for which files name a different digest than the locked one. */
function contradicted(findings: readonly Finding[]): readonly string[] {
  return findings.flatMap(finding =>
    'key' in finding && (finding.code === 'conflict' || finding.code === 'mismatch' || isAboutDigest(finding))
      ? [finding.key]
      : [],
  )
}
