import type { Resolution } from '../core/descriptor.ts'
import type { Digest } from '../core/digest.ts'
import type { ImageDescription } from '../core/image-description.ts'
import type { Debug } from '../core/mask.ts'
import type { Platform } from '../core/platform.ts'
import type { Reference } from '../core/reference.ts'
import type { RegistryRule } from '../core/registry-rule.ts'
import type { Registries } from '../core/trust.ts'
import type { Keychain } from './auth/keychain.ts'

/** Asks registries about images. */
export interface Resolver {
  /**
   * What the tag of `reference` points to now, or its digest if it has no tag. Sends HEAD. The index itself is fetched only if
   * `knowsPlatforms` returns false for its digest. A resolver asks for each reference once; later calls get the same result or error.
   * @throws DockLockError `not-found`, `unauthorized`, `denied`, `rate-limited`, `unreachable`, `untrusted`, `unsupported`,
   *   `interrupted`; `config` if a mirror is not a URL
   */
  resolve(reference: Reference, knowsPlatforms?: (digest: Digest) => boolean): Promise<Resolution>
  /**
   * The tags of the repository of `reference`, each once, in the order of the registry; only those that end with `ending`, if it is
   * given. Texts that are not tags are left out. Asks once for each repository.
   * @throws DockLockError as `resolve`, and `unsupported` or `denied` if the registry does not list them, or too many
   */
  tags(reference: Reference, ending?: string): Promise<readonly string[]>
  /**
   * What the tag of `reference` points to now, or its digest if it has no tag, with the configs of these platforms. No document is
   * requested twice. A platform that the image does not have, or whose config is missing, is left out of the configs.
   * @throws DockLockError as `resolve`
   */
  describe(reference: Reference, platforms: readonly Platform[]): Promise<ImageDescription>
  /**
   * Whether a mirror or the registry serves the digest of `reference` in its repository: one HEAD, if the first of them does.
   * @throws DockLockError as `resolve`, except `not-found`
   */
  serves(reference: Reference & { readonly digest: Digest }): Promise<boolean>
  /** Requests sent so far, including token requests, redirects and retries. */
  readonly requests: number
  /** Closes all connections. Pending calls fail with `interrupted`. */
  close(): Promise<void>
}

/** How registries are reached, in addition to the user's Docker configuration. Times are in milliseconds. */
export interface RegistryOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  /** Gets a line for each request, in addition to NODE_DEBUG=dock-lock. */
  readonly debug?: Debug
  /** Where credentials are looked up; by default {@link createKeychains} of `env`. A shared keychain runs each helper once. */
  readonly keychain?: Keychain
  /** The URLs of the engine's mirrors of docker.io, tried in order before docker.io itself. */
  readonly mirrors?: readonly string[]
  /** `host[:port]` of registries that may use http, or https without verification. */
  readonly insecureRegistries?: readonly string[]
  /** CIDRs of such registries. They match registries by address, or by a name that resolves to one. */
  readonly insecureCidrs?: readonly string[]
  /** The addresses of a host; by default from the system, and empty if the lookup fails. */
  readonly lookUp?: (name: string) => Promise<readonly string[]>
  /** From Podman's registries.conf. */
  readonly rules?: readonly RegistryRule[]
  /** More settings by registry. What the caller passes counts as set by the user. */
  readonly registries?: Registries
  /** The settings of the repository: see {@link Source}. They never make credentials go anywhere. */
  readonly repositoryRegistries?: Registries
  /**
   * Directories with a folder for each registry that has its own certificates; by default those of Docker and Podman:
   * `/etc/docker/certs.d`, `~/.config/docker/certs.d`, `~/.docker/certs.d`, and `containers` in place of `docker`.
   */
  readonly certificateDirectories?: readonly string[]
  /** Until connected, including TLS; 10 s by default. */
  readonly connectTimeout?: number
  /** From the request to the headers of the response; 30 s by default. */
  readonly responseTimeout?: number
  /** Between two chunks of a body; 30 s by default. */
  readonly bodyTimeout?: number
  /** For all requests of one reference, not counting the wait for the limiter; 90 s by default. */
  readonly totalTimeout?: number
  /** References resolved at a time, and connections to one host; 100 by default. */
  readonly concurrency?: number
}
