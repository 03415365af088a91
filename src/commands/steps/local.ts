import type { Image } from '../../core/images.ts'
import { mergeOrigins, type Origins } from '../../core/local-images.ts'
import type { Engine } from './engines.ts'

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
