/** The store of an engine. The first response shows which kind of engine it is. */

import { once } from '../lib/once.ts'
import { type ApiVersion, dockerApi, type EngineConnection } from './connection/docker-api.ts'
import type { EngineEndpoint } from './connection/endpoint.ts'
import { openEngine } from './connection/engine-http.ts'
import { dockerEngine } from './docker/engine.ts'
import { failures } from './pull-all.ts'
import type { Store } from './store.ts'

/** A kind of engine. A new one is a folder of its own and an entry of `KINDS`. */
interface EngineKind {
  readonly fits: (version: ApiVersion) => boolean
  readonly open: (connection: EngineConnection) => Store | Promise<Store>
}

/** The first match counts. */
const KINDS: readonly EngineKind[] = [
  {
    fits: ({ libpod }) => libpod !== undefined,
    open: async connection => (await import('./podman/engine.ts')).podman(connection),
  },
  { fits: () => true, open: dockerEngine },
]

/** Opens no connection yet. */
export async function engineStore(endpoint: EngineEndpoint): Promise<Store> {
  const http = await openEngine(endpoint)
  const connection: EngineConnection = { http, api: dockerApi(http) }

  async function choose(signal: AbortSignal): Promise<Store> {
    const version = await connection.api.version(signal)
    return KINDS.find(({ fits }) => fits(version))!.open(connection)
  }

  const store = once(choose)

  return {
    info: async signal => (await store(signal)).info(signal),
    prefetch(references, signal) {
      if (references.length === 0) return
      // The next caller gets the error.
      store(signal).then(
        kind => kind.prefetch?.(references, signal),
        () => {},
      )
    },
    availability: async (wanted, signal) =>
      wanted.length === 0 ? [] : (await store(signal)).availability(wanted, signal),
    origins: async (references, signal) =>
      (await (await store(signal)).origins?.(references, signal)) ?? new Map(),
    async pull(wanted, options) {
      if (wanted.length === 0) return []
      let kind: Store
      try {
        kind = await store(options.signal)
      } catch (error) {
        return failures(wanted, error)
      }
      return kind.pull(wanted, options)
    },
    close: () => http.close(),
  }
}
