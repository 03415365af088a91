import type { AvailabilityState, RegistryUse } from '../core/availability.ts'
import type { Credentials } from '../core/credentials.ts'
import type { ErrorCode } from '../core/error.ts'
import type { Reference } from '../core/reference.ts'
import type { RegistryRule } from '../core/registry-rule.ts'
import type { Wanted } from '../core/wanted.ts'

/** What the store has of it, and what a build will make of that. */
export interface Availability {
  readonly wanted: Wanted
  readonly platform: string
  readonly state: AvailabilityState
  readonly registryUse: RegistryUse
  /** `tag-elsewhere`: the other image; `wrong-platform`: the platforms; else what more there is to say. */
  readonly detail?: string
  readonly tagHolder?: TagHolder
}

/** Another image than the wanted one that has the wanted tag. */
export interface TagHolder {
  readonly id: string
  /** The digest that its repository has for it, if the engine knows it; else its id. */
  readonly digest: string
  /** Whether it is known to come from the tag's own repository. A pull moves the tag then, as `docker pull` does. */
  readonly pulled: boolean
}

/** What the store says of itself. */
export interface StoreInfo {
  readonly kind: 'docker' | 'podman' | 'buildkit'
  /** As the engine says it, `28.5.2`; empty if it does not. */
  readonly version: string
  /** For people: `Docker 28.5.2`. */
  readonly name: string
  /** `unix:///var/run/docker.sock`. */
  readonly host: string
  /** `containerd`, `graphdriver`, … */
  readonly imageStore: string
  /** The most that it can have of an image: `present`, or `cache-only` where there is no image store but a build cache. */
  readonly maxState: 'present' | 'cache-only'
  /** The platform that it builds for when nobody says otherwise. */
  readonly platform: string
  /** As the engine's own configuration has them: mirrors of docker.io (URLs), and registries reached without verified TLS. */
  readonly mirrors: readonly string[]
  readonly insecureRegistries: readonly string[]
  readonly insecureCidrs: readonly string[]
  /** Of Podman, instead of the three above. */
  readonly rules?: readonly RegistryRule[]
  /** Of Podman: the registries where it looks for names that do not say their own. */
  readonly search?: readonly string[]
  /** What else its user should know: a sentence. */
  readonly note?: string
  /** Of Podman: what it takes such a name for, in the order in which it would try; undefined when it does not tell. */
  readonly resolveName?: (name: string, signal: AbortSignal) => Promise<readonly string[] | undefined>
}

/** Bytes of one layer; `total` is absent until known. `status` is the engine's word, made printable. */
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
  /** Credentials for a repository of a registry, as named in references (`docker.io`, `library/alpine`), if there are any. */
  readonly credentials?: (registry: string, repository: string) => Promise<Credentials | undefined>
  /** Milliseconds before each further try of a pull that failed for a reason that may pass. */
  readonly pauses?: readonly number[]
  /** How long a pull may take; by default what docs/verify.md says. */
  readonly limits?: { readonly stalled?: number; readonly whole?: number }
  /** Move the tag also from an image that is not known to come from the tag's repository, such as one that was built here. */
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

/** Where the image under a tag came from: no registry, or the engine does not tell. */
export type TagOrigin = 'local' | 'unknown'

/** The local store of one engine. */
export interface Store {
  /** @throws DockLockError `unreachable` when the engine does not answer. */
  info(signal: AbortSignal): Promise<StoreInfo>
  /**
   * The next `availability` will be asked about these: a store that must look long (containerd, 7 ms for each image) may begin now.
   * A store that does nothing of the kind answers all the same.
   */
  prefetch?(references: readonly Reference[], signal: AbortSignal): void
  /** One answer per wanted image, in order. @throws DockLockError `unreachable`, `engine`. */
  availability(wanted: readonly Wanted[], signal: AbortSignal): Promise<readonly Availability[]>
  /**
   * By their keys, those of the references whose tag is on an image that did not come from the repository, or perhaps did not. A store
   * without tags has no such method.
   */
  origins?(references: readonly Reference[], signal: AbortSignal): Promise<ReadonlyMap<string, TagOrigin>>
  /** Pulls by digest, several at once, and puts the tag on; one outcome per wanted image, in order. Only an abort throws. */
  pull(wanted: readonly Wanted[], options: PullOptions): Promise<readonly PullOutcome[]>
  close(): void
}
