import type { AvailabilityState, RegistryUse } from './availability.ts'
import type { Digest } from './digest.ts'
import type { Finding } from './finding.ts'
import type { PinMode } from './images.ts'
import type { Notice } from './notice.ts'
import type { Place } from './place.ts'
import type { SourcePolicy } from './policy.ts'

/** What one run did and found, as data: `--json` prints it (schema/report.schema.json), the text reporter words it. */
export interface Report {
  readonly command: string
  readonly exitCode: number
  readonly dryRun: boolean
  readonly images: readonly ImageReport[]
  /** Files that were rewritten, or would be in a dry run. */
  readonly files: readonly FileReport[]
  readonly lockfile: LockfileReport
  /** Each store that was asked, in the order in which they were named; empty when the command asks none. */
  readonly stores: readonly StoreReport[]
  readonly findings: readonly Finding[]
  /** What was found by its name and is not used, and folders that were not searched; absent when there is none. */
  readonly skipped?: readonly SkippedFile[]
  /** What is said and fails nothing; with `--strict` they are findings. */
  readonly notices: readonly Notice[]
  /** Requests sent to registries by dock-lock itself. */
  readonly registryRequests: number
  readonly milliseconds: number
  /** `lock`, `check`: where the digests are meant to stand; `policy` also stands for --no-pin. */
  readonly pin?: PinMode
  /** `policy`: the source policy. */
  readonly policy?: SourcePolicy
  /** The options that a next command must repeat to mean the same images, platforms and stores. */
  readonly repeat?: readonly string[]
  /** Dry run: unified diffs of everything that would be written. */
  readonly diff?: string
}

/**
 * Where the digest came from: `locked`: the lockfile had it; `resolved`: a registry was asked; `adopted`: it stood in a file;
 * `replaced`: it stood in a file and took the place of the one that was locked.
 */
export type DigestSource = 'locked' | 'resolved' | 'adopted' | 'replaced'

export interface ImageReport {
  readonly key: string
  /** Short form: `alpine:3.20`. */
  readonly image: string
  /** Absent when it is not known: see the findings. */
  readonly digest?: Digest
  readonly source?: DigestSource
  /** Some place can name it by its tag alone. */
  readonly byTag?: true
  /** What was locked before, for `replaced`. */
  readonly previous?: Digest
  /** Per store that answered and platform wanted, how it stands there. */
  readonly stores?: readonly ImageInStore[]
}

/** `pulled`, `tagged`: present, by this run. */
export type StoreState = AvailabilityState | 'pulled' | 'tagged'

export interface FileReport {
  readonly file: string
  /** Places that were changed. */
  readonly places: number
}

/** A file that was found by its name and is not used, or a folder that was not searched. */
export interface SkippedFile {
  readonly file: string
  readonly code: SkipCode
  /** A sentence that begins with "it", or BuildKit's words. */
  readonly reason: string
  /** Where in the file the reason is. */
  readonly place?: Place
}

/**
 * - `irregular`: no regular file inside the project
 * - `malformed`: BuildKit would refuse it
 * - `template`: likewise, and it looks like a template
 * - `repository`: a folder that is a git repository of its own
 * - `dependencies`: a folder that a package manager fills
 * - `unreadable`: a folder that the system refuses to list
 */
export type SkipCode = 'irregular' | 'malformed' | 'template' | 'repository' | 'dependencies' | 'unreadable'

export interface LockfileReport {
  readonly file: string
  readonly images: number
  readonly written: boolean
  readonly added: number
  readonly removed: number
}

export interface ImageInStore {
  /** The label of the store. */
  readonly store: string
  readonly platform: string
  readonly state: StoreState
  readonly registryUse: RegistryUse
  /** Whether that is good enough; with `--strict`, more is. */
  readonly verified: boolean
  /** `tag-elsewhere`: the image that has the tag. `pulled`: it came from the tag's repository, so a pull moves the tag. */
  readonly tagHolder?: { readonly digest: string; readonly pulled: boolean }
  /** The image that had the tag until this run moved it: its digest, or its id. */
  readonly tagMovedFrom?: string
}

/** `label`: what tells it from the other stores of the report, and names it there: `build-1`. */
export type StoreReport =
  | {
      readonly reached: true
      readonly label: string
      readonly name: string
      readonly host: string
      readonly imageStore: string
      /** The most that it can have of an image; see `StoreInfo`. */
      readonly maxState: 'present' | 'cache-only'
      /** Platforms that were verified. */
      readonly platforms: readonly string[]
      /** What else one should know of it: a sentence. */
      readonly note?: string
    }
  | { readonly reached: false; readonly label: string; readonly message: string; readonly hint?: string }
