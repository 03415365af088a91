/** The image store of a Docker engine, through its API. */
import { DockLockError } from '../../core/error.ts'
import type { Platform } from '../../core/platform.ts'
import { familiarRepository, type Reference, referenceKey } from '../../core/reference.ts'
import type { Wanted } from '../../core/wanted.ts'
import { mapLimited } from '../../lib/limit.ts'
import { once } from '../../lib/once.ts'
import type { EngineConnection } from '../connection/docker-api.ts'
import { type DockerApi, engineError } from '../connection/docker-api.ts'
import type { Availability, Store, StoreInfo } from '../store.ts'
import { checkImage, idsToInspect, isFoundByName } from './check-image.ts'
import { type InspectedPlatforms, readImages, readPlatform, type StoredImage } from './images.ts'
import { lookupOf, readInfo } from './info.ts'
import { pullIntoDocker } from './pull.ts'

/** The list may be long, and a containerd store reads content for each entry. */
const LIST_TIMEOUT = 60_000
const INSPECTED_AT_ONCE = 8
/** The repository under which a containerd store keeps an image whose last tag has moved to another image. */
const DANGLING = 'moby-dangling'
/**
 * The API version (Docker 28.3) from which only the wanted repositories are listed. A containerd store takes some milliseconds for each
 * listed image. Docker 24 took `alpine` for `alpine:latest`.
 */
const FILTERS_SINCE = 51
/**
 * A graphdriver store lists 1,000 images in 10 ms, but compares each name with each pattern: 100 patterns take 100 ms. Up to this many
 * patterns, the list need not wait for the engine to report its store.
 */
const FEW_PATTERNS = 8

export function dockerEngine({ http, api }: EngineConnection): Store {
  const { host } = http.endpoint

  async function askInfo(signal: AbortSignal): Promise<StoreInfo> {
    const { server } = await api.version(signal)
    const reply = await api.call({ method: 'GET', path: '/info', signal })
    if (reply.status !== 200) throw engineError(host, 'to describe itself', reply)
    const info = readInfo(reply.document, host, server)
    if (info === undefined)
      throw new DockLockError('engine', `the engine at ${host} does not report its platform`)
    return info
  }

  const info = once(askInfo)

  /** A list that was requested ahead of time, used once: it does not show later changes. */
  let begun: { readonly repositories: readonly string[]; readonly images: Promise<StoredImage[]> } | undefined

  function prefetch(references: readonly Reference[], signal: AbortSignal): void {
    if (references.length === 0) return
    const repositories = repositoriesOf(references)
    const images = listThose(repositories, signal)
    images.catch(() => {})
    begun = { repositories, images }
  }

  function list(wanted: readonly Wanted[], signal: AbortSignal): Promise<StoredImage[]> {
    const repositories = repositoriesOf(wanted.map(({ reference }) => reference))
    const early = begun
    begun = undefined
    if (early !== undefined && repositories.every(name => early.repositories.includes(name)))
      return early.images
    return listThose(repositories, signal)
  }

  /** The images of these repositories, and those of others where that is quicker. */
  async function listThose(repositories: readonly string[], signal: AbortSignal): Promise<StoredImage[]> {
    const isFiltered =
      (await api.speaks(FILTERS_SINCE, signal)) &&
      (repositories.length <= FEW_PATTERNS || (await info(signal)).imageStore !== 'graphdriver')
    return listImages(api, host, isFiltered ? repositories : undefined, signal)
  }

  async function availability(
    wanted: readonly Wanted[],
    signal: AbortSignal,
  ): Promise<readonly Availability[]> {
    if (wanted.length === 0) return []
    const [engine, images] = await Promise.all([info(signal), list(wanted, signal)])
    const inspected = await inspectPlatforms(api, host, idsToInspect(wanted, images), signal)
    const content = { images, inspected, lookup: lookupOf(engine) }
    const checked = wanted.map(one => checkImage(one, one.platform ?? engine.platform, content))
    if (checked.every(isFoundByName)) return checked
    const { checkBuildCache } = await import('./build-cache.ts')
    return checkBuildCache({ http, api }, engine, checked, signal)
  }

  return {
    info,
    prefetch,
    availability,
    async origins(references, signal) {
      if (references.length === 0) return new Map()
      const [engine, images] = await Promise.all([
        info(signal),
        listThose(repositoriesOf(references), signal),
      ])
      const tagged = references.flatMap(reference => {
        const image = images.find(({ names }) => names.has(referenceKey(reference)))
        return image === undefined ? [] : [{ reference, image }]
      })
      const { originsIn } = await import('./origins.ts')
      return originsIn({ http, api }, engine.imageStore, tagged, signal)
    },
    pull: (wanted, options) => pullIntoDocker({ api, host, info, availability }, wanted, options),
    close: () => http.close(),
  }
}

function repositoriesOf(references: readonly Reference[]): string[] {
  return [...new Set(references.map(familiarRepository))]
}

async function listImages(
  api: DockerApi,
  host: string,
  repositories: readonly string[] | undefined,
  signal: AbortSignal,
): Promise<StoredImage[]> {
  // `manifests` is new in 1.47; older engines ignore it.
  const query = new URLSearchParams({ manifests: '1' })
  if (repositories !== undefined) {
    // The filter is a pattern, in which the brackets of an IPv6 address would be special.
    const reference = [...repositories.map(name => name.replace(/[[\]]/g, '\\$&')), DANGLING]
    query.set('filters', JSON.stringify({ reference }))
  }
  const path = `/images/json?${query}`
  const reply = await api.call({ method: 'GET', path, signal, answerTimeout: LIST_TIMEOUT })
  if (reply.status !== 200) throw engineError(host, 'to list its images', reply)
  const images = readImages(reply.document)
  if (images === undefined) {
    throw new DockLockError('engine', `the engine at ${host} did not answer with its list of images`)
  }
  return images
}

async function inspectPlatforms(
  api: DockerApi,
  host: string,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<InspectedPlatforms> {
  const platforms = new Map<string, Platform | undefined>()
  await mapLimited(ids, INSPECTED_AT_ONCE, async id => {
    const reply = await api.call({ method: 'GET', path: `/images/${encodeURI(id)}/json`, signal })
    // The image may have been removed since it was listed.
    if (reply.status === 404) return
    if (reply.status !== 200) throw engineError(host, 'to describe an image', reply)
    platforms.set(id, readPlatform(reply.document))
  })
  return platforms
}
