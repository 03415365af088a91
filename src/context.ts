import { setMaxListeners } from 'node:events'
import type { Debug } from './core/mask.ts'
import type { StoreSelector } from './core/selector.ts'
import type { Source } from './core/trust.ts'
import type { Format } from './formats/format.ts'
import type { Keychain, Keychains } from './registry/auth/keychain.ts'
import type { RegistryOptions, Resolver } from './registry/resolver.ts'
import type { PullProgress, Store } from './stores/store.ts'

/** Everything a command needs from outside: the real parts are wired here and handed down, loaded when first asked for. */
export interface Context {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal
  readonly progress: Progress
  formats(): Promise<readonly Format[]>
  resolver(options: RegistryOptions): Promise<Resolver>
  /** In the order of places that this engine has. */
  keychain(engine: Pick<RegistryOptions, 'rules'>): Promise<Keychain>
  /** @throws DockLockError when the settings name an engine that cannot be spoken to at all. */
  /** `source`: who named it; by default the user. */
  store(selector: StoreSelector, source?: Source): Promise<Store>
}

/** What a run is at just now, for a person who waits. */
export interface Progress {
  resolving(images: number): void
  resolved(image: string): void
  pulling(pull: Pull, platform: string): void
  /** `store`: as in `Pull`. */
  layer(progress: PullProgress, store?: string): void
  pulled(pull: Pull, ok: boolean): void
  /** Takes away what was shown for the time being. */
  end(): void
}

/** What is pulled; `store` is the label of the store that it goes into, when there are several. */
export interface Pull {
  readonly key: string
  readonly image: string
  readonly store?: string
}

export const SILENT: Progress = {
  resolving: () => {},
  resolved: () => {},
  pulling: () => {},
  layer: () => {},
  pulled: () => {},
  end: () => {},
}

/** The real world. */
export function createContext(options: {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal?: AbortSignal
  readonly progress?: Progress
  /** Takes lines of detail: requests, and what credential helpers say. */
  readonly debug?: Debug
}): Context {
  const signal = options.signal ?? new AbortController().signal
  // Each request under way listens to it; of more than ten Node would warn.
  setMaxListeners(0, signal)
  const { env, debug } = options
  let keychains: Promise<Keychains> | undefined
  /** One for the whole run: a helper may ask its user something. */
  const keychain: Context['keychain'] = async engine => {
    keychains ??= import('./registry/auth/keychain.ts').then(({ createKeychains }) =>
      createKeychains(env, signal, debug),
    )
    return (await keychains)(engine)
  }
  return {
    cwd: options.cwd,
    env,
    signal,
    progress: options.progress ?? SILENT,
    formats: async () => (await import('./formats/index.ts')).formats,
    async resolver(registryOptions) {
      const { createResolver } = await import('./registry/resolve.ts')
      return createResolver({
        keychain: await keychain(registryOptions),
        ...(debug !== undefined && { debug }),
        ...registryOptions,
      })
    },
    keychain,
    store: async (selector, source = 'user') =>
      (await import('./stores/index.ts')).detectStore({
        env,
        signal,
        untrusted: source !== 'user',
        ...selector,
      }),
  }
}
