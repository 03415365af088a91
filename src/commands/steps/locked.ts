import { performance } from 'node:perf_hooks'
import type { Context } from '../../context.ts'
import { DockLockError } from '../../core/error.ts'
import { exitCodeFor, sortFindings } from '../../core/finding.ts'
import { gatherImages, keyReference } from '../../core/images.ts'
import { familiarName } from '../../core/reference.ts'
import type { Report } from '../../core/report.ts'
import type { Options } from '../command.ts'
import { partOffered } from './offered.ts'
import { meansAll, openProject, type Project, scanFiles, targetPlatforms } from './scan.ts'
import { bringImages, lockedOnly, reachEngine, wantedImages } from './store.ts'

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
  const opening = openProject(context, options)
  const soon = meansAll(options) ? opening.then(({ lockfile }) => lockfile.images) : undefined
  const asked = reachEngine(context, options, soon)
  asked.catch(() => {})
  try {
    const project = await opening
    if (project.lockfile.bytes === undefined) {
      throw new DockLockError('usage', `there is no ${project.lockfile.file} here`, {
        hint: 'Make one: dock-lock',
      })
    }
    const locked = project.lockfile.images
    const images = gatherImages(await namedImages(context, project, options), locked)
    const engine = await asked
    if (!engine.reached) throw engine.error
    const platforms = targetPlatforms(project.config, options, context)
    const meant = options.target === undefined ? locked : lockedOnly(locked, images)
    const wanted = wantedImages(meant, images, platforms)
    const { offered, findings: notOffered } = partOffered(wanted, locked, images, engine.info.platform)
    const brought = await bringImages(context, engine, offered, {
      pull,
      moveTags: options.moveTags,
      strict: options.strict,
      dryRun: false,
    })
    const { states, report } = brought
    const findings = sortFindings([...notOffered, ...brought.findings])
    return {
      command,
      exitCode: exitCodeFor(findings),
      dryRun: false,
      images: [...meant].map(([key, { digest }]) => {
        const store = states.get(key)
        const image = familiarName(keyReference(key))
        return { key, image, digest, source: 'locked' as const, ...(store !== undefined && { store }) }
      }),
      files: [],
      lockfile: { file: project.lockfile.file, images: locked.size, written: false, added: 0, removed: 0 },
      store: report,
      findings,
      registryRequests: 0,
      milliseconds: performance.now() - started,
    }
  } finally {
    const engine = await asked.catch(() => undefined)
    if (engine?.reached) engine.store.close()
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
