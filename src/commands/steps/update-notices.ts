/** The notices of a look-up: what is not updated, and why. */
import type { Digest } from '../../core/digest.ts'
import type { ImageDescription } from '../../core/image-description.ts'
import type { Image } from '../../core/images.ts'
import type { NotUpdatedReason, UpdateNotice, UpdateStep } from '../../core/notice.ts'
import { familiarName } from '../../core/reference.ts'
import type { Refusal } from './candidates.ts'

interface Common {
  readonly tag: string
  readonly level: UpdateStep
  readonly digest: Digest
}

/** Notices about one image. Each returns nothing, so that the caller can return it. */
export interface Say {
  heldBack(update: Common, minAge: number, description: ImageDescription): undefined
  notUpdated(update: Pick<Common, 'tag'>, reason: NotUpdatedReason, names: readonly string[]): undefined
  unchanged(digest: Digest, platforms: readonly string[]): undefined
  /** The registry does not list its tags. */
  notListed(reason: string): void
  refused(refusal: Refusal, minAge: number): void
}

/** Adds notices about the image to `notices`. */
export function sayer({ key, reference, occurrences }: Image, notices: UpdateNotice[]): Say {
  const image = { image: familiarName(reference), key, places: occurrences.map(({ place }) => place) }
  const say: Say = {
    heldBack({ tag, level, digest }: Common, minAge: number, { date }: ImageDescription): undefined {
      notices.push({
        code: 'held-back',
        ...image,
        tag,
        digest,
        level,
        minAge,
        ...(date !== undefined && { date }),
      })
    },
    notUpdated({ tag }: Pick<Common, 'tag'>, reason: NotUpdatedReason, names: readonly string[]): undefined {
      notices.push({ code: 'not-updated', ...image, tag, reason, names })
    },
    unchanged(digest: Digest, platforms: readonly string[]): undefined {
      notices.push({ code: 'unchanged', ...image, digest, platforms })
    },
    notListed(reason: string): void {
      notices.push({ code: 'tags-not-listed', ...image, reason })
    },
    refused({ candidate, reason, names, description }: Refusal, minAge: number): void {
      if (reason === 'gone') return
      if (reason !== 'too-young') say.notUpdated(candidate, reason, names)
      else if (description !== undefined)
        say.heldBack({ ...candidate, digest: description.resolution.descriptor.digest }, minAge, description)
    },
  }
  return say
}
