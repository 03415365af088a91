/** The parts that the reports of several commands have in common; see `Report`. */
import type { AvailabilityState, RegistryUse } from './availability.ts'
import type { Digest } from './digest.ts'
import type { IrregularFile } from './file-problem.ts'
import type { Place } from './place.ts'

/**
 * The source of the digest. `locked`: the lockfile; `resolved`: a registry; `adopted`: a file;
 * `replaced`: a file, and it replaced the locked one; `updated`: a registry, and it replaced the locked one.
 */
export type DigestSource = 'locked' | 'resolved' | 'adopted' | 'replaced' | 'updated'

export interface ImageReport {
  readonly key: string
  /** Short form: `alpine:3.20`. */
  readonly image: string
  /** Absent if unknown: see the findings. */
  readonly digest?: Digest
  readonly source?: DigestSource
  /** Some place can only name it by its tag. */
  readonly byTag?: true
  /** Some place had no digest, and gets the locked one. */
  readonly repinned?: true
  /** The previously locked digest, for `replaced` and `updated`. */
  readonly previous?: Digest
  /** Its state for each store that answered and each platform. */
  readonly stores?: readonly ImageInStore[]
}

/** `pulled`, `tagged`: present because of this run. */
export type StoreState = AvailabilityState | 'pulled' | 'tagged'

/** A file that this run changed, or would change in a dry run. */
export interface FileReport {
  readonly file: string
  /** Places that change. */
  readonly places: number
  /** Whether this run wrote the file; in a dry run, false. */
  readonly written: boolean
}

/** How many files of one kind were read. */
export interface FilesOfKind {
  readonly kind: 'dockerfile' | 'compose' | 'bake' | 'devcontainer' | 'scripts'
  readonly files: number
  /** The builds that they start. Absent for Dockerfiles. */
  readonly builds?: number
}

/** A file found by name that is not used, or a folder that was not searched. */
export type SkippedFile =
  /** It is not a regular file inside the project. */
  | { readonly code: 'irregular'; readonly file: string; readonly irregular: IrregularFile }
  /** BuildKit, or the program that starts the build, would reject it. `reason` is its message. */
  | { readonly code: 'malformed'; readonly file: string; readonly reason: string; readonly place: Place }
  /** BuildKit would reject it, and it looks like a template. `marker`: why, such as `{{`. */
  | {
      readonly code: 'template'
      readonly file: string
      readonly marker: string
      readonly reason: string
      readonly place: Place
    }
  /** A folder that is a separate git repository, or that a package manager fills. */
  | { readonly code: 'repository' | 'dependencies'; readonly file: string }
  /** A folder that the system does not list. `reason` is the system's message. */
  | { readonly code: 'unreadable'; readonly file: string; readonly reason: string }

/** The lockfile that a command read. */
export interface LockfileReport {
  readonly file: string
  readonly images: number
}

/** The lockfile of a command that may write it. In a dry run, all but `written` is as after a run without it. */
export interface LockfileChange extends LockfileReport {
  /** Whether its content changes. */
  readonly changed: boolean
  /** Whether this run wrote it; in a dry run, false. */
  readonly written: boolean
  /** Images that were not in it before. */
  readonly added: number
  /** Images that are no longer in it. */
  readonly removed: number
  /** Merge conflicts in the file that were resolved; absent if there were none. */
  readonly conflicts?: number
}

export interface ImageInStore {
  /** The label of the store. */
  readonly store: string
  readonly platform: string
  readonly state: StoreState
  readonly registryUse: RegistryUse
  /** Whether the state is sufficient; `--strict` requires more. */
  readonly verified: boolean
  /** `tag-elsewhere`: the image that has the tag. `pulled`: it came from the tag's repository, so a pull moves the tag. */
  readonly tagHolder?: { readonly digest: string; readonly pulled: boolean }
  /** The image that had the tag until this run moved it: its digest, or its id. */
  readonly tagMovedFrom?: string
}

/** `current-builder`: the builder is used because it is the current one of buildx, but `docker build` uses it only with BUILDX_BUILDER. */
export interface StoreNote {
  readonly code: 'current-builder'
  readonly builder: string
}

/** `label`: the short name of the store within the report: `build-1`. */
export type StoreReport =
  | {
      readonly reached: true
      readonly label: string
      readonly name: string
      readonly host: string
      readonly imageStore: string
      /** The best state that an image can have; see `StoreInfo`. */
      readonly maxState: 'present' | 'cache-only'
      /** Platforms that were verified. */
      readonly platforms: readonly string[]
      /** What the user should know of it. */
      readonly note?: StoreNote
    }
  | { readonly reached: false; readonly label: string; readonly message: string; readonly hint?: string }
