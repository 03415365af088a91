import type { Resolution } from '../core/descriptor.ts'
import type { Digest } from '../core/digest.ts'
import type { Reference } from '../core/reference.ts'

/** Asks registries what tags mean. */
export interface Resolver {
  /**
   * What the tag of `reference` means now. HEAD first; the index itself is fetched only when `knowsPlatforms` denies that its
   * platforms are known already. Concurrent calls for one reference share one dialogue.
   * @throws DockLockError `not-found`, `unauthorized`, `denied`, `rate-limited`, `unreachable`, `untrusted`, `unsupported`, `interrupted`
   */
  resolve(reference: Reference, knowsPlatforms?: (digest: Digest) => boolean): Promise<Resolution>
  /** Requests sent so far, token requests included. */
  readonly requests: number
  /** Closes all connections. */
  close(): Promise<void>
}

/** How registries are reached, besides what the user's Docker configuration says. */
export interface RegistryOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  /** Mirrors of docker.io that the engine is configured with, URLs, tried in order before docker.io itself. */
  readonly mirrors?: readonly string[]
  /** `host[:port]` of registries to be reached over http, or over https without verification. */
  readonly insecureRegistries?: readonly string[]
  /** CIDRs of the same. */
  readonly insecureCidrs?: readonly string[]
  /** From our own config: per registry, `host[:port]`, mirrors and whether it is insecure. */
  readonly registries?: Readonly<
    Record<string, { readonly mirrors?: readonly string[]; readonly insecure?: boolean }>
  >
  /** Milliseconds; defaults in the README: connect 10 s, answer 30 s. */
  readonly connectTimeout?: number
  readonly responseTimeout?: number
  /** References resolved at one time; 16 by default. */
  readonly concurrency?: number
}
