/**
 * Where an image came from, as a Docker engine with API 1.53 or newer reports it itself. Used if BuildKit's content cannot be read.
 * @see https://docs.docker.com/reference/api/engine/version/v1.53/#tag/Image/operation/ImageInspect
 */
import { DockLockError } from '../../core/error.ts'
import type { TagOrigin } from '../../core/local-images.ts'
import { familiarRepository, type Reference, repositoryName } from '../../core/reference.ts'
import { field, textField } from '../../lib/json.ts'
import type { DockerApi } from '../connection/docker-api.ts'

const IDENTITY_SINCE = 53

/** `pulled`: from the repository of the reference. A refusal leaves the answer open. @throws DockLockError `interrupted` */
export async function identityOf(
  api: DockerApi,
  id: string,
  reference: Reference,
  signal: AbortSignal,
): Promise<'pulled' | TagOrigin> {
  const path = `/images/${encodeURI(id)}/json`
  try {
    const reply = await api.callNewer(IDENTITY_SINCE, { method: 'GET', path, signal })
    return reply?.status === 200 ? readOrigin(reply.document, reference) : 'unknown'
  } catch (error) {
    if (error instanceof DockLockError && error.code === 'interrupted') throw error
    return 'unknown'
  }
}

/** An image that was pushed to a repository counts as coming from there, as its content has the same label. */
function readOrigin(document: unknown, reference: Reference): 'pulled' | TagOrigin {
  const identity = field(document, 'Identity')
  if (typeof identity !== 'object' || identity === null) return 'unknown'
  const pulls = field(identity, 'Pull')
  const sources = (Array.isArray(pulls) ? (pulls as unknown[]) : []).map(pull =>
    textField(pull, 'Repository'),
  )
  const { registry, repository } = reference
  const names = [
    repositoryName(reference),
    familiarRepository(reference),
    // The labels of the content omit the port.
    `${registry.replace(/:\d+$/, '')}/${repository}`,
  ]
  return names.some(name => sources.includes(name)) ? 'pulled' : 'local'
}
