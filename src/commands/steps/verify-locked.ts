import type { Context } from '../../context.ts'
import { type NamedImages, namedImages, undecidedImages } from '../../core/compare.ts'
import { DockLockError } from '../../core/error.ts'
import { exitCodeFor } from '../../core/finding.ts'
import { checkImages, type Image, imageNotices, isByTag, localNotice } from '../../core/images.ts'
import { compareNatural } from '../../core/natural.ts'
import { lockfilePlaces } from '../../core/orphans.ts'
import { familiarName } from '../../core/reference.ts'
import { repeatedOptions } from '../../core/repeat.ts'
import type { VerifyReport } from '../../core/report.ts'
import type { ImageReport } from '../../core/report-parts.ts'
import { resultOf } from '../../core/result.ts'
import { ignoredOnly, isFoundByTag } from '../../core/wanted-images.ts'
import type { Options } from '../command.ts'
import { targetPlatforms } from './build-options.ts'
import { type Engine, type Engines, reachEngines } from './engines.ts'
import { type Opening, type Project, startOpening } from './load-project.ts'
import { localOf } from './local.ts'
import { type Scan, scanFiles } from './scan.ts'
import { ensureImages, type StoresResult, withStates } from './store.ts'
import { wantedBy } from './wanted.ts'

/**
 * Compares the lockfile with the store, and pulls what is missing if `pull` is set. The files decide the platforms, and must name
 * only what is locked. Without files (a deployment with only the lockfile), the engine's own platform counts.
 */
export async function verifyLocked(
  context: Context,
  options: Options,
  how: { readonly pull: boolean },
): Promise<Omit<VerifyReport, 'command'>> {
  const started = performance.now()
  const opening = startOpening(context)
  const reaching = reachEngines(context, options, opening)
  try {
    const read = await readLocked(context, options, opening, reaching)
    const engines = await answering(reaching)
    const ensured = await ensureIncluded(context, options, read, engines, how)
    const found = await compareNamed(context, read, engines)
    const findings = [...found.findings, ...ensured.findings]
    const { lockfile, scan } = read
    const notices = [...found.notices, ...ensured.notices]
    const result = resultOf({ findings, notices }, scan ?? { skipped: [], sources: [] }, options)
    return {
      exitCode: exitCodeFor(result.findings),
      images: imageReports(options, read).map(report => withStates(report, ensured.states)),
      lockfile: { file: lockfile.file, images: lockfile.images.size },
      stores: ensured.reports,
      ...result,
      milliseconds: performance.now() - started,
      ...repeatedOptions(options),
    }
  } finally {
    await reaching.close()
  }
}

interface LockedProject extends Project, NamedImages {
  /** Undefined if there are no files. */
  readonly scan: Scan | undefined
  /** Keys of images that are ignored in all places. */
  readonly except: ReadonlySet<string>
}

async function readLocked(
  context: Context,
  options: Options,
  opening: Opening,
  engines: Engines,
): Promise<LockedProject> {
  const project = await opening.project
  const { lockfile } = project
  if (lockfile.bytes === undefined) {
    throw new DockLockError('usage', `${lockfile.file} does not exist`, {
      hint: 'To create it, run: dock-lock',
    })
  }
  const scan = await scanIfAny(context, project, options, engines)
  if (scan === undefined) return { ...project, scan, images: [], ignored: [], except: new Set() }
  const named = namedImages(scan, lockfile.images)
  return { ...project, scan, ...named, except: ignoredOnly(named.images, named.ignored) }
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

/** @throws DockLockError if there is only one engine, and it does not answer */
async function answering(reaching: Engines): Promise<readonly Engine[]> {
  const engines = await reaching.all()
  const [first, ...others] = engines
  if (first?.reached === false && others.length === 0) throw first.error
  return engines
}

function ensureIncluded(
  context: Context,
  options: Options,
  { lockfile, config, scan, images, except }: LockedProject,
  engines: readonly Engine[],
  { pull }: { readonly pull: boolean },
): Promise<StoresResult> {
  const { moveTags, strict } = options
  const wantedOf = wantedBy(lockfile.images, scan, images, {
    platforms: targetPlatforms(config, options, context),
    namedOnly: namedOnly(options, scan),
    isByTag: occurrence => isFoundByTag(occurrence, config.pin),
    except,
    lockedAt: lockfilePlaces(lockfile.text),
  })
  const how = { pull, insist: pull, required: true, moveTags, strict, dryRun: false }
  return ensureImages(context, engines, wantedOf, how)
}

/** Whether only images that the files name count. */
function namedOnly({ target }: Options, scan: Scan | undefined): boolean {
  return scan !== undefined && target !== undefined
}

/** What files and lockfile say of each other. A build needs what the files say. */
async function compareNamed(
  context: Context,
  project: LockedProject,
  engines: readonly Engine[],
): Promise<Pick<Scan, 'findings' | 'notices'>> {
  const { lockfile, config, scan, images } = project
  const locked = lockfile.images
  const local = await localOf(context, engines, undecidedImages(images, locked), project)
  const others = images.filter(image => !local.includes(image))
  return {
    // A locked image that is not pinned yet is found by its tag.
    findings: [...(scan?.findings ?? []), ...checkImages(others, locked, 'policy')],
    notices: [
      ...(scan?.notices ?? []),
      ...imageNotices(others, locked, config.pin),
      ...local.map(localNotice),
    ],
  }
}

function imageReports(
  options: Options,
  { lockfile, config, scan, images, except }: LockedProject,
): readonly ImageReport[] {
  const named = new Map<string, Image>(images.map(image => [image.key, image]))
  const onlyNamed = namedOnly(options, scan)
  return [...lockfile.images]
    .sort(([a], [b]) => compareNatural(a, b))
    .filter(([key]) => (!onlyNamed || named.has(key)) && !except.has(key))
    .map(([key, { digest, reference }]) => {
      const byTag = config.pin === 'files' && named.get(key)?.occurrences.some(isByTag) === true
      return {
        key,
        image: familiarName(reference),
        digest,
        source: 'locked' as const,
        ...(byTag && { byTag: true as const }),
      }
    })
}
