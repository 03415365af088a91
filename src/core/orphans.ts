import type { Finding } from './finding.ts'
import type { Image } from './images.ts'
import { LOCKFILE_NAME, type ParsedLockfile } from './lockfile.ts'
import { type Place, placeFinder } from './place.ts'
import { familiarName } from './reference.ts'

/** Images in the lockfile that no file names. */
export function orphans(
  images: readonly Image[],
  { images: locked, text }: { readonly images: ParsedLockfile; readonly text: string },
): readonly Finding[] {
  const named = new Set(images.map(image => image.key))
  const left = [...locked].filter(([key]) => !named.has(key))
  if (left.length === 0) return []
  const placeOf = lockfilePlaces(text)
  return left.map(([key, { reference }]) => ({
    code: 'orphan',
    place: placeOf(key),
    image: familiarName(reference),
    key,
  }))
}

/** The place of a key in the text of the lockfile. */
export function lockfilePlaces(text: string): (key: string) => Place {
  let offsets: ReadonlyMap<string, number> | undefined
  const placeOf = placeFinder(LOCKFILE_NAME, text)
  return key => {
    offsets ??= keyOffsets(text)
    return placeOf(offsets.get(key) ?? 0)
  }
}

/** The places of the keys: as dock-lock writes them, or, in another layout, the first occurrence of the word. */
function keyOffsets(text: string): ReadonlyMap<string, number> {
  const offsets = new Map<string, number>()
  for (const pattern of [/(?<=^ {2})\S+(?=:$)/gm, /[^\s"'{},]+/g]) {
    for (const { 0: word, index } of text.matchAll(pattern)) {
      const key = word.replace(/:$/, '')
      if (!offsets.has(key)) offsets.set(key, index)
    }
  }
  return offsets
}
