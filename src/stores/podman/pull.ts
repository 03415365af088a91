/**
 * Pulls images into Podman's store: first by digest through the Docker API, which reports the progress of each layer, then adds their tag.
 * @see https://docs.podman.io/en/latest/_static/api.html
 */
import { otherPlatform } from '../../core/availability.ts'
import { DockLockError } from '../../core/error.ts'
import { formatPlatform, type Platform, samePlatform } from '../../core/platform.ts'
import { familiarName, type Reference, repositoryName } from '../../core/reference.ts'
import { type RegistryRule, rulePlaces } from '../../core/registry-rule.ts'
import type { Wanted } from '../../core/wanted.ts'
import { type ApiResponse, type DockerApi, engineError } from '../connection/docker-api.ts'
import { digestName } from '../names.ts'
import { failures, pullAll, type SharedPull } from '../pull-all.ts'
import { authConfig, authHeader, type Puller, pullThrough } from '../pull-stream.ts'
import type { PullOptions, PullOutcome, StoreInfo } from '../store.ts'
import { type CheckedImage, readPodmanImage } from './images.ts'

export interface PodmanEngine {
  readonly api: DockerApi
  readonly host: string
  info(signal: AbortSignal): Promise<StoreInfo>
  check(wanted: readonly Wanted[], signal: AbortSignal): Promise<readonly CheckedImage[]>
}

export async function pullIntoPodman(
  engine: PodmanEngine,
  wanted: readonly Wanted[],
  options: PullOptions,
): Promise<readonly PullOutcome[]> {
  const { signal } = options
  if (wanted.length === 0) return []
  try {
    const [info, states] = await Promise.all([engine.info(signal), engine.check(wanted, signal)])
    const work: Work = {
      ...engine,
      ...options,
      authorize: registryAuths(info.rules ?? [], options.credentials),
      own: info.platform,
      owners: ownersOfDigests(states, info.platform),
    }
    return await pullAll(states, options, (state, shared) => pullImage(work, state, shared))
  } catch (error) {
    return failures(wanted, error)
  }
}

/**
 * Podman takes credentials by registry and repository, and sends each host only its own. This covers mirrors, which Docker's format
 * does not. Podman uses these credentials instead of its own auth.json.
 */
function registryAuths(
  rules: readonly RegistryRule[],
  credentials: PullOptions['credentials'],
): NonNullable<Puller['authorize']> {
  return async reference => {
    const auths: Record<string, object> = {}
    for (const { registry, repository } of rulePlaces(rules, withoutTag(reference))) {
      const known = await credentials?.(registry, repository)
      if (known !== undefined) auths[`${registry}/${repository}`] = authConfig(known)
    }
    return Object.keys(auths).length === 0 ? undefined : authHeader(auths)
  }
}

/** The reference to pull. */
function withoutTag({ tag: _, ...reference }: Reference): Reference {
  return reference
}

/** State shared by the pulls of one call. */
interface Work extends PodmanEngine, Puller {
  readonly own: Platform
  /** Name with digest → the platform that gets the name. */
  readonly owners: ReadonlyMap<string, string>
}

/**
 * Only one platform's image can have the name `repository@digest`, and a build without a platform uses that image. So the machine's own
 * platform gets the name if it is wanted.
 */
function ownersOfDigests(states: readonly CheckedImage[], own: Platform): Map<string, string> {
  const owners = new Map<string, string>()
  for (const { wanted, platform } of states) {
    const name = digestName(wanted)
    if (!owners.has(name) || samePlatform(platform, own)) owners.set(name, formatPlatform(platform))
  }
  return owners
}

async function pullImage(
  work: Work,
  { wanted, platform, state, registryUse, detail, id, tagHolder }: CheckedImage,
  shared: SharedPull,
): Promise<void> {
  if (state === 'present') return
  const { reference } = wanted
  const native = samePlatform(platform, work.own)
  const missing = state === 'absent' || state === 'wrong-platform'
  const owner = work.owners.get(digestName(wanted))
  // In the opposite case, the image for the machine's own platform takes over the name, and builds are right again.
  const occupied = state === 'wrong-platform' && !native ? otherPlatform(detail) : undefined
  if (missing && (occupied !== undefined || owner !== formatPlatform(platform)))
    throw onePlatform(wanted, occupied ?? owner)
  // Without a name in its repository, a tag would do, but only if no tag must be moved.
  const stays = work.moveTags !== true && tagHolder?.pulled !== true
  const nameless =
    reference.tag === undefined || (state === 'tag-elsewhere' && registryUse === 'required' && stays)
  if (!missing && !nameless)
    return putTag(work, wanted, {
      ...(id !== undefined && { id }),
      ...(tagHolder !== undefined && { tagHolder }),
    })

  const query = pullQuery(wanted, native ? undefined : platform)
  await shared(query, reference.registry, () => pullThrough(work, wanted, query))
  await putTag(work, wanted, tagHolder === undefined ? {} : { tagHolder })
}

function onePlatform(wanted: Wanted, other: string | undefined): DockLockError {
  return new DockLockError('unsupported', `Podman gives a digest's name to one platform: here ${other}`, {
    hint: `A build without a platform would use the other image. If you build only for this platform, remove that image: podman rmi ${digestName(wanted)}`,
  })
}

function pullQuery({ reference, digest }: Wanted, platform: Platform | undefined): string {
  const query = new URLSearchParams({ fromImage: repositoryName(reference), tag: digest })
  if (platform !== undefined) query.set('platform', formatPlatform(platform))
  return `${query}`
}

/**
 * Puts the tag on the image. `id` is known unless the image was just pulled. The tag moves from an image of the same repository. Any other
 * image keeps it unless `moveTags` is set.
 */
async function putTag(
  work: Work,
  wanted: Wanted,
  { id, tagHolder }: Pick<CheckedImage, 'id' | 'tagHolder'>,
): Promise<void> {
  const { host, moveTags } = work
  const { reference } = wanted
  const { tag } = reference
  const pulled = id ?? (await idOf(work, digestName(wanted)))
  if (tag === undefined) return
  // Checked right before tagging, since the tag may have moved.
  const holder = await inspect(work, `${repositoryName(reference)}:${tag}`)
  if (holder.status !== 404) {
    if (holder.status !== 200) throw engineError(host, `to show ${familiarName(reference)}`, holder)
    const image = readPodmanImage(holder.document)
    const moves = moveTags === true || (tagHolder?.pulled === true && tagHolder.id === image.id)
    if (!moves || image.digests.has(wanted.digest)) return
  }
  const query = new URLSearchParams({ repo: repositoryName(reference), tag })
  const path = `/images/${encodeURI(pulled)}/tag?${query}`
  const reply = await work.api.callLibpod({ method: 'POST', path, signal: work.signal })
  if (reply.status !== 201) throw engineError(host, `to tag ${familiarName(reference)}`, reply)
}

async function idOf(work: Work, name: string): Promise<string> {
  const reply = await inspect(work, name)
  const { id } = readPodmanImage(reply.document)
  if (reply.status !== 200 || id === '') throw engineError(work.host, 'to show what it pulled', reply)
  return id
}

function inspect({ api, signal }: Work, name: string): Promise<ApiResponse> {
  return api.callLibpod({ method: 'GET', path: `/images/${encodeURI(name)}/json`, signal })
}
