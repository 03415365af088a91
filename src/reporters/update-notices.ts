/** The sentences for images and tags that are not updated. */
import { shortDigest } from '../core/digest.ts'
import type { UpdateNotice } from '../core/notice.ts'
import { ageWords, dateWords } from './ages.ts'
import { listed, type Worded } from './worded.ts'

export function wordUpdateNotice(notice: UpdateNotice): Worded {
  const { places, image } = notice
  switch (notice.code) {
    case 'held-back': {
      const { level, tag, digest, date, minAge } = notice
      const what = level === 'rebuild' ? shortDigest(digest) : tag
      const least = ageWords(minAge)
      const age =
        date === undefined
          ? `its age is unknown, and ${least} are required`
          : `it is younger than ${least}: ${dateWords(date)}`
      return { places, what: `${image} → ${what} is held back: ${age}` }
    }
    case 'unchanged':
      return {
        places,
        what: `${image} is now ${shortDigest(notice.digest)}, with the same image for ${listed(notice.platforms)}`,
        next: 'to use the new digest all the same, run: dock-lock update --all-digests',
      }
    case 'tags-not-listed':
      return {
        places,
        what: `${image}: ${notice.reason}, so only a new digest of the same tag can be found`,
      }
    case 'not-updated':
      return { places, what: `${subject(notice)} is not used: ${why(notice)}`, ...nextOf(notice) }
  }
}

type NotUpdated = Extract<UpdateNotice, { code: 'not-updated' }>

function subject({ image, tag }: NotUpdated): string {
  return image.endsWith(`:${tag}`) ? `the new digest of ${image}` : `${image} → ${tag}`
}

function why({ reason, names }: NotUpdated): string {
  switch (reason) {
    case 'lacks-platform':
      return `it has no image for ${listed(names)}`
    case 'shared-arg':
      return `the same ARG is part of ${listed(names)}, for which there is no such update`
    case 'not-in-file': {
      return names.length === 0
        ? 'it cannot be written where the old one comes from'
        : `it cannot be written where the old one comes from: ARG ${listed(names)}`
    }
  }
}

function nextOf({ reason }: NotUpdated): Pick<Worded, 'next'> {
  switch (reason) {
    case 'lacks-platform':
      return {}
    case 'shared-arg':
      return { next: 'to update one of them alone, use a separate ARG' }
    case 'not-in-file':
      return { next: 'change it by hand, or in the build args, then run: dock-lock' }
  }
}
