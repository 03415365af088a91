/** The sentences for notices. */
import type { Origin } from '../core/build.ts'
import { shortDigest } from '../core/digest.ts'
import type { Notice, StoreNotice } from '../core/notice.ts'
import type { UnpinnableReason } from '../core/occurrence.ts'
import { wordUpdateNotice } from './update-notices.ts'
import { IGNORE_IT, listed, type Worded } from './worded.ts'

type ByTag = Extract<Notice, { code: 'by-tag' }>

export function wordNotice(notice: Exclude<Notice, StoreNotice>): Worded {
  switch (notice.code) {
    case 'by-tag':
      return {
        places: notice.places,
        what: `${subject(notice)} locked, but cannot be pinned here: ${unpinnable(notice.reason, notice.names, notice.origins)}`,
        next: nextOf(notice),
      }
    case 'outside': {
      const { names, texts, images, places } = notice
      const [name] = names
      if (notice.replacedBy !== undefined)
        return {
          places,
          what: `${listed(texts)} is not locked: it is replaced by a named context in ${originList(notice.replacedBy)}; a plain docker build of this file would need an image of that name`,
        }
      if (notice.areVariables)
        return {
          places,
          what: `${listed(texts)} is not locked: variable ${names.join(', ')} has no value here, so the environment decides`,
          next: `to lock it, set ${name} in the environment or in .env`,
        }
      if (name === undefined)
        return {
          places,
          what: `${listed(texts)} is not locked: it may be a stage of the builds that start from this image`,
          next: `if an image is meant, write its tag: ${listed(images)}`,
        }
      const unset = `${haveWords(names)} no value here, so the build decides`
      // A value for one run only would make the next `check` report an orphan.
      const give = `give the value: buildArgs in .dock-lock.yaml, or --build-arg ${name}=VALUE in every run`
      if (texts.every(text => text.startsWith('--platform=')))
        return {
          places,
          what: `${listed(texts)}: ${unset} the platform`,
          next: `to check the image for it, ${give}`,
        }
      const empty =
        images.length === 0 ? '' : `; if it is empty, the image is ${listed(images)}, which is not locked`
      return {
        places,
        what: `${listed(texts)} is not locked: ${unset}${empty}`,
        next: `to lock it, ${give}`,
      }
    }
    case 'local':
      return {
        places: notice.places,
        what: `${notice.image} is not locked: it exists only in the local engine`,
        next: `dock-lock check cannot see this; for check, ${IGNORE_IT}`,
      }
    case 'moved': {
      const { image, places, locked, now } = notice
      return now === undefined
        ? {
            places,
            what: `${image} is locked to ${shortDigest(locked)}, but its tag does not exist any more`,
            next: 'use another tag before that digest is gone too',
          }
        : {
            places,
            what: `${image} is locked to ${shortDigest(locked)}, but now means ${shortDigest(now)}`,
            next: `to move to it, run: dock-lock update ${image}`,
          }
    }
    case 'unconfirmed':
      return {
        places: notice.places,
        what: `${listed(notice.images)}: locked without media type and platforms: ${notice.message}`,
        next: notice.hint ?? 'to add them later, delete the entry in docker-images.lock and run: dock-lock',
      }
    case 'ahead':
      return {
        places: notice.places,
        what: `${listed(notice.images)}: the file is ahead of docker-images.lock`,
        next: 'to update docker-images.lock, run: dock-lock',
      }
    case 'merged': {
      const { image, ours, theirs, taken, decidedBy } = notice
      const why = decidedBy === 'files' ? 'the files name it' : 'the files do not decide it'
      return {
        places: [],
        what: `${image} changed on both sides of the merge, to ${shortDigest(ours)} (ours) and ${shortDigest(theirs)} (theirs): took ${taken}, because ${why}`,
        ...(decidedBy === 'default' && { next: `to look the tag up again, run: dock-lock update ${image}` }),
      }
    }
    case 'ignored':
      return notice.kind === 'file'
        ? { places: [], what: `${notice.file} (${notice.reason})` }
        : { places: [notice.place], what: `${notice.image} (${notice.reason})` }
    case 'held-back':
    case 'unchanged':
    case 'tags-not-listed':
    case 'not-updated':
      return wordUpdateNotice(notice)
  }
}

/** `ARG A has`; `ARGs A, B have`. */
export function haveWords(names: readonly string[]): string {
  return names.length === 1 ? `ARG ${names[0]} has` : `ARGs ${names.join(', ')} have`
}

/** `node:20-alpine is`; `12 images in 900 places are`. */
function subject({ images, places }: ByTag): string {
  const [only] = images
  if (images.length === 1) return places.length === 1 ? `${only} is` : `${only} in ${places.length} places is`
  return `${images.length} images in ${places.length === 1 ? 'one place' : `${places.length} places`} are`
}

function originList(origins: readonly Origin[]): string {
  return listed(origins.map(({ file, line }) => (line === undefined ? file : `${file}:${line}`)))
}

/** Why a place cannot be pinned. @param origins where other files give the values of ARGs, or replace the image */
export function unpinnable(
  reason: UnpinnableReason,
  names: readonly string[],
  origins: readonly Origin[] = [],
): string {
  const arg = names.join(', ')
  switch (reason) {
    case 'arg-in-middle':
      return `ARG ${arg} is in the middle of the reference`
    case 'arg-shared':
      return `ARG ${arg} is also used elsewhere`
    case 'arg-computed':
      return arg === '' ? 'the digest is in a separate ARG' : `it is computed from ARG ${arg}`
    case 'arg-given':
      return origins.length === 0
        ? `the value of ARG ${arg} is not from the file`
        : `the value of ARG ${arg} is from ${originList(origins)}`
    case 'onbuild-name':
      return 'in a build that starts from this image, a stage may have that name'
    case 'named-context':
      return `${origins.length === 0 ? 'a build' : originList(origins)} replaces it by its name, which must not change`
    case 'variable-in-middle':
      return `variable ${arg} can change the reference before its end`
    case 'variable-given':
      return `the value of variable ${arg} is not from this file`
    case 'anchor-shared':
      return 'an alias uses the same value for something else'
    case 'not-written':
      return 'it is not written in one piece'
    case 'in-command':
      return 'dock-lock does not change commands'
  }
}

/** The command that builds with the locked digest, by the file that starts the build. */
function policyFor(origins: readonly Origin[]): string {
  const [first] = origins
  const command =
    first === undefined
      ? 'docker build …'
      : /\.ya?ml$/.test(first.file)
        ? 'docker compose build'
        : /\.hcl$|bake[^/]*\.json$/.test(first.file)
          ? 'docker buildx bake'
          : 'docker build …'
  return `to build with the locked digest, use: dock-lock run -- ${command}`
}

/** How to make a pin possible. Never advises what the file already does. */
function nextOf({ reason, names, images, places, arg, origins = [] }: ByTag): string {
  const [image = 'name:tag'] = images
  if (reason === 'onbuild-name') return `if an image is meant, write its tag: ${image}`
  if (reason === 'variable-in-middle')
    return `to pin it, keep the whole reference in one variable: \${IMAGE:-${image}}`
  if (reason === 'variable-given') return `to pin it, write it as the default: \${${names[0] ?? 'IMAGE'}:-…}`
  if (reason === 'anchor-shared') return 'to pin it, write the reference out, without the alias'
  // One place is several images, one for each given value: none of them can be written there.
  if (arg === undefined || images.length > places.length) return policyFor(origins)
  const example = `ARG ${arg}=${image}, FROM \${${arg}}`
  if (images.length > 1)
    return `to pin them, keep each whole reference in an ARG of its own, such as ${example}`
  const how = reason === 'arg-shared' ? 'use a separate ARG' : 'keep the whole reference in one ARG'
  return `to pin it, ${how}: ${example}`
}
