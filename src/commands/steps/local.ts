import type { Context } from '../../context.ts'
import type { Image } from '../../core/images.ts'
import { localImages, mergeOrigins, type Origins, partUnresolved } from '../../core/local-images.ts'
import type { Engine } from './engines.ts'
import type { Project } from './load-project.ts'

/** Asks the engines where their images under these tags came from. */
export async function originsOf(
  engines: readonly Engine[],
  images: readonly Image[],
  signal: AbortSignal,
): Promise<Origins> {
  if (images.length === 0) return new Map()
  // As written in the file: Podman looks up a short name elsewhere.
  const references = images.flatMap(({ occurrences }) => occurrences.slice(0, 1).map(one => one.reference))
  const reached = engines.flatMap(engine => (engine.reached ? [engine.store] : []))
  const answers = await Promise.all(reached.map(store => store.origins?.(references, signal)))
  return mergeOrigins(images, answers)
}

/**
 * The images of files without a lock entry that exist only in the engines. If an engine does not report where an image came from, such as
 * Podman, the registries are asked: an image that none of them has is local.
 */
export async function localOf(
  context: Context,
  engines: readonly Engine[],
  images: readonly Image[],
  project: Project,
): Promise<readonly Image[]> {
  const origins = await originsOf(engines, images, context.signal)
  const local = localImages(images, origins)
  const open = images.filter(({ key }) => origins.get(key) === 'unknown')
  if (open.length === 0) return local
  const { resolveImages } = await import('./resolve.ts')
  const first = engines.find(engine => engine.reached)
  const answer = await resolveImages(context, open, [], project.lockfile.images, project, first?.info)
  const { notices } = partUnresolved(open, answer.findings, origins)
  const absent = new Set(notices.flatMap(notice => (notice.code === 'local' ? [notice.key] : [])))
  return images.filter(image => local.includes(image) || absent.has(image.key))
}
