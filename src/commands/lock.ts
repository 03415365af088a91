import { performance } from 'node:perf_hooks'
import type { Context } from '../context.ts'
import { DockLockError } from '../core/error.ts'
import { exitCodeFor, type Finding, sortFindings } from '../core/finding.ts'
import { gatherImages } from '../core/images.ts'
import type { ImageReport, Report } from '../core/report.ts'
import { writeAll } from '../io/write.ts'
import type { Options } from './command.ts'
import { partOffered } from './steps/offered.ts'
import { planLock } from './steps/plan.ts'
import { meansAll, openProject, scanFiles, targetPlatforms } from './steps/scan.ts'
import {
  bringImages,
  type Engine,
  lockedOnly,
  reachEngine,
  type StoreResult,
  unreached,
  wantedImages,
} from './steps/store.ts'

/**
 * `dock-lock [lock]`: resolves what is new, writes the lockfile, pins the files, pulls what the store lacks, verifies. What it
 * writes, it writes together or not at all.
 */
export async function lock(context: Context, options: Options): Promise<Report> {
  const started = performance.now()
  const opening = openProject(context, options)
  // The engine is asked first and answers while the files are read.
  const soon =
    options.noVerify || !meansAll(options) ? undefined : opening.then(({ lockfile }) => lockfile.images)
  const asked = options.noVerify && options.offline ? undefined : reachEngine(context, options, soon)
  asked?.catch(() => {})
  let engine: Engine | undefined
  let written = false
  try {
    const project = await opening
    const scan = await scanFiles(context, project, options)
    const images = gatherImages(scan.occurrences, project.lockfile.images)
    const plan = await planLock(context, options, project, scan, images, async () => {
      engine = await asked
      return engine?.reached ? engine.info : undefined
    })
    const { lockfile, rewrites } = plan
    if (!options.dryRun && rewrites.length > 0) {
      if (context.signal.aborted) throw new DockLockError('interrupted', 'interrupted')
      // The lockfile, which comes last, is replaced first: should we be killed halfway, the digests in it go into the files next time.
      // The other way round, they would stand in the files as if somebody else had put them there.
      await writeAll(rewrites.map(rewrite => rewrite.change).reverse())
      written = true
    }
    let store: StoreResult | undefined
    let notOffered: readonly Finding[] = []
    if (!plan.blocked && !options.noVerify) {
      engine = await asked
      const wanted = wantedImages(
        scan.complete ? lockfile : lockedOnly(lockfile, images),
        images,
        targetPlatforms(project.config, options, context),
      )
      const { moveTags, dryRun, strict } = options
      const pull = !options.noPull && !options.offline
      const own = engine?.reached ? engine.info.platform : undefined
      const { offered, findings } = partOffered(wanted, lockfile, images, own)
      notOffered = findings
      if (engine?.reached)
        store = await bringImages(context, engine, offered, { pull, moveTags, dryRun, strict })
    }
    const findings = sortFindings([...plan.findings, ...notOffered, ...(store?.findings ?? [])])
    const lockfileRewritten = rewrites.some(({ change }) => change.path === project.lockfile.path)
    return {
      command: 'lock',
      exitCode: exitCodeFor(findings),
      dryRun: options.dryRun,
      images: plan.images.map(image => withStore(image, store)),
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
      ...(store !== undefined && { store: store.report }),
      ...(store === undefined &&
        engine?.reached === false &&
        !plan.blocked &&
        !options.noVerify && { store: unreached(engine.error) }),
      findings,
      ...(scan.ignored.length > 0 && { ignored: scan.ignored }),
      registryRequests: plan.requests,
      milliseconds: performance.now() - started,
      pin: options.noPin ? 'policy' : project.config.pin,
      ...(options.dryRun && { diff: rewrites.map(rewrite => rewrite.diff).join('') }),
    }
  } catch (error) {
    if (!written || !(error instanceof DockLockError) || error.code !== 'interrupted') throw error
    throw new DockLockError('interrupted', 'interrupted', {
      hint: 'Files and lockfile were written already; what the store lacks is brought by: dock-lock pull',
    })
  } finally {
    engine = await asked?.catch(() => undefined)
    if (engine?.reached) engine.store.close()
  }
}

function withStore(image: ImageReport, store: StoreResult | undefined): ImageReport {
  const states = store?.states.get(image.key)
  return states === undefined ? image : { ...image, store: states }
}
