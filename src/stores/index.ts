import { DockLockError } from '../core/error.ts'
import type { StoreSelector } from '../core/selector.ts'
import { findEndpoint } from './endpoint.ts'
import { engineStore } from './engine.ts'
import { interrupted } from './engine-error.ts'
import type { Store } from './store.ts'

/**
 * The store of the engine that the docker CLI would use: `host` or `context` over DOCKER_HOST over the Docker context in use over
 * the default socket. It is not contacted yet: the first `info` or `availability` says whether it answers.
 * @throws DockLockError `usage`, `config`, `unsupported`
 */
export async function detectStore(
  options: StoreSelector & {
    readonly env: Readonly<Record<string, string | undefined>>
    readonly signal: AbortSignal
  },
): Promise<Store> {
  if (options.signal.aborted) throw interrupted()
  if (options.builder !== undefined)
    throw new DockLockError('unsupported', `the builder ${options.builder} cannot be asked yet`)
  const endpoint = await findEndpoint(options)
  return engineStore(endpoint)
}
