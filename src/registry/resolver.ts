import type { Resolution } from '../core/descriptor.ts'
import type { Digest } from '../core/digest.ts'
import type { Debug } from '../core/mask.ts'
import type { Reference } from '../core/reference.ts'
import type { RegistryRule } from '../core/registry-rule.ts'
import type { Registries } from '../core/trust.ts'
import type { Keychain } from './auth/keychain.ts'

/** Asks registries what tags mean. */
export interface Resolver {
  /**
   * What the tag of `reference` means now; of a reference without a tag, its digest. HEAD first; the index itself is fetched only
   * when `knowsPlatforms` denies that its platforms are known already. A resolver asks for each reference once as long as it
   * lives: later calls get the same answer, or the same error.
   * @throws DockLockError `not-found`, `unauthorized`, `denied`, `rate-limited`, `unreachable`, `untrusted`, `unsupported`,
   *   `interrupted`; `config` when a mirror is no URL
   */
  resolve(reference: Reference, knowsPlatforms?: (digest: Digest) => boolean): Promise<Resolution>
  /** Requests sent so far, token requests, redirects and repetitions included. */
  readonly requests: number
  /** Closes all connections; what is still under way fails as `interrupted`. */
  close(): Promise<void>
}

/** How registries are reached, besides what the user's Docker configuration says. Times are milliseconds. */
export interface RegistryOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  /** Takes a line for each request, besides NODE_DEBUG=dock-lock. */
  readonly debug?: Debug
  /** Where credentials are looked up; by default {@link createKeychains} of `env`. Shared, it runs a helper once for all. */
  readonly keychain?: Keychain
  /** Mirrors of docker.io that the engine is configured with, URLs, tried in order before docker.io itself. */
  readonly mirrors?: readonly string[]
  /** `host[:port]` of registries to be reached over http, or over https without verification. */
  readonly insecureRegistries?: readonly string[]
  /** CIDRs of the same; they match registries that are named by address, or whose name leads to one. */
  readonly insecureCidrs?: readonly string[]
  /** The addresses of a host; by default as the system looks them up, none when it cannot. */
  readonly lookUp?: (name: string) => Promise<readonly string[]>
  /** What Podman is configured with. */
  readonly rules?: readonly RegistryRule[]
  /** How registries are reached besides: what the caller says counts as the user's. */
  readonly registries?: Registries
  /** The same as the repository has it: see {@link Source}. It opens nothing for credentials. */
  readonly repositoryRegistries?: Registries
  /**
   * Directories with a folder for each registry that has certificates of its own; by default those of Docker and Podman:
   * `/etc/docker/certs.d`, `~/.config/docker/certs.d`, `~/.docker/certs.d`, and `containers` in place of `docker`.
   */
  readonly certificateDirectories?: readonly string[]
  /** Until the connection stands, TLS included; 10 s by default. */
  readonly connectTimeout?: number
  /** From the request to the headers of its answer; 30 s by default. */
  readonly responseTimeout?: number
  /** Between two pieces of a body; 30 s by default. */
  readonly bodyTimeout?: number
  /** For all that one reference needs, waiting for its turn apart; 90 s by default. */
  readonly totalTimeout?: number
  /** References resolved at one time, and connections to one host; 100 by default. */
  readonly concurrency?: number
}
