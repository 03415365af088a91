import { setMaxListeners } from 'node:events'
import type { Choose } from './core/choice.ts'
import type { Debug } from './core/mask.ts'
import type { Place } from './core/place.ts'
import type { StoreSelector } from './core/selector.ts'
import type { SettingSource } from './core/trust.ts'
import type { Format } from './formats/format.ts'
import type { BuildFormatEntry } from './formats/index.ts'
import type { Keychain, Keychains } from './registry/auth/keychain.ts'
import type { RegistryOptions, Resolver } from './registry/resolver.ts'
import type { PullProgress, Store } from './stores/store.ts'

/** What a command needs from outside. The real parts are connected here and loaded on first use. */
export interface Context {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal
  readonly progress: Progress
  formats(): Promise<readonly Format[]>
  buildFormats(): Promise<readonly BuildFormatEntry[]>
  resolver(options: RegistryOptions): Promise<Resolver>
  /** In the order of places that this engine has. */
  keychain(engine: Pick<RegistryOptions, 'rules'>): Promise<Keychain>
  /** Asks a person to choose from a list. Absent: there is no terminal. */
  readonly choose?: Choose
  /** `source`: who named the engine; by default the user. `place`: in which config. @throws DockLockError if the settings name an engine that cannot be reached in principle. */
  store(selector: StoreSelector, source?: SettingSource, place?: Place): Promise<Store>
}

/** What a run is doing now, for a person who waits. */
export interface Progress {
  resolving(images: number): void
  resolved(image: string): void
  pulling(pull: Pull, platform: string): void
  /** `store`: as in `Pull`. */
  layer(progress: PullProgress, store?: string): void
  pulled(pull: Pull, ok: boolean): void
  /** Erases temporary output. */
  end(): void
}

/** An image being pulled. `store`: the label of its store, if there are several. */
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

/** The context with the real parts. */
export function createContext(options: {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal?: AbortSignal
  readonly progress?: Progress
  readonly choose?: Choose
  /** Receives lines of --debug: requests, and the output of credential helpers. */
  readonly debug?: Debug
}): Context {
  const signal = options.signal ?? new AbortController().signal
  // Each request listens to it. Node warns if there are more than ten listeners.
  setMaxListeners(0, signal)
  const { env, debug } = options
  let keychains: Promise<Keychains> | undefined
  /** One for the whole run: a helper may prompt the user. */
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
    ...(options.choose !== undefined && { choose: options.choose }),
    formats: async () => (await import('./formats/index.ts')).formats,
    buildFormats: async () => (await import('./formats/index.ts')).buildFormats,
    async resolver(registryOptions) {
      const { createResolver } = await import('./registry/resolve.ts')
      return createResolver({
        keychain: await keychain(registryOptions),
        ...(debug !== undefined && { debug }),
        ...registryOptions,
      })
    },
    keychain,
    store: async (selector, source = 'user', place) =>
      (await import('./stores/index.ts')).detectStore({
        env,
        signal,
        untrusted: source !== 'user',
        ...(place !== undefined && { setting: `stores in ${place.file}:${place.line}` }),
        ...selector,
      }),
  }
}
