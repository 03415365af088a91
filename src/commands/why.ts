import type { Context } from '../context.ts'
import { DockLockError } from '../core/error.ts'
import { exitCodeFor } from '../core/finding.ts'
import { imageDetails, type LockedSince } from '../core/image-uses.ts'
import { hasLocalName, type Image } from '../core/images.ts'
import { localImages } from '../core/local-images.ts'
import type { WhyReport } from '../core/report.ts'
import { resultOf } from '../core/result.ts'
import { isFoundByTag } from '../core/wanted-images.ts'
import type { Options } from './command.ts'
import { targetPlatforms } from './steps/build-options.ts'
import { type Engines, reachEngines } from './steps/engines.ts'
import { allImages } from './steps/known-images.ts'
import { type Project, startOpening } from './steps/load-project.ts'
import { originsOf } from './steps/local.ts'
import { type Scan, scanFiles } from './steps/scan.ts'
import { selectImages } from './steps/select-images.ts'
import { ensureImages, type StoresResult } from './steps/store.ts'
import { wantedBy } from './steps/wanted.ts'

/** `dock-lock why IMAGE…`: where an image is used, what is locked, and which stores have it. Changes nothing. */
export async function whyCommand(context: Context, options: Options): Promise<WhyReport> {
  const started = performance.now()
  if (options.images.length === 0)
    throw new DockLockError('usage', 'why needs the name of an image', {
      hint: 'Write: dock-lock why alpine. To list the images, run: dock-lock ls',
    })
  const opening = startOpening(context)
  const engines = options.noVerify ? undefined : reachEngines(context, options, opening)
  try {
    const project = await opening.project
    const { lockfile, config } = project
    const scan = await scanFiles(context, project, options, engines)
    const chosen = selectImages(allImages(scan, lockfile.images), options.images, 'not-found')
    const images = chosen.map((image): Image => ({ ...image, digests: [] }))
    const [asked, history] = await Promise.all([
      engines === undefined ? NOT_ASKED : askStores(context, options, project, scan, images, engines),
      readHistory(context, project, images),
    ])
    const result = resultOf({ findings: scan.findings, notices: [] }, scan, options)
    return {
      command: 'why',
      exitCode: exitCodeFor(result.findings),
      images: chosen.map(image => {
        const isLocal = asked.local.has(image.key) || hasLocalName(image)
        const since = history?.get(image.key)
        const stores = asked.states.get(image.key)
        return {
          ...imageDetails(image, lockfile.images, config.pin, isLocal),
          ...(since !== undefined && { since }),
          ...(stores !== undefined && { stores }),
        }
      }),
      stores: asked.reports,
      ...result,
      milliseconds: performance.now() - started,
    }
  } finally {
    await engines?.close()
  }
}

interface Asked extends Pick<StoresResult, 'states' | 'reports'> {
  /** Keys of the images that exist only in the engines. */
  readonly local: ReadonlySet<string>
}

const NOT_ASKED: Asked = { states: new Map(), reports: [], local: new Set() }

/** What the stores have of these images. A store that does not answer is reported, and is no finding. */
async function askStores(
  context: Context,
  options: Options,
  { lockfile, config }: Project,
  scan: Scan,
  images: readonly Image[],
  engines: Engines,
): Promise<Asked> {
  const keys = new Set(images.map(({ key }) => key))
  const locked = new Map([...lockfile.images].filter(([key]) => keys.has(key)))
  const unlocked = images.filter(({ key, occurrences }) => !locked.has(key) && occurrences.length > 0)
  const all = await engines.all()
  const wantedOf = wantedBy(locked, scan, images, {
    platforms: targetPlatforms(config, options, context),
    namedOnly: false,
    isByTag: occurrence => isFoundByTag(occurrence, config.pin),
    except: new Set(),
  })
  const { moveTags, strict } = options
  const how = { pull: false, insist: false, required: false, moveTags, strict, dryRun: false }
  try {
    const [{ states, reports }, origins] = await Promise.all([
      ensureImages(context, all, wantedOf, how),
      originsOf(all, unlocked, context.signal),
    ])
    return { states, reports, local: new Set(localImages(unlocked, origins).map(({ key }) => key)) }
  } catch (error) {
    const [only] = all
    if (!(error instanceof DockLockError) || error.code === 'interrupted' || only === undefined) throw error
    const { message, hint } = error
    const report = {
      reached: false,
      label: only.label,
      message,
      ...(hint !== undefined && { hint }),
    } as const
    return { ...NOT_ASKED, reports: [report] }
  }
}

async function readHistory(
  { env, signal }: Context,
  { root, lockfile }: Project,
  images: readonly Image[],
): Promise<ReadonlyMap<string, LockedSince> | undefined> {
  if (!images.some(({ key }) => lockfile.images.has(key))) return undefined
  const { readLockHistory } = await import('../io/lock-history.ts')
  return readLockHistory({ root, env, signal }, lockfile.images)
}
