import type { Digest } from './digest.ts'
import type { Platform } from './platform.ts'
import type { Reference } from './reference.ts'

/** One image that a build needs from the store. */
export interface Wanted {
  /** The lockfile's key. */
  readonly key: string
  /** The locked image. If it has a tag, the store should have that tag too. */
  readonly reference: Reference
  /** The locked (index) digest. */
  readonly digest: Digest
  /** Absent: the engine's own. */
  readonly platform?: Platform
  /** The digest of that platform's manifest, if the lockfile knows it. */
  readonly platformDigest?: Digest
  /** Some place names it by its tag alone. A build there uses whatever image has the tag. */
  readonly byTag?: true
  /** `# syntax=` names it. BuildKit looks up a frontend differently from a base image. */
  readonly frontend?: true
  /** A build names it as a context, `docker-image://…`. BuildKit asks the registry for such an image, even if the store has it. */
  readonly context?: true
}
