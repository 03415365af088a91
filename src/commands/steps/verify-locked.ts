import type { Context } from '../../context.ts'
import { DockLockError } from '../../core/error.ts'
import { exitCodeFor, splitNotices } from '../../core/finding.ts'
import {
  checkImages,
  gatherImages,
  imageNotices,
  isByTag,
  keyReference,
  localNotice,
} from '../../core/images.ts'
import { localImages } from '../../core/local-images.ts'
import { undecidedImages } from '../../core/lock-plan.ts'
import { familiarName } from '../../core/reference.ts'
import { repeatedOptions } from '../../core/repeat.ts'
import type { VerifyReport } from '../../core/report.ts'
import { ignoredOnly } from '../../core/wanted-images.ts'
import type { Options } from '../command.ts'
import { targetPlatforms } from './build-options.ts'
import { type Engines, reachEngines } from './engines.ts'
import { type Project, startOpening } from './load-project.ts'
import { originsOf } from './local.ts'
import { meansAll, type Scan, scanFiles } from './scan.ts'
import { ensureImages, withStates } from './store.ts'
import { wantedBy } from './wanted.ts'

/**
 * Compares the lockfile with the store, and pulls what is missing if `pull` is set. The files decide the platforms, and must name
 * only what is locked. Without files (a deployment with only the lockfile), the engine's own platform counts.
 */
export async function verifyLocked(
  context: Context,
  options: Options,
  { pull }: { readonly pull: boolean },
): Promise<Omit<VerifyReport, 'command'>> {
  const started = performance.now()
  const { stores: configured, project: opening } = startOpening(context)
  const soon = meansAll(options) ? opening.then(({ lockfile }) => lockfile.images) : undefined
  const reaching = reachEngines(context, options, configured, soon)
  try {
    const project = await opening
    if (project.lockfile.bytes === undefined) {
      throw new DockLockError('usage', `${project.lockfile.file} does not exist`, {
        hint: 'Make one: dock-lock',
      })
    }
    const locked = project.lockfile.images
    const scan = await scanIfAny(context, project, options, reaching)
    const images = gatherImages(scan?.occurrences ?? [], locked)
    const engines = await reaching.all()
    const [first, ...others] = engines
    if (first?.reached === false && others.length === 0) throw first.error
    const { pin } = project.config
    const except =
      scan === undefined ? new Set<string>() : ignoredOnly(images, gatherImages(scan.ignored, locked))
    const namedOnly = scan !== undefined && options.target !== undefined
    const keys = new Set(images.map(({ key }) => key))
    const included = [...locked].filter(([key]) => (!namedOnly || keys.has(key)) && !except.has(key))
    const wantedOf = wantedBy(locked, scan, images, {
      platforms: targetPlatforms(project.config, options, context),
      namedOnly,
      isByTag: ({ reference }) => pin === 'files' && reference.digest === undefined,
      except,
    })
    const { moveTags, strict } = options
    const ensureOptions = { pull, insist: pull, required: true, moveTags, strict, dryRun: false }
    const ensured = await ensureImages(context, engines, wantedOf, ensureOptions)
    const unlocked = undecidedImages(images, locked)
    const local = localImages(unlocked, await originsOf(engines, unlocked, context.signal))
    const meantHere = images.filter(image => !local.includes(image))
    const { findings, notices } = splitNotices(
      [
        ...(scan?.findings ?? []),
        // A build needs what the files say. A locked image that is not pinned yet is found by its tag.
        ...checkImages(meantHere, locked, 'policy'),
        ...ensured.findings,
      ],
      [...(scan?.notices ?? []), ...imageNotices(meantHere, locked, pin), ...local.map(localNotice)],
      strict,
    )
    const byTag = new Set(
      images.flatMap(({ key, occurrences }) => (pin === 'files' && occurrences.some(isByTag) ? [key] : [])),
    )
    return {
      exitCode: exitCodeFor(findings),
      images: included.map(([key, { digest }]) => {
        const image = familiarName(keyReference(key))
        const report = {
          key,
          image,
          digest,
          source: 'locked' as const,
          ...(byTag.has(key) && { byTag: true as const }),
        }
        return withStates(report, ensured.states)
      }),
      lockfile: { file: project.lockfile.file, images: locked.size },
      stores: ensured.reports,
      findings,
      ...(scan !== undefined && scan.skipped.length > 0 && { skipped: scan.skipped }),
      notices,
      milliseconds: performance.now() - started,
      ...repeatedOptions(options),
    }
  } finally {
    await reaching.close()
  }
}

/** Undefined if there are no files. */
async function scanIfAny(
  context: Context,
  project: Project,
  options: Options,
  engines: Engines,
): Promise<Scan | undefined> {
  const engineProblem = engines.all().then(
    () => undefined,
    (error: unknown) => error,
  )
  try {
    return await scanFiles(context, project, options, engines)
  } catch (error) {
    if (error instanceof DockLockError && error.code === 'usage' && error !== (await engineProblem))
      return undefined
    throw error
  }
}
