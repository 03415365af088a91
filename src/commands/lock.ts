import type { Context } from '../context.ts'
import { DockLockError } from '../core/error.ts'
import { exitCodeFor, type Finding, splitNotices } from '../core/finding.ts'
import { gatherImages, isByTag } from '../core/images.ts'
import { pinEdits } from '../core/pin.ts'
import { repeatedOptions } from '../core/repeat.ts'
import type { LockReport } from '../core/report.ts'
import { ignoredOnly } from '../core/wanted-images.ts'
import type { Options } from './command.ts'
import { targetPlatforms } from './steps/build-options.ts'
import { reachEngines } from './steps/engines.ts'
import { startOpening } from './steps/load-project.ts'
import { originsOf } from './steps/local.ts'
import { planLock } from './steps/plan.ts'
import {
  cleanUp,
  diffOf,
  fileReports,
  lockfileChange,
  rewriteFiles,
  rewriteLockfile,
  writeRewrites,
} from './steps/rewrite.ts'
import { meansAll, scanFiles } from './steps/scan.ts'
import { ensureImages, type StoresResult, withStates } from './steps/store.ts'
import { wantedBy } from './steps/wanted.ts'

/**
 * `dock-lock [lock]`: looks up new tags, writes the lockfile, pins the files, pulls what the store lacks, and verifies. It
 * writes all files or none.
 */
export async function lockCommand(context: Context, options: Options): Promise<LockReport> {
  const started = performance.now()
  const { stores: configured, project: opening } = startOpening(context)
  // The engines answer while the files are read.
  const soon =
    options.noVerify || !meansAll(options) ? undefined : opening.then(({ lockfile }) => lockfile.images)
  const engines =
    options.noVerify && options.offline ? undefined : reachEngines(context, options, configured, soon)
  let written = false
  try {
    const project = await opening
    const scan = await scanFiles(context, project, options, engines)
    const images = gatherImages(scan.occurrences, project.lockfile.images)
    const pinMode = options.noPin ? 'policy' : project.config.pin
    const input = { scan, lockfile: project.lockfile, images, pinMode }
    const plan = await planLock(context, options, project, input, {
      info: async () => engines?.first(),
      origins: async failed =>
        originsOf(options.noVerify ? [] : ((await engines?.all()) ?? []), failed, context.signal),
    })
    const { lockfile } = plan
    const files = rewriteFiles(scan, occurrences => pinEdits(occurrences, plan.pins))
    const ofLockfile = plan.writesLockfile ? rewriteLockfile(project.lockfile, lockfile) : []
    if (!options.dryRun && !options.frozen) await cleanUp(project, scan.sources)
    // The lockfile is replaced first. If we are killed halfway, the next run writes its digests into the files.
    // In the other order, the digests in the files would look as if a person had written them.
    written = await writeRewrites(context, [...ofLockfile, ...[...files].reverse()], options)
    let stores: StoresResult | undefined
    let notOffered: readonly Finding[] = []
    const wantedOf = wantedBy(lockfile, scan, plan.named, {
      platforms: targetPlatforms(project.config, options, context),
      namedOnly: !scan.complete,
      isByTag: occurrence => pinMode === 'files' && isByTag(occurrence),
      except: new Set([
        ...ignoredOnly(plan.named, gatherImages(scan.ignored, lockfile)),
        ...contradicted(plan.findings),
      ]),
    })
    if (options.noVerify || engines === undefined) {
      // An image that does not support a named platform cannot be built for it on any engine.
      notOffered = wantedOf(undefined).findings
    } else {
      const { moveTags, dryRun, strict } = options
      const pull = !options.noPull && !options.offline
      const named = await engines.named()
      const required = named || options.frozen || strict
      const bring = { pull, moveTags, dryRun, strict, required, insist: false }
      stores = await ensureImages(context, await engines.all(), wantedOf, bring)
    }
    const { findings, notices } = splitNotices(
      [...plan.findings, ...notOffered, ...(stores?.findings ?? [])],
      plan.notices,
      options.strict,
    )
    return {
      command: 'lock',
      exitCode: exitCodeFor(findings),
      dryRun: options.dryRun,
      images: plan.reports.map(image => withStates(image, stores?.states ?? new Map())),
      files: fileReports(files, written),
      lockfile: lockfileChange(project.lockfile, lockfile, ofLockfile.length > 0, written),
      stores: stores?.reports ?? [],
      findings,
      ...(scan.skipped.length > 0 && { skipped: scan.skipped }),
      notices,
      registryRequests: plan.requests,
      milliseconds: performance.now() - started,
      pin: pinMode,
      ...repeatedOptions(options),
      ...diffOf([...files, ...ofLockfile], options),
    }
  } catch (error) {
    if (!written || !(error instanceof DockLockError) || error.code !== 'interrupted') throw error
    throw new DockLockError('interrupted', 'interrupted', {
      hint: 'Files and lockfile are written. To pull what the store lacks, run: dock-lock pull',
    })
  } finally {
    await engines?.close()
  }
}

/** The images for which files name a different digest than the locked one. */
function contradicted(findings: readonly Finding[]): readonly string[] {
  return findings.flatMap(finding =>
    finding.code === 'conflict' || finding.code === 'mismatch' ? [finding.key] : [],
  )
}
