import { interrupted } from '../core/error.ts'
import type { StoreSelector } from '../core/selector.ts'
import { chooseBuilder } from './builder/choice.ts'
import { engineHeaders } from './connection/docker-config.ts'
import { findEndpoint } from './connection/endpoint.ts'
import { engineStore } from './engine.ts'
import type { Store } from './store.ts'

/**
 * The store of the engine that the docker CLI would use: `host` or `context` over DOCKER_HOST over the Docker context in use over
 * the default socket; or, over all but `host` and `context`, that of the buildx builder that is named or current. It is not contacted
 * yet: the first `info` or `availability` says whether it answers.
 * @throws DockLockError `usage`, `config`, `unsupported`
 */
export async function detectStore(
  options: StoreSelector & {
    readonly env: Readonly<Record<string, string | undefined>>
    readonly signal: AbortSignal
    /** Whether only the repository names this engine: it is sent none of the user's headers then. Default: the user does. */
    readonly untrusted?: boolean
  },
): Promise<Store> {
  if (options.signal.aborted) throw interrupted()
  const { env, signal: _, untrusted = false, ...selector } = options
  const choice = await chooseBuilder(selector, env)
  if (choice !== undefined && 'builder' in choice)
    return (await import('./builder/builder.ts')).builderStore(choice.builder, env)
  const endpoint = await findEndpoint({ env, ...(choice?.engine ?? selector) })
  return engineStore(untrusted ? endpoint : { ...endpoint, headers: await engineHeaders(env) })
}
