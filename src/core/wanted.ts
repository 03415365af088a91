import type { Digest } from './digest.ts'
import type { Reference } from './reference.ts'

/** One image that a build will want from the store. */
export interface Wanted {
  /** The lockfile's key. */
  readonly key: string
  /** What was locked: its tag, if it has one, is the tag the store should have too. */
  readonly reference: Reference
  /** The locked (index) digest. */
  readonly digest: Digest
  /** `os/arch[/variant]`; absent: the engine's own. */
  readonly platform?: string
  /** The digest of that platform's manifest, when the lockfile knows it. */
  readonly platformDigest?: Digest
  /** Some place names it by its tag alone: there a build takes whatever has the tag. */
  readonly byTag?: true
  /** `# syntax=` names it: BuildKit looks up its frontend otherwise than a base image. */
  readonly frontend?: true
}
