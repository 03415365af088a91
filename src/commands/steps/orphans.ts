import type { Finding } from '../../core/finding.ts'
import { type Image, keyReference } from '../../core/images.ts'
import { LOCKFILE_NAME } from '../../core/lockfile.ts'
import { placeAt } from '../../core/place.ts'
import { familiarName } from '../../core/reference.ts'
import type { LockfileSource } from '../../io/lockfile.ts'

/** Images in the lockfile that no file names any more. */
export function orphans(
  images: readonly Image[],
  { images: locked, text }: LockfileSource,
): readonly Finding[] {
  const named = new Set(images.map(image => image.key))
  return [...locked.keys()]
    .filter(key => !named.has(key))
    .map(key => ({
      code: 'orphan',
      place: placeAt(LOCKFILE_NAME, text, keyOffset(text, key)),
      image: familiarName(keyReference(key)),
      key,
    }))
}

/** Where the key stands: as it is written by us, else, in another layout, wherever it is found. */
function keyOffset(text: string, key: string): number {
  const own = text.indexOf(`\n  ${key}:\n`)
  return own < 0 ? Math.max(0, text.indexOf(key)) : own + 3
}
