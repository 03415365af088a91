/** The embedded registry in a process of its own, so that it shares no event loop with whoever asks it. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { selfSignedCertificate, startRegistry } from '../support/registry/index.ts'

export interface ServerOptions {
  /** Tags `1` to `tags` of each of the repositories `team/image-0` and so on. */
  readonly repositories: number
  readonly tags: number
  readonly bearer: boolean
  readonly tls: boolean
}

export interface Server {
  /** `127.0.0.1:PORT` */
  readonly host: string
  /** Milliseconds before each answer from now on; connections stand at once. */
  setLatency(milliseconds: number): Promise<void>
  /** What was asked since the last time that this was. */
  seen(): Promise<Seen>
  stop(): void
}

export interface Seen {
  readonly heads: number
  readonly gets: number
  readonly tokens: number
  /** How many of these were answered with 401. */
  readonly refused: number
  readonly connections: number
}

export async function startServer(options: ServerOptions): Promise<Server> {
  const child = fork(fileURLToPath(import.meta.url), [JSON.stringify(options)])
  const ask = async (message: unknown): Promise<unknown> => {
    const answer = once(child, 'message')
    child.send(message as object)
    return (await answer)[0]
  }
  const [host] = (await once(child, 'message')) as [string]
  return {
    host,
    async setLatency(latencyMs) {
      await ask({ latencyMs })
    },
    seen: async () => (await ask({})) as Seen,
    stop: () => void child.kill(),
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await serve()

async function serve(): Promise<void> {
  const { repositories, tags, bearer, tls } = JSON.parse(process.argv[2] ?? '') as ServerOptions
  const registry = await startRegistry({
    ...(bearer && { auth: { kind: 'bearer' } }),
    ...(tls && { tls: selfSignedCertificate() }),
  })
  for (let number = 0; number < repositories; number++)
    for (let tag = 1; tag <= tags; tag++)
      registry.addImage(`team/image-${number}`, String(tag), { revision: tag })
  let before = 0
  process.on('message', ({ latencyMs }: { readonly latencyMs?: number }) => {
    if (latencyMs !== undefined) registry.latencyMs = latencyMs
    const { requests, connections } = registry
    const isToken = ({ path }: { readonly path: string }) => path === '/token'
    process.send?.({
      heads: requests.filter(({ method }) => method === 'HEAD').length,
      gets: requests.filter(each => each.method === 'GET' && !isToken(each)).length,
      tokens: requests.filter(isToken).length,
      refused: requests.filter(({ status }) => status === 401).length,
      connections: connections - before,
    } satisfies Seen)
    before = connections
    registry.clear()
  })
  process.on('disconnect', () => process.exit())
  process.send?.(registry.host)
}
