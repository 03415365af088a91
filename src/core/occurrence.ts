import type { Origin } from './build.ts'
import type { Place, Range } from './place.ts'
import type { Reference } from './reference.ts'

/** The instruction that names the image. */
export type Role = 'from' | 'copy-from' | 'mount-from' | 'syntax'

/**
 * Where the digest goes. `here`: replace `range` (empty when there is no digest yet, else that of `@sha256:…`) with `@digest`;
 * the range may lie elsewhere than the occurrence, in the default of an ARG. `never`: it cannot be written down without changing
 * what some build means; `reason` says why.
 */
export type Pin =
  | { readonly kind: 'here'; readonly range: Range }
  | {
      readonly kind: 'never'
      readonly reason: UnpinnableReason
      readonly names: readonly string[]
    }

/**
 * `arg-in-middle`: `node:${V}-alpine`. `arg-shared`: the ARG has other uses. `arg-computed`: the value is not the ARG's plain default.
 * `arg-given`: the value is not in the file. `onbuild-name`: a bare name in ONBUILD, which a stage of the later build may have.
 */
export type UnpinnableReason = 'arg-in-middle' | 'arg-shared' | 'arg-computed' | 'arg-given' | 'onbuild-name'

interface Common {
  readonly file: string
  /** The words that name the image, as they stand in the file. */
  readonly range: Range
  readonly place: Place
  readonly text: string
  readonly role: Role
  /** The platform asked for by `FROM --platform=`, expanded: `linux/arm64`. Absent: that of the build. */
  readonly platform?: string
  /** Number of the build stage that it is in, from 0; absent before the first one. */
  readonly stage?: number
  /** The builds that use it. Extraction over builds sets them, a format does not. */
  readonly origins?: readonly Origin[]
  /** A comment in the line before says to leave it alone, and why. */
  readonly ignore?: string
  /** Named in an ONBUILD instruction, so looked up by the builds that start from this image. */
  readonly onbuild?: true
}

/** One place in a file that names an image, or looks as if it did. */
export type Occurrence = Common &
  (
    | {
        readonly kind: 'image'
        readonly reference: Reference
        readonly pin: Pin
        /** The build args that made it this image, where some are given. One place has an image for each combination of values. */
        readonly buildArgs?: Readonly<Record<string, string>>
        /** ARGs without a value that are part of the name: it is this image only if nobody gives them one. */
        readonly unset?: readonly string[]
      }
    /** `index`: its number, where it is known: an ONBUILD instruction may name one of another file. */
    | { readonly kind: 'stage'; readonly name: string; readonly index?: number }
    | { readonly kind: 'scratch' }
    /** An ARG without a value decides the image or its platform: whoever builds gives it one. */
    | {
        readonly kind: 'variable'
        readonly names: readonly string[]
        readonly reason: string
      }
    /** BuildKit would refuse it; or, with a `hint` on what to do, dock-lock does. */
    | {
        readonly kind: 'invalid'
        readonly reason: string
        readonly hint?: string
        /** Only builds that need its stage fail. */
        readonly ifNeeded?: true
        /** It is about a `# dock-lock:` comment, which BuildKit does not read. */
        readonly comment?: true
      }
  )

export type ImageOccurrence = Extract<Occurrence, { kind: 'image' }>
