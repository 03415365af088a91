import type { Digest } from './digest.ts'
import type { ImageChange } from './image-change.ts'
import type { ImageDate } from './image-description.ts'
import type { UpdateStep } from './notice.ts'
import type { Place } from './place.ts'

/** An image that an update moved, or would move in a dry run. */
export interface UpdatedImage {
  /** Before the update. */
  readonly key: string
  readonly image: string
  readonly level: UpdateStep
  readonly tag: { readonly old: string; readonly new: string }
  /** The key after the update. */
  readonly newKey: string
  readonly change: ImageChange
  readonly places: readonly Place[]
}

/** What a tag points to. */
export interface TagState {
  readonly tag: string
  readonly digest: Digest
  readonly date?: ImageDate
}

/** An image for which there is something newer. */
export interface OutdatedImage {
  readonly key: string
  readonly image: string
  readonly places: readonly Place[]
  /** The largest step that it could take. */
  readonly level: UpdateStep
  /** `date` is absent if the registry no longer has it. */
  readonly locked: TagState
  /** If the tag points to another digest. */
  readonly sameTag?: TagState
  /** The tag that `dock-lock update` would use, if that is another one. */
  readonly wanted?: TagState & { readonly level: UpdateStep }
  readonly latest?: TagState & { readonly level: UpdateStep }
}
