/** The connections that requests go over, in pools of undici, whose only importer this is. It is loaded when the first is opened. */
import type { SecureContext } from 'node:tls'
import type { Dispatcher, Pool } from 'undici'
import type { Trust } from '../endpoints/certificates.ts'
import { proxyParts } from '../endpoints/proxies.ts'
import type { RegistryOptions } from '../resolver.ts'
import { proxyError } from './failure.ts'

export type { Dispatcher }

/** What one connection may differ by from others. */
export interface PoolKey {
  readonly origin: string
  /** False: any certificate will do. */
  readonly verifyTls: boolean
  /** URL of the proxy in between. */
  readonly proxy: string | undefined
  readonly trust: Trust | undefined
  /** For the connection with the proxy. */
  readonly proxyTrust: Trust | undefined
}

export interface Pools {
  /** One pool for each way. */
  open(way: PoolKey): Promise<Dispatcher>
  /** Ends every connection, at once. */
  close(): Promise<void>
}

/**
 * To one host. More than a browser opens, but for half a second: HEAD and GET of 100 images then take two round trips, not four as
 * with 50 connections, and a registry has the same requests to answer either way. HTTP/2 would do with one, but undici 7 fails all
 * that is under way on it when a server announces, in good order, that it will close it.
 */
export const CONNECTIONS = 100
/** Milliseconds. */
export const CONNECT_TIMEOUT = 10_000

export function createPools(options: Pick<RegistryOptions, 'connectTimeout' | 'concurrency'>): Pools {
  const { connectTimeout = CONNECT_TIMEOUT, concurrency = CONNECTIONS } = options
  const pools = new Map<string, Promise<Dispatcher>>()

  const make = async ({ origin, verifyTls, proxy, trust, proxyTrust }: PoolKey): Promise<Dispatcher> => {
    const connect = {
      timeout: connectTimeout,
      ...(!verifyTls && { rejectUnauthorized: false }),
      // One for all connections: else each makes its own, for a sixth of what connecting takes.
      ...(origin.startsWith('https:') && { secureContext: trust?.secureContext ?? (await plainContext()) }),
    }
    if (proxy === undefined) return new (await loadPool())(origin, { connections: concurrency, connect })
    const { ProxyAgent, Pool } = await import('undici')
    const { uri, isSocks, authorization, user } = proxyParts(proxy)
    return new ProxyAgent({
      connections: concurrency,
      uri,
      // undici would send only a user who has a password.
      ...(authorization !== undefined && !isSocks && { token: authorization }),
      // Else it would send a SOCKS proxy what the URL holds, without decoding it; and with `proxyTls` speak TLS to it.
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
        // The connection stands when the proxy has answered, for which undici would wait for five minutes.
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
    open(way) {
      const key = `${way.origin} ${way.verifyTls} ${way.proxy} ${way.trust?.id} ${way.proxyTrust?.id}`
      const pool = pools.get(key) ?? make(way)
      pools.set(key, pool)
      return pool
    },
    async close() {
      const open = await Promise.allSettled(pools.values())
      pools.clear()
      await Promise.all(open.map(result => result.status === 'fulfilled' && result.value.destroy()))
    },
  }
}

/**
 * The part of undici that most requests need; all of it takes three times as long to load. Where a version keeps its parts is its own
 * affair: if this one is not there, all of it will do.
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
