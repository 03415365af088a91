import type { AvailabilityDetail, AvailabilityState, RegistryUse } from '../core/availability.ts'
import type { Credentials } from '../core/credentials.ts'
import type { ErrorCode } from '../core/error.ts'
import type { TagOrigin } from '../core/local-images.ts'
import type { Platform } from '../core/platform.ts'
import type { Reference } from '../core/reference.ts'
import type { RegistryRule } from '../core/registry-rule.ts'
import type { StoreNote } from '../core/report-parts.ts'
import type { Wanted } from '../core/wanted.ts'

/** What the store has of an image, and what a build will do with it. */
export interface Availability {
  readonly wanted: Wanted
  /** Normalized. */
  readonly platform: Platform
  readonly state: AvailabilityState
  readonly registryUse: RegistryUse
  readonly detail?: AvailabilityDetail
  readonly tagHolder?: TagHolder
}

/** The other image that has the wanted tag. */
export interface TagHolder {
  readonly id: string
  /** Its digest in its repository if the engine knows it, else its id. */
  readonly digest: string
  /** Whether it is known to come from the tag's own repository. If so, a pull moves the tag, as `docker pull` does. */
  readonly pulled: boolean
}

/** What the store reports about itself. */
export interface StoreInfo {
  readonly kind: 'docker' | 'podman' | 'buildkit'
  /** As reported by the engine, `28.5.2`; may be empty. */
  readonly version: string
  /** For display: `Docker 28.5.2`. */
  readonly name: string
  /** `unix:///var/run/docker.sock`. */
  readonly host: string
  /** `containerd`, `graphdriver`, … */
  readonly imageStore: string
  /** The best state that an image can have: `present`, or `cache-only` if the store is only a build cache. */
  readonly maxState: 'present' | 'cache-only'
  /** The default platform of builds. */
  readonly platform: Platform
  /** From the engine's own configuration: mirrors of docker.io (URLs), and registries reached without verified TLS. */
  readonly mirrors: readonly string[]
  readonly insecureRegistries: readonly string[]
  readonly insecureCidrs: readonly string[]
  /** Podman only, instead of the three fields above. */
  readonly rules?: readonly RegistryRule[]
  /** Podman only: the registries in which it looks up short names. */
  readonly search?: readonly string[]
  /** What the user should know of it. */
  readonly note?: StoreNote
  /** Podman only: its candidates for a short name, in the order of its attempts; undefined if it does not report them. */
  readonly resolveName?: (name: string, signal: AbortSignal) => Promise<readonly string[] | undefined>
}

/** Bytes of one layer. `total` is absent until known. `status` is the engine's text, made printable. */
export interface PullProgress {
  readonly key: string
  readonly layer: string
  readonly status: string
  readonly current?: number
  readonly total?: number
}

export interface PullOptions {
  readonly signal: AbortSignal
  readonly onProgress?: (progress: PullProgress) => void
  /** Credentials for a registry's repository, as named in references (`docker.io`, `library/alpine`), if there are any. */
  readonly credentials?: (registry: string, repository: string) => Promise<Credentials | undefined>
  /** Milliseconds before each retry of a pull that failed for a temporary reason. */
  readonly pauses?: readonly number[]
  /** The limits of a pull; see docs/engines.md for the defaults. */
  readonly limits?: { readonly stalled?: number; readonly whole?: number }
  /** Also move the tag from an image that is not known to come from the tag's repository, such as a locally built one. */
  readonly moveTags?: boolean
}

export type PullOutcome =
  | { readonly wanted: Wanted; readonly ok: true }
  | {
      readonly wanted: Wanted
      readonly ok: false
      readonly code: ErrorCode
      readonly message: string
      readonly hint?: string
    }

/** The local store of an engine or builder. */
export interface Store {
  /** @throws DockLockError `unreachable` if the engine does not answer. */
  info(signal: AbortSignal): Promise<StoreInfo>
  /**
   * Announces the images of the next `availability`, so that a slow store (containerd, 7 ms per image) may start early.
   * Optional: a store without it gives the same answers.
   */
  prefetch?(references: readonly Reference[], signal: AbortSignal): void
  /** One result per wanted image, in order. @throws DockLockError `unreachable`, `engine`. */
  availability(wanted: readonly Wanted[], signal: AbortSignal): Promise<readonly Availability[]>
  /**
   * Finds the references whose tag is on an image that did not, or may not, come from the repository; by their keys. A store
   * without tags lacks this method.
   */
  origins?(references: readonly Reference[], signal: AbortSignal): Promise<ReadonlyMap<string, TagOrigin>>
  /** Pulls by digest, several at once, and adds the tags. One outcome per wanted image, in order. Throws only when aborted. */
  pull(wanted: readonly Wanted[], options: PullOptions): Promise<readonly PullOutcome[]>
  close(): void
}
