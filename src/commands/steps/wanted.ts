import { type Image, keyReference } from '../../core/images.ts'
import type { LockedImage, Lockfile } from '../../core/lockfile.ts'
import { parsePlatform, samePlatform } from '../../core/platform.ts'
import type { Wanted } from '../../stores/store.ts'

/** What builds will want of the locked images: each once per platform that the files or the user name. */
export function wantedImages(
  lockfile: Lockfile,
  images: readonly Image[],
  platforms: readonly string[],
): readonly Wanted[] {
  const byKey = new Map(images.map(image => [image.key, image]))
  return [...lockfile].flatMap(([key, locked]) => {
    const asked = new Set(
      byKey.get(key)?.occurrences.flatMap(({ platform }) => platform ?? platforms) ?? platforms,
    )
    const all: readonly (string | undefined)[] =
      asked.size === 0 || needsNative(byKey.get(key), platforms) ? [undefined, ...asked] : [...asked]
    return all.map(platform => ({
      key,
      reference: keyReference(key),
      digest: locked.digest,
      ...ofPlatform(locked, platform),
    }))
  })
}

/** What the lockfile has of `images` alone. */
export function lockedOnly(lockfile: Lockfile, images: readonly Image[]): Lockfile {
  const keys = new Set(images.map(image => image.key))
  return new Map([...lockfile].filter(([key]) => keys.has(key)))
}

/** Whether some place names the image without saying for which platform, and the user did not say either. */
function needsNative(image: Image | undefined, platforms: readonly string[]): boolean {
  return (
    platforms.length === 0 && (image?.occurrences.some(({ platform }) => platform === undefined) ?? false)
  )
}

function ofPlatform(
  { platforms }: LockedImage,
  platform: string | undefined,
): Pick<Wanted, 'platform' | 'platformDigest'> {
  if (platform === undefined) return {}
  const asked = parsePlatform(platform)
  const match = Object.entries(platforms ?? {}).find(([name]) => samePlatform(asked, parsePlatform(name)))
  return { platform, ...(match !== undefined && { platformDigest: match[1] }) }
}
