/** An engine's store: of what kind it is, the engine's first words tell. */
import { type ApiVersion, type DockerApi, dockerApi } from './docker-api.ts'
import { dockerEngine } from './docker-engine.ts'
import type { Endpoint } from './endpoint.ts'
import { type EngineHttp, openEngine } from './engine-http.ts'
import { once } from './once.ts'
import { failures } from './pull-all.ts'
import type { Store } from './store.ts'

/** What all kinds of engines are spoken to through. */
export interface EngineConnection {
  readonly http: EngineHttp
  readonly api: DockerApi
}

/** A kind of engine; a new one is a file of its own and a line in `KINDS`. */
interface EngineKind {
  readonly fits: (version: ApiVersion) => boolean
  readonly open: (connection: EngineConnection) => Store | Promise<Store>
}

/** The first that fits is taken. */
const KINDS: readonly EngineKind[] = [
  {
    fits: ({ libpod }) => libpod !== undefined,
    open: async connection => (await import('./podman.ts')).podman(connection),
  },
  { fits: () => true, open: dockerEngine },
]

/** Opens no connection yet. */
export async function engineStore(endpoint: Endpoint): Promise<Store> {
  const http = await openEngine(endpoint)
  const connection: EngineConnection = { http, api: dockerApi(http) }

  async function choose(signal: AbortSignal): Promise<Store> {
    const version = await connection.api.version(signal)
    return KINDS.find(({ fits }) => fits(version))!.open(connection)
  }

  const store = once(choose)

  return {
    id: 'engine',
    info: async signal => (await store(signal)).info(signal),
    expect(references, signal) {
      if (references.length === 0) return
      // Whoever asks next is told what went wrong.
      store(signal).then(
        kind => kind.expect?.(references, signal),
        () => {},
      )
    },
    availability: async (wanted, signal) =>
      wanted.length === 0 ? [] : (await store(signal)).availability(wanted, signal),
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
