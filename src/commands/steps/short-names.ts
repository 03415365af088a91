import type { Finding } from '../../core/finding.ts'
import type { Image } from '../../core/images.ts'
import { DOCKER_HUB, familiarName, referenceKey, repositoryName } from '../../core/reference.ts'
import type { StoreInfo } from '../../stores/store.ts'

/**
 * What is wrong with locking a name that does not say its registry: to Docker and to dock-lock that is Docker Hub, while Podman may look
 * elsewhere, and would build something else. Undefined where it would not, or the engine is no Podman.
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
  const name = familiarName(reference)
  // An alias of registries.conf goes before the search; an old Podman does not tell its aliases.
  const [first] = (await engine.resolveName?.(name, signal)) ?? []
  const [searched] = engine.search
  const wrong =
    first === undefined
      ? searched !== undefined && searched !== DOCKER_HUB
        ? `${engine.name} may look for it on ${searched}`
        : undefined
      : first !== referenceKey(reference)
        ? `to ${engine.name} it is ${first}`
        : undefined
  if (wrong === undefined) return undefined
  return {
    code: 'unresolvable',
    places: places.map(({ place }) => place),
    image: name,
    key,
    cause: 'unsupported',
    message: `${name} does not say its registry: to Docker it is ${referenceKey(reference)}, ${wrong}`,
    hint: `Write the one that is meant into the file, such as ${repositoryName(reference)}:${reference.tag ?? 'TAG'}.`,
  }
}
