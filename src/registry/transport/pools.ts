/** Connection pools. Only this file imports undici, and loads it when the first pool is opened. */
import type { SecureContext } from 'node:tls'
import type { Dispatcher, Pool } from 'undici'
import { onceFor } from '../../lib/once.ts'
import type { Trust } from '../endpoints/certificates.ts'
import { proxyParts } from '../endpoints/proxies.ts'
import type { RegistryOptions } from '../resolver.ts'
import { proxyError } from './failure.ts'

export type { Dispatcher }

/** Requests with the same key share a pool. */
export interface PoolKey {
  readonly origin: string
  /** False: any certificate is accepted. */
  readonly verifyTls: boolean
  /** The URL of the proxy, if one is used. */
  readonly proxy: string | undefined
  readonly trust: Trust | undefined
  /** For the connection to the proxy. */
  readonly proxyTrust: Trust | undefined
}

export interface Pools {
  open(key: PoolKey): Promise<Dispatcher>
  /** Ends all connections at once. */
  close(): Promise<void>
}

/**
 * Connections to one host. HEAD and GET of 100 images then take two round trips; with 50 connections they take four. The registry
 * answers the same number of requests either way. HTTP/2 needs one connection only, but undici 7 fails all requests on it when a
 * server announces that it will close the connection.
 */
export const CONNECTIONS = 100
/** Milliseconds. */
export const CONNECT_TIMEOUT = 10_000

export function createPools(options: Pick<RegistryOptions, 'connectTimeout' | 'concurrency'>): Pools {
  const { connectTimeout = CONNECT_TIMEOUT, concurrency = CONNECTIONS } = options
  const pools = new Map<string, Promise<Dispatcher>>()

  const createPool = async ({
    origin,
    verifyTls,
    proxy,
    trust,
    proxyTrust,
  }: PoolKey): Promise<Dispatcher> => {
    const connect = {
      timeout: connectTimeout,
      ...(!verifyTls && { rejectUnauthorized: false }),
      // Shared, because creating one takes a sixth of the time to connect.
      ...(origin.startsWith('https:') && { secureContext: trust?.secureContext ?? (await plainContext()) }),
    }
    if (proxy === undefined) return new (await loadPool())(origin, { connections: concurrency, connect })
    const { ProxyAgent, Pool } = await import('undici')
    const { uri, isSocks, authorization, user } = proxyParts(proxy)
    return new ProxyAgent({
      connections: concurrency,
      uri,
      // undici would not send a user without a password.
      ...(authorization !== undefined && !isSocks && { token: authorization }),
      // From the URL, undici would send user and password without decoding them. With `proxyTls` it would use TLS.
      ...(isSocks && user),
      ...(!isSocks && {
        proxyTls: {
          timeout: connectTimeout,
          ...(proxyTrust !== undefined && { secureContext: proxyTrust.secureContext }),
        },
      }),
      requestTls: connect,
      proxyTunnel: false,
      clientFactory(address, clientOptions) {
        // undici would wait five minutes for the proxy to answer CONNECT.
        const client = new Pool(address, { ...clientOptions, headersTimeout: connectTimeout })
        const tunnel: (options: Dispatcher.ConnectOptions) => Promise<Dispatcher.ConnectData> =
          client.connect.bind(client)
        return Object.assign(client, {
          connect: (options: Dispatcher.ConnectOptions) =>
            tunnel(options).catch((error: unknown) => {
              throw proxyError(error)
            }),
        })
      },
    })
  }

  return {
    open(key) {
      const { origin, verifyTls, proxy, trust, proxyTrust } = key
      const id = `${origin} ${verifyTls} ${proxy} ${trust?.id} ${proxyTrust?.id}`
      return onceFor(pools, id, () => createPool(key))
    },
    async close() {
      const opened = await Promise.allSettled(pools.values())
      pools.clear()
      await Promise.all(opened.map(result => result.status === 'fulfilled' && result.value.destroy()))
    },
  }
}

/**
 * The part of undici that most requests need. Loading all of undici takes three times as long. The file is not part of undici's API,
 * so all of undici is loaded if the file is missing.
 */
async function loadPool(): Promise<typeof Pool> {
  try {
    return (await import('undici/lib/dispatcher/pool.js')).default
  } catch {
    return (await import('undici')).Pool
  }
}

async function plainContext(): Promise<SecureContext> {
  return (await import('node:tls')).createSecureContext()
}
