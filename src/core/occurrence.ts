import type { BuildArgOrigin, Origin } from './build.ts'
import type { Digest } from './digest.ts'
import type { Place, Range } from './place.ts'
import type { Platform } from './platform.ts'
import type { Reference } from './reference.ts'

/**
 * The instruction that names the image; in a file that starts builds: a service that runs it, a volume that mounts it, a named context of a
 * build, or a build arg that is the image.
 */
export type Role =
  | 'from'
  | 'copy-from'
  | 'mount-from'
  | 'syntax'
  | 'service'
  | 'volume'
  | 'context'
  | 'dev-container'
  | 'arg'

/**
 * Where the digest goes. `here`: replace `range` (empty if there is no digest yet, else that of `@sha256:…`) with `@digest`;
 * the range may be away from the occurrence, in the default of an ARG. `never`: a digest in the file would change
 * what some build means; `reason` says why, and `arg` is a free name for an ARG that could hold the whole reference instead. It is
 * absent where builds need different images there.
 */
export type Pin =
  | { readonly kind: 'here'; readonly range: Range }
  | {
      readonly kind: 'never'
      readonly reason: UnpinnableReason
      readonly names: readonly string[]
      readonly arg?: string
      /** `named-context`: the builds that replace the image. */
      readonly origins?: readonly Origin[]
    }

/**
 * `arg-in-middle`: `node:${V}-alpine`. `arg-shared`: the ARG has other uses. `arg-computed`: the value is not the ARG's plain default.
 * `arg-given`: the value is not in the file. `onbuild-name`: a bare name in ONBUILD, which may be a stage of the later build.
 * `named-context`: a build replaces the image by its name, and with a digest it would be another name. In a file that starts builds, a variable
 * is `variable-in-middle` or `variable-given`; `anchor-shared`: an alias uses the value for something else; `not-written`: it is not
 * written in one piece; `in-command`: it is in a command line.
 */
export type UnpinnableReason =
  | 'arg-in-middle'
  | 'arg-shared'
  | 'arg-computed'
  | 'arg-given'
  | 'onbuild-name'
  | 'named-context'
  | 'variable-in-middle'
  | 'variable-given'
  | 'anchor-shared'
  | 'not-written'
  | 'in-command'

/** A part of a tag. The tag is all parts in order. */
export interface TagPart {
  readonly text: string
  /** Where it is written. Absent: it is computed, or given by the build. */
  readonly range?: Range
  /** The ARG whose value it is. Absent: it is written in the instruction that names the image. */
  readonly arg?: string
}

/** An ARG, and where the file defines it. Absent: BuildKit sets it. */
export interface ArgPlace {
  readonly name: string
  readonly place?: Place
}

interface Common {
  readonly file: string
  /** The text that names the image, as in the file. */
  readonly range: Range
  readonly place: Place
  readonly text: string
  readonly role: Role
  /** The platform of `FROM --platform=`, expanded. Absent: that of the build. */
  readonly platform?: Platform
  /** Number of its build stage, from 0; absent before the first one. */
  readonly stage?: number
  /** The name of that stage, if it has one, in lower case. */
  readonly stageName?: string
  /** The builds that use it. Set by extraction over builds, not by a format. */
  readonly origins?: readonly Origin[]
  /** Why it is ignored, from a comment in the line before. */
  readonly ignore?: string
  /** Named in an ONBUILD instruction, so builds that start from this image look it up. */
  readonly onbuild?: true
}

/** A place in a file that names an image, or seems to. */
export type Occurrence = Common &
  (
    | {
        readonly kind: 'image'
        readonly reference: Reference
        readonly pin: Pin
        /** Where the tag is written; absent if no tag is. */
        readonly tag?: readonly TagPart[]
        /** The build args that lead to this image, if any are given. A place has an image for each combination of values. */
        readonly buildArgs?: Readonly<Record<string, string>>
        /** Where other files give those values. */
        readonly argOrigins?: readonly BuildArgOrigin[]
        /** The digest belongs there: `pin` is `never`, and `reference` has no digest. `digest`: the one that is there. */
        readonly pinnedElsewhere?: { readonly digest?: Digest }
        /** ARGs without a value that are part of the name. The image is this one only if they stay unset. */
        readonly unset?: readonly string[]
        /** The ARGs that its name comes from, directly or through the default of another ARG. Absent: none. */
        readonly args?: readonly ArgPlace[]
      }
    /** `index`: its number, if known. An ONBUILD instruction may name a stage of another file. */
    | {
        readonly kind: 'stage'
        readonly name: string
        readonly index?: number
        /** It is a named context of the build, which takes the place of the image or stage of that name. */
        readonly isContext?: true
      }
    | { readonly kind: 'scratch' }
    /** An ARG without a value decides the image or its platform; it is set at build time. */
    | {
        readonly kind: 'variable'
        readonly names: readonly string[]
        readonly reason: string
      }
    /** BuildKit would reject it. With a `hint`, dock-lock rejects it. */
    | {
        readonly kind: 'invalid'
        readonly reason: string
        readonly hint?: string
        /** Only builds that need its stage fail. */
        readonly ifNeeded?: true
        /** It is about a `# dock-lock:` comment, which BuildKit does not read. */
        readonly comment?: true
        /** Only one build of another file fails, and `place` is there. Set by extraction over builds. */
        readonly ofBuild?: true
      }
  )

export type ImageOccurrence = Extract<Occurrence, { kind: 'image' }>
