/**
 * Pulls images into a Docker engine's store: first by digest, then adds their tag. Without the tag, the next prune removes the content, and
 * BuildKit may ask the registry about it.
 * @see https://docs.docker.com/reference/api/engine/version/v1.51/#tag/Image/operation/ImageCreate
 */
import { otherPlatform } from '../../core/availability.ts'
import { DockLockError } from '../../core/error.ts'
import { formatPlatform, type Platform, samePlatform } from '../../core/platform.ts'
import { familiarRepository, repositoryName } from '../../core/reference.ts'
import type { Wanted } from '../../core/wanted.ts'
import { textField } from '../../lib/json.ts'
import { type ApiResponse, type DockerApi, engineError } from '../connection/docker-api.ts'
import { digestName, recordName } from '../names.ts'
import { failures, pullAll, type SharedPull } from '../pull-all.ts'
import { pullThrough } from '../pull-stream.ts'
import type { Availability, PullOptions, PullOutcome, Store, TagHolder } from '../store.ts'
import { isRecord, type TagLookup } from './check-image.ts'
import { readImage } from './images.ts'
import { lookupOf } from './info.ts'

export interface DockerEngine extends Pick<Store, 'info' | 'availability'> {
  readonly api: DockerApi
  readonly host: string
}

export async function pullIntoDocker(
  engine: DockerEngine,
  wanted: readonly Wanted[],
  options: PullOptions,
): Promise<readonly PullOutcome[]> {
  const { signal } = options
  if (wanted.length === 0) return []
  try {
    const [info, states] = await Promise.all([engine.info(signal), engine.availability(wanted, signal)])
    const lookup = lookupOf(info)
    const owners = lookup === 'digest' ? ownersOfDigests(states) : undefined
    const work: Work = { ...engine, ...options, lookup, owners, own: info.platform }
    return await pullAll(states, options, (state, shared) => pullImage(work, state, shared))
  } catch (error) {
    return failures(wanted, error)
  }
}

/**
 * A graphdriver store keeps one platform of each digest, and rejects the name for another one: the first platform wanted gets it.
 * Name with digest → platform.
 */
function ownersOfDigests(states: readonly Availability[]): Map<string, string> {
  const owners = new Map<string, string>()
  for (const { wanted, platform } of states) {
    const name = digestName(wanted)
    if (!owners.has(name)) owners.set(name, formatPlatform(platform))
  }
  return owners
}

/** State shared by the pulls of one call. */
interface Work extends DockerEngine, PullOptions {
  readonly lookup: TagLookup
  /** The engine's platform. */
  readonly own: Platform
  readonly owners: ReadonlyMap<string, string> | undefined
}

async function pullImage(
  work: Work,
  { wanted, platform, state, detail, tagHolder }: Availability,
  shared: SharedPull,
): Promise<void> {
  if (state === 'present') return
  // The others only need a tag.
  const missing = state !== 'untagged' && state !== 'tag-elsewhere'
  const { owners } = work
  if (missing && owners !== undefined) {
    const other = state === 'wrong-platform' ? otherPlatform(detail) : owners.get(digestName(wanted))
    if (other !== formatPlatform(platform)) throw onePlatform(wanted, other)
  }
  // Only a pull creates a record with an exact name.
  if (missing || work.lookup === 'exact') {
    const native = samePlatform(platform, work.own)
    const query = pullQuery(wanted, native ? undefined : platform, work.lookup)
    await shared(query, wanted.reference.registry, () => pullThrough(work, wanted, query))
  }
  await putTag(work, wanted, tagHolder)
}

function onePlatform({ reference, digest }: Wanted, other: string | undefined): DockLockError {
  const name = `${familiarRepository(reference)}@${digest}`
  return new DockLockError(
    'unsupported',
    `the graphdriver image store keeps one platform of a digest: here ${other}`,
    {
      hint: `Remove that one (docker image rm ${name}), or use the containerd image store, which keeps several`,
    },
  )
}

/**
 * Except for an `exact` lookup, the digest goes into `tag`: `name:tag@digest` in `fromImage` would make a containerd store keep a record
 * with that literal name.
 */
function pullQuery({ reference, digest }: Wanted, platform: Platform | undefined, lookup: TagLookup): string {
  const query = new URLSearchParams(
    lookup === 'exact' && reference.tag !== undefined
      ? { fromImage: recordName({ ...reference, digest }) }
      : { fromImage: repositoryName(reference), tag: digest },
  )
  if (platform !== undefined) query.set('platform', formatPlatform(platform))
  return `${query}`
}

/**
 * Puts the tag on the digest. Like `docker pull`, it moves the tag from an image of the same repository. Any other image keeps the tag unless
 * `moveTags` is set. Without a tag, it only checks that the digest is there.
 */
async function putTag(
  { api, host, lookup, signal, moveTags }: Work,
  wanted: Wanted,
  seen: TagHolder | undefined,
): Promise<void> {
  // In a containerd store the content may have been pulled under another repository's name.
  const image = lookup === 'digest' ? digestName(wanted) : wanted.digest
  const { tag } = wanted.reference
  if (tag === undefined) {
    const reply = await inspect(api, image, signal)
    if (reply.status !== 200) throw engineError(host, 'to show what it pulled', reply)
    return
  }
  const repo = repositoryName(wanted.reference)
  // Checked right before tagging, since the tag may have moved.
  const holder = await inspect(api, `${repo}:${tag}`, signal)
  // A containerd store also returns 404 for an existing tag whose content is missing.
  const free = holder.status === 404 && /no such image/i.test(textField(holder.document, 'message'))
  if (!free && holder.status !== 200) throw engineError(host, `to show ${repo}:${tag}`, holder)
  if (!free) {
    const image = readImage(holder.document)
    const moves = moveTags === true || (seen?.pulled === true && seen.id === image.id)
    if (!moves || isRecord(image, wanted)) return
  }
  const query = new URLSearchParams({ repo, tag })
  const reply = await api.call({ method: 'POST', path: `/images/${encodeURI(image)}/tag?${query}`, signal })
  if (reply.status !== 201) throw engineError(host, `to tag ${repo}:${tag}`, reply)
}

function inspect(api: DockerApi, name: string, signal: AbortSignal): Promise<ApiResponse> {
  return api.call({ method: 'GET', path: `/images/${encodeURI(name)}/json`, signal })
}
