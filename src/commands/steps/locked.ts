import { performance } from 'node:perf_hooks'
import type { Context } from '../../context.ts'
import { DockLockError } from '../../core/error.ts'
import { exitCodeFor, sortFindings } from '../../core/finding.ts'
import { gatherImages, keyReference } from '../../core/images.ts'
import { familiarName } from '../../core/reference.ts'
import type { Report } from '../../core/report.ts'
import type { Options } from '../command.ts'
import { reachEngines } from './engines.ts'
import { partOffered } from './offered.ts'
import { repeatedOptions } from './repeat.ts'
import { meansAll, type Project, scanFiles, startOpening, targetPlatforms } from './scan.ts'
import { bringImages, withStates } from './store.ts'
import { lockedOnly, wantedImages } from './wanted.ts'

/**
 * Holds the lockfile against the store, and pulls what is missing if `pull` says so. The files are read only to learn which
 * platforms they ask for; where there are none (a deployment with the lockfile alone) the engine's own is meant.
 */
export async function bringLocked(
  command: string,
  context: Context,
  options: Options,
  pull: boolean,
): Promise<Report> {
  const started = performance.now()
  const { config, project: opening } = startOpening(context)
  const soon = meansAll(options) ? opening.then(({ lockfile }) => lockfile.images) : undefined
  const reaching = reachEngines(context, options, config, soon)
  try {
    const project = await opening
    if (project.lockfile.bytes === undefined) {
      throw new DockLockError('usage', `there is no ${project.lockfile.file} here`, {
        hint: 'Make one: dock-lock',
      })
    }
    const locked = project.lockfile.images
    const images = gatherImages(await namedImages(context, project, options), locked)
    const engines = await reaching.all()
    const [first, ...others] = engines
    if (first?.reached === false && others.length === 0) throw first.error
    const platforms = targetPlatforms(project.config, options, context)
    const meant = options.target === undefined ? locked : lockedOnly(locked, images)
    const wanted = wantedImages(meant, images, platforms)
    const brought = await bringImages(
      context,
      engines,
      platform => partOffered(wanted, locked, images, platform),
      { pull, insist: pull, moveTags: options.moveTags, strict: options.strict, dryRun: false },
    )
    const findings = sortFindings(brought.findings)
    return {
      command,
      exitCode: exitCodeFor(findings),
      dryRun: false,
      images: [...meant].map(([key, { digest }]) => {
        const image = familiarName(keyReference(key))
        return withStates({ key, image, digest, source: 'locked' }, brought.states)
      }),
      files: [],
      lockfile: { file: project.lockfile.file, images: locked.size, written: false, added: 0, removed: 0 },
      stores: brought.reports,
      findings,
      registryRequests: 0,
      milliseconds: performance.now() - started,
      ...repeatedOptions(options),
    }
  } finally {
    await reaching.close()
  }
}

async function namedImages(context: Context, project: Project, options: Options) {
  try {
    return (await scanFiles(context, project, options)).occurrences
  } catch (error) {
    if (error instanceof DockLockError && error.code === 'usage') return []
    throw error
  }
}
