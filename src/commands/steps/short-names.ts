import type { Finding } from '../../core/finding.ts'
import type { Image } from '../../core/images.ts'
import { DOCKER_HUB, familiarName, referenceKey } from '../../core/reference.ts'
import type { StoreInfo } from '../../stores/store.ts'

/**
 * Why a name without a registry is a problem to lock. For Docker and dock-lock it means Docker Hub, but Podman may look
 * elsewhere and build another image. Undefined if Podman would not, or the engine is not Podman.
 */
export async function otherRegistry(
  { key, reference, occurrences }: Image,
  engine: StoreInfo | undefined,
  signal: AbortSignal,
): Promise<Finding | undefined> {
  if (engine?.search === undefined || reference.registry !== DOCKER_HUB) return undefined
  const places = occurrences.filter(
    ({ reference: { original } }) => !/^(?:index\.)?docker\.io\//.test(original),
  )
  if (places.length === 0) return undefined
  const image = familiarName(reference)
  const found = {
    code: 'short-name',
    places: places.map(({ place }) => place),
    image,
    key,
    engine: engine.name,
  } as const
  // An alias in registries.conf comes before the search. An old Podman does not report its aliases.
  const [resolved] = (await engine.resolveName?.(image, signal)) ?? []
  if (resolved !== undefined) return resolved === referenceKey(reference) ? undefined : { ...found, resolved }
  const [searched] = engine.search
  return searched === undefined || searched === DOCKER_HUB ? undefined : { ...found, searched }
}
