/** Podman's image store, through Podman's own API. */
import { DockLockError } from '../../core/error.ts'
import type { TagOrigin } from '../../core/local-images.ts'
import {
  DOCKER_HUB,
  familiarName,
  type Reference,
  referenceKey,
  repositoryName,
} from '../../core/reference.ts'
import type { Wanted } from '../../core/wanted.ts'
import { stringsField } from '../../lib/json.ts'
import { mapLimited } from '../../lib/limit.ts'
import { once } from '../../lib/once.ts'
import type { EngineConnection } from '../connection/docker-api.ts'
import { engineError } from '../connection/docker-api.ts'
import type { Store, StoreInfo } from '../store.ts'
import {
  type CheckedImage,
  checkPodmanImage,
  isPulled,
  type PodmanImage,
  platformless,
  readPodmanImage,
  readPodmanImages,
} from './images.ts'
import { isOldPodman, readPodmanInfo } from './info.ts'
import { pullIntoPodman } from './pull.ts'

const LIST_TIMEOUT = 60_000
const INSPECTED_AT_ONCE = 8

export function podman({ http, api }: EngineConnection): Store {
  const { host } = http.endpoint

  async function askInfo(signal: AbortSignal): Promise<StoreInfo> {
    const reply = await api.callLibpod({ method: 'GET', path: '/info', signal })
    if (reply.status !== 200) throw engineError(host, 'to describe itself', reply)
    const info = readPodmanInfo(reply.document, host)
    if (info === undefined)
      throw new DockLockError('engine', `the Podman at ${host} does not report its platform`)
    return { ...info, resolveName }
  }

  /** Podman 4.3 lacks the path, 5.8 has it. */
  async function resolveName(name: string, signal: AbortSignal): Promise<readonly string[] | undefined> {
    const path = `/images/${encodeURI(name)}/resolve`
    const reply = await api.callLibpod({ method: 'GET', path, signal })
    const names = reply.status === 200 ? stringsField(reply.document, 'Names') : []
    return names.length === 0 ? undefined : names
  }

  const info = once(askInfo)

  async function list(signal: AbortSignal): Promise<readonly PodmanImage[]> {
    // Images without a name count, too.
    const path = '/images/json?all=true'
    const reply = await api.callLibpod({ method: 'GET', path, signal, answerTimeout: LIST_TIMEOUT })
    if (reply.status !== 200) throw engineError(host, 'to list its images', reply)
    const images = readPodmanImages(reply.document)
    if (images === undefined) {
      throw new DockLockError('engine', `the Podman at ${host} did not answer with its list of images`)
    }
    return images
  }

  /** The images with their platforms, without those that have been removed since they were listed. */
  async function complete(
    wanted: readonly Wanted[],
    images: readonly PodmanImage[],
    signal: AbortSignal,
  ): Promise<readonly PodmanImage[]> {
    const inspected = new Map<string, PodmanImage | undefined>()
    await mapLimited(platformless(wanted, images), INSPECTED_AT_ONCE, async id => {
      const reply = await api.callLibpod({ method: 'GET', path: `/images/${encodeURI(id)}/json`, signal })
      if (reply.status !== 200 && reply.status !== 404) throw engineError(host, 'to describe an image', reply)
      inspected.set(id, reply.status === 200 ? readPodmanImage(reply.document) : undefined)
    })
    return images.flatMap(image => {
      if (!inspected.has(image.id)) return [image]
      const { platform } = inspected.get(image.id) ?? {}
      return platform === undefined ? [] : [{ ...image, platform }]
    })
  }

  async function check(wanted: readonly Wanted[], signal: AbortSignal): Promise<readonly CheckedImage[]> {
    if (wanted.length === 0) return []
    const [engine, listed] = await Promise.all([info(signal), list(signal)])
    const images = await complete(wanted, listed, signal)
    return wanted.map(one => checkPodmanImage(one, engine.platform, images, isOldPodman(engine)))
  }

  return {
    info,
    availability: async (wanted, signal) =>
      (await check(wanted, signal)).map(({ id: _, ...availability }) => availability),
    async origins(references, signal) {
      const images = references.length === 0 ? [] : await list(signal)
      const tagged = new Map(images.flatMap(image => [...image.names].map(name => [name, image] as const)))
      return new Map(references.flatMap(reference => originOf(reference, tagged)))
    },
    pull: (wanted, options) => pullIntoPodman({ api, host, info, check }, wanted, options),
    close: () => http.close(),
  }
}

/**
 * Podman puts built images under `localhost/`, where it also looks up short names. An image with another name may have been built, or pulled
 * from a repository without an index: Podman does not report which.
 */
function originOf(
  reference: Reference,
  tagged: ReadonlyMap<string, PodmanImage>,
): readonly [string, TagOrigin][] {
  const key = referenceKey(reference)
  const { registry, original } = reference
  const isShort = registry === DOCKER_HUB && !/^(?:index\.)?docker\.io\//.test(original)
  const built = isShort ? `localhost/${familiarName(reference)}` : key
  if ((isShort || registry === 'localhost') && tagged.has(built)) return [[key, 'local']]
  const image = tagged.get(key)
  return image === undefined || isPulled(image, repositoryName(reference)) ? [] : [[key, 'unknown']]
}
