import { dockerEngine } from './docker-engine.ts'
import { type Endpoint, findEndpoint } from './endpoint.ts'
import { interrupted } from './engine-error.ts'
import type { Store } from './store.ts'

/** A kind of store; a new one is a file of its own and a line in `KINDS`. */
interface StoreKind {
  readonly id: string
  /** Whether it is the one that speaks at this endpoint. */
  readonly fits: (endpoint: Endpoint) => boolean
  readonly open: (endpoint: Endpoint) => Promise<Store>
}

/** The first that fits is taken. */
const KINDS: readonly StoreKind[] = [{ id: 'docker-engine', fits: () => true, open: dockerEngine }]

/**
 * The store of the engine that the docker CLI would use: `host` or `context` over DOCKER_HOST over the Docker context in use over
 * the default socket. It is not contacted yet: the first `info` or `availability` says whether it answers.
 * @throws DockLockError `usage`, `config`, `unsupported`
 */
export async function detectStore(options: {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly host?: string | undefined
  readonly context?: string | undefined
  readonly signal: AbortSignal
}): Promise<Store> {
  if (options.signal.aborted) throw interrupted()
  const endpoint = await findEndpoint(options)
  return KINDS.find(({ fits }) => fits(endpoint))!.open(endpoint)
}
