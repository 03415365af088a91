import type { PlatformDigest } from '../../src/core/descriptor.ts'
import type { Digest } from '../../src/core/digest.ts'
import { formatPlatform, type Platform, parsePlatform } from '../../src/core/platform.ts'

/** The platform of a text such as `linux/arm64/v8`. */
export function asPlatform(text: string): Platform {
  const platform = parsePlatform(text)
  if (platform === undefined) throw new Error(`${text} is not a platform`)
  return platform
}

/** The manifests of platforms, given as `{ 'linux/arm64/v8': digest }`. */
export function platformDigests(byName: Readonly<Record<string, Digest>>): readonly PlatformDigest[] {
  return Object.entries(byName).map(([name, digest]) => ({ platform: asPlatform(name), digest }))
}

/** The same the other way round, for comparisons in which the order does not count. */
export function digestsByPlatform(
  platforms: readonly PlatformDigest[] | undefined,
): Readonly<Record<string, Digest>> | undefined {
  return (
    platforms &&
    Object.fromEntries(platforms.map(({ platform, digest }) => [formatPlatform(platform), digest]))
  )
}
