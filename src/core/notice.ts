import type { AvailabilityDetail, AvailabilityState, RegistryUse } from './availability.ts'
import type { Origin } from './build.ts'
import type { Digest } from './digest.ts'
import type { ErrorCode } from './error.ts'
import type { Ignored } from './ignore.ts'
import type { ImageDate } from './image-description.ts'
import type { UnpinnableReason } from './occurrence.ts'
import type { Place } from './place.ts'
import type { UpdateLevel } from './tag.ts'

/** Something that a run reports without failing; with `--strict` it is a finding. As data: the reporters write its text. */
export type Notice =
  /** Locked and kept under their tags: a digest in the file would change what some build means. */
  | {
      readonly code: 'by-tag'
      readonly places: readonly Place[]
      readonly images: readonly string[]
      readonly reason: UnpinnableReason
      readonly names: readonly string[]
      /** A free name for an ARG that could hold the first image, if that makes it possible to pin it. */
      readonly arg?: string
      /** `arg-given`: where other files give the values. `named-context`: the builds that replace the image. */
      readonly origins?: readonly Origin[]
    }
  /**
   * ARGs without a value decide the image or its platform; they are set at build time. No names: a later build, behind ONBUILD, or builds
   * that replace the image.
   */
  | {
      readonly code: 'outside'
      readonly places: readonly Place[]
      readonly texts: readonly string[]
      readonly names: readonly string[]
      /** `names` are variables of a file that starts builds, and no ARGs. */
      readonly areVariables?: true
      /** The builds that replace the image by a named context. */
      readonly replacedBy?: readonly Origin[]
      /** The names with empty ARGs, if they are not locked. */
      readonly images: readonly string[]
    }
  /** In the local engine, and in no registry: an earlier step of the build creates it. */
  | {
      readonly code: 'local'
      readonly places: readonly Place[]
      readonly image: string
      readonly key: string
    }
  /** The tag means another digest than the locked one now, or does not exist any more. */
  | {
      readonly code: 'moved'
      readonly places: readonly Place[]
      readonly image: string
      readonly key: string
      readonly locked: Digest
      /** Absent: the tag does not exist. */
      readonly now?: Digest
    }
  /** Digests from files that were locked although their registry could not be asked about them. */
  | {
      readonly code: 'unconfirmed'
      readonly places: readonly Place[]
      readonly images: readonly string[]
      readonly cause: ErrorCode
      /** Without the image at its start. */
      readonly message: string
      readonly hint?: string
    }
  /** Files name a newer digest of a locked tag, and `--allow-ahead` accepts that. */
  | {
      readonly code: 'ahead'
      readonly places: readonly Place[]
      readonly images: readonly string[]
    }
  /** Both sides of a merge changed the image in the lockfile. */
  | {
      readonly code: 'merged'
      readonly image: string
      readonly key: string
      readonly ours: Digest
      readonly theirs: Digest
      readonly taken: 'ours' | 'theirs'
      /** `files`: they name this digest and not the other. `default`: they name both or none of them. */
      readonly decidedBy: 'files' | 'default'
    }
  | Ignored
  | StoreNotice
  | UpdateNotice

/**
 * The store lacks something; see `Availability`. `registry-contacted`: the store has everything, but a build contacts a registry. As a notice:
 * a build works without the registry, but contacts it first (`registryUse` is `optional`), or a prune would remove the image (`none`), or the
 * engine does not report what a build does (`unknown`).
 */
export interface StoreNotice {
  readonly code: Exclude<AvailabilityState, 'present'> | 'registry-contacted'
  /** The label of the store, if several were checked. */
  readonly store?: string
  /** Where files name the image for this platform; if none does, its line in the lockfile. */
  readonly places: readonly Place[]
  readonly registryUse: RegistryUse
  readonly image: string
  readonly key: string
  readonly digest: Digest
  readonly platform: string
  readonly detail?: AvailabilityDetail
  /** `tag-elsewhere`: a pull moves the tag, because the image that has it came from the same repository. */
  readonly tagMoves?: true
}

/** Why an image, or a tag, is not updated. */
export type UpdateNotice =
  /** It is younger than the minimum age, or its age is unknown. */
  | (OfImage & {
      readonly code: 'held-back'
      /** The tag that is held back; for a rebuild, that of the image. */
      readonly tag: string
      readonly digest: Digest
      readonly level: UpdateStep
      /** In milliseconds. */
      readonly minAge: number
      readonly date?: ImageDate
    })
  /** The tag points to another index, but the manifests of the platforms in use are the same. */
  | (OfImage & { readonly code: 'unchanged'; readonly digest: Digest; readonly platforms: readonly string[] })
  /** The registry does not list its tags. */
  | (OfImage & { readonly code: 'tags-not-listed'; readonly reason: string })
  /** There is an update that cannot be used. */
  | (OfImage & {
      readonly code: 'not-updated'
      readonly tag: string
      readonly reason: NotUpdatedReason
      /** The ARGs, platforms or images that are the reason. */
      readonly names: readonly string[]
    })

/**
 * `not-in-file`: the build gives the tag or digest. `shared-arg`: with the new value of the ARG, another image would not exist, or would
 * not be wanted. `lacks-platform`: the image lacks a platform in use.
 */
export type NotUpdatedReason = 'not-in-file' | 'shared-arg' | 'lacks-platform'

/** `rebuild`: the same tag with another digest. */
export type UpdateStep = 'rebuild' | UpdateLevel

interface OfImage {
  readonly places: readonly Place[]
  readonly image: string
  readonly key: string
}
