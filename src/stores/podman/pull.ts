/**
 * Brings images into Podman's store: by digest, through the Docker API, which tells the progress of each layer; and then under their tag.
 * @see https://docs.podman.io/en/latest/_static/api.html
 */
import { DockLockError } from '../../core/error.ts'
import { parsePlatform, samePlatform } from '../../core/platform.ts'
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
  judge(wanted: readonly Wanted[], signal: AbortSignal): Promise<readonly CheckedImage[]>
}

export async function pullIntoPodman(
  engine: PodmanEngine,
  wanted: readonly Wanted[],
  options: PullOptions,
): Promise<readonly PullOutcome[]> {
  const { signal } = options
  if (wanted.length === 0) return []
  try {
    const [info, states] = await Promise.all([engine.info(signal), engine.judge(wanted, signal)])
    const work: Work = {
      ...engine,
      ...options,
      authorize: registryAuths(info.rules ?? [], options.credentials),
      own: info.platform,
      owners: ownersOfDigests(states, info.platform),
    }
    return await pullAll(states, options, (state, shared) => bring(work, state, shared))
  } catch (error) {
    return failures(wanted, error)
  }
}

/**
 * Podman takes credentials by registry and repository, and gives each place what is for it: mirrors too, of which Docker's form has
 * no notion. What it is given, it uses instead of its own auth.json.
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

/** As it is pulled. */
function withoutTag({ tag: _, ...reference }: Reference): Reference {
  return reference
}

/** What the pulls of one call have in common. */
interface Work extends PodmanEngine, Puller {
  readonly own: string
  /** Name with digest → the platform that gets the name. */
  readonly owners: ReadonlyMap<string, string>
}

/**
 * `repository@digest` can be the name of one platform's image only, which is the one that a build takes that names no platform. So the
 * machine's own gets it, wherever it is wanted.
 */
function ownersOfDigests(states: readonly CheckedImage[], own: string): Map<string, string> {
  const owners = new Map<string, string>()
  for (const { wanted, platform } of states) {
    const name = digestName(wanted)
    if (!owners.has(name) || samePlatform(parsePlatform(platform), parsePlatform(own)))
      owners.set(name, platform)
  }
  return owners
}

async function bring(
  work: Work,
  { wanted, platform, state, registryUse, detail, id, tagHolder }: CheckedImage,
  shared: SharedPull,
): Promise<void> {
  if (state === 'present') return
  const { reference } = wanted
  const native = samePlatform(parsePlatform(platform), parsePlatform(work.own))
  const missing = state === 'absent' || state === 'wrong-platform'
  const owner = work.owners.get(digestName(wanted))
  // The other way round, an image of the machine's own platform takes the name from another one, and builds are right again.
  const occupied = state === 'wrong-platform' && !native ? (detail ?? 'another one') : undefined
  if (missing && (occupied !== undefined || owner !== platform)) throw onePlatform(wanted, occupied ?? owner)
  // Without a name of its repository, a tag would do; one that may not be moved must not be needed.
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
    hint: `A build that names no platform would take the other image. If only this one is built for, remove the one that is there: podman rmi ${digestName(wanted)}`,
  })
}

function pullQuery({ reference, digest }: Wanted, platform: string | undefined): string {
  const query = new URLSearchParams({ fromImage: repositoryName(reference), tag: digest })
  if (platform !== undefined) query.set('platform', platform)
  return `${query}`
}

/**
 * Puts the tag on the image, whose `id` is known unless it was just pulled. The tag moves from an image of the same repository; any other
 * image keeps it unless `moveTags` is given.
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
  // Asked right now: somebody may have tagged meanwhile.
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
