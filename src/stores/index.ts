import { interrupted } from '../core/error.ts'
import type { StoreSelector } from '../core/selector.ts'
import { chooseBuilder } from './builder/choice.ts'
import { engineHeaders } from './connection/docker-config.ts'
import { findEndpoint } from './connection/endpoint.ts'
import { engineStore } from './engine.ts'
import type { Store } from './store.ts'

/**
 * The store that the docker CLI would use: `host` or `context`, then DOCKER_HOST, then the Docker context in use, then the default
 * socket. A named or current buildx builder comes before all but `host` and `context`. The store is not contacted
 * yet: the first `info` or `availability` shows whether it answers.
 * @throws DockLockError `usage`, `config`, `unsupported`
 */
export async function detectStore(
  options: StoreSelector & {
    readonly env: Readonly<Record<string, string | undefined>>
    readonly signal: AbortSignal
    /** Whether only the repository names this engine. It then gets none of the user's headers. Default: false. */
    readonly untrusted?: boolean
    /** The setting that names the host, for messages. Default: `--host`. */
    readonly setting?: string | undefined
  },
): Promise<Store> {
  if (options.signal.aborted) throw interrupted()
  const { env, signal: _, untrusted = false, setting, ...selector } = options
  const choice = await chooseBuilder(selector, env)
  if (choice !== undefined && 'builder' in choice)
    return (await import('./builder/builder.ts')).builderStore(choice.builder, env)
  const endpoint = await findEndpoint({ env, setting, ...(choice?.engine ?? selector) })
  return engineStore(untrusted ? endpoint : { ...endpoint, headers: await engineHeaders(env) })
}
