import type { Context } from '../context.ts'
import { DockLockError } from '../core/error.ts'
import { exitCodeFor, type Finding, splitNotices } from '../core/finding.ts'
import { gatherImages, isByTag } from '../core/images.ts'
import type { Report } from '../core/report.ts'
import { ignoredOnly } from '../core/wanted-images.ts'
import { writeAll } from '../io/write.ts'
import type { Options } from './command.ts'
import { targetPlatforms } from './steps/build-options.ts'
import { reachEngines } from './steps/engines.ts'
import { startOpening } from './steps/load-project.ts'
import { originsOf } from './steps/local.ts'
import { planLock } from './steps/plan.ts'
import { repeatedOptions } from './steps/repeat.ts'
import { cleanUp } from './steps/rewrite.ts'
import { meansAll, scanFiles } from './steps/scan.ts'
import { ensureImages, type StoresResult, withStates } from './steps/store.ts'
import { wantedBy } from './steps/wanted.ts'

/**
 * `dock-lock [lock]`: looks up new tags, writes the lockfile, pins the files, pulls what the store lacks, and verifies. It
 * writes all files or none.
 */
export async function lockCommand(context: Context, options: Options): Promise<Report> {
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
    const plan = await planLock(context, options, project, scan, images, {
      info: async () => engines?.first(),
      origins: async failed =>
        originsOf(options.noVerify ? [] : ((await engines?.all()) ?? []), failed, context.signal),
    })
    const { lockfile, rewrites } = plan
    const inFiles = !options.noPin && project.config.pin === 'files'
    if (!options.dryRun && !options.frozen) await cleanUp(project, scan.sources)
    if (!options.dryRun && rewrites.length > 0) {
      if (context.signal.aborted) throw new DockLockError('interrupted', 'interrupted')
      // The lockfile is replaced first. If we are killed halfway, the next run writes its digests into the files.
      // In the other order, the digests in the files would look as if a person had written them.
      await writeAll(rewrites.map(rewrite => rewrite.change).reverse(), context.signal)
      written = true
    }
    let stores: StoresResult | undefined
    let notOffered: readonly Finding[] = []
    const wantedOf = wantedBy(lockfile, scan, plan.named, {
      platforms: targetPlatforms(project.config, options, context),
      namedOnly: !scan.complete,
      isByTag: occurrence => inFiles && isByTag(occurrence),
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
    const lockfileRewritten = rewrites.some(({ change }) => change.path === project.lockfile.path)
    return {
      command: 'lock',
      exitCode: exitCodeFor(findings),
      dryRun: options.dryRun,
      images: plan.images.map(image => withStates(image, stores?.states ?? new Map())),
      files: rewrites
        .filter(({ change }) => change.path !== project.lockfile.path)
        .map(rewrite => rewrite.report),
      lockfile: {
        file: project.lockfile.file,
        images: lockfile.size,
        written: lockfileRewritten,
        added: [...lockfile.keys()].filter(key => !project.lockfile.images.has(key)).length,
        removed: [...project.lockfile.images.keys()].filter(key => !lockfile.has(key)).length,
      },
      stores: stores?.reports ?? [],
      findings,
      ...(scan.skipped.length > 0 && { skipped: scan.skipped }),
      notices,
      registryRequests: plan.requests,
      milliseconds: performance.now() - started,
      pin: inFiles ? 'files' : 'policy',
      ...repeatedOptions(options),
      ...(options.dryRun && { diff: rewrites.map(rewrite => rewrite.diff).join('') }),
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
