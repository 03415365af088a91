import { isIndex, type PlatformDigest } from './descriptor.ts'
import type { Finding } from './finding.ts'
import type { Image } from './images.ts'
import type { LockedImage, Lockfile } from './lockfile.ts'
import type { Place } from './place.ts'
import { distinctPlatforms, formatPlatform, normalizePlatform, type Platform } from './platform.ts'
import { platformDistance } from './platform-match.ts'
import { familiarName } from './reference.ts'
import type { Wanted } from './wanted.ts'

/**
 * Separates the wanted images by whether they support the platform, as far as the lockfile knows. An unsupported image can be neither
 * pulled nor built. `placesOf` returns the places that ask for an image on a platform. `enginePlatform` is the default where no platform
 * is named.
 */
export function splitByPlatformSupport(
  wanted: readonly Wanted[],
  lockfile: Lockfile,
  placesOf: (key: string, platform: Platform) => readonly Place[],
  enginePlatform: Platform | undefined,
): { readonly offered: readonly Wanted[]; readonly findings: readonly Finding[] } {
  const offered: Wanted[] = []
  const findings: Finding[] = []
  for (const one of wanted) {
    const platform = one.platform ?? enginePlatform
    const supported = supportedBy(lockfile.get(one.key))
    if (
      platform === undefined ||
      supported === undefined ||
      nearestPlatform(platform, supported) !== undefined
    )
      offered.push(one)
    else {
      findings.push({
        code: 'not-offered',
        places: placesOf(one.key, platform),
        image: familiarName(one.reference),
        key: one.key,
        platform: formatPlatform(platform),
        offered: supported.map(({ platform: each }) => formatPlatform(each)),
      })
    }
  }
  return { offered, findings }
}

/** Undefined: unknown. An index supports only the platforms that it lists. A single manifest may just not say its platform. */
function supportedBy(locked: LockedImage | undefined): readonly PlatformDigest[] | undefined {
  if (locked?.platforms === undefined) return undefined
  const { platforms, mediaType = '' } = locked
  return platforms.length === 0 && !isIndex(mediaType) ? undefined : platforms
}

/** The manifest that an engine of `platform` chooses from those of an image. */
export function nearestPlatform(
  platform: Platform,
  platforms: readonly PlatformDigest[],
): PlatformDigest | undefined {
  let best: { readonly one: PlatformDigest; readonly distance: number } | undefined
  for (const one of platforms) {
    const distance = platformDistance(platform, one.platform)
    if (distance !== undefined && (best === undefined || distance < best.distance)) best = { one, distance }
  }
  return best?.one
}

/** The normalized name, and of Windows only the build: `10.0.20348.2655` and `10.0.20348.2700` are updates of one version. */
export function platformVersion(platform: Platform): string {
  const { osVersion, ...normalized } = normalizePlatform(platform)
  const build = osVersion?.split('.').slice(0, 3).join('.')
  return formatPlatform({ ...normalized, ...(build !== undefined && { osVersion: build }) })
}

/** The platforms that builds need of the image: those of FROM, else of the builds, else of the engines. */
export function platformsInUse(
  { occurrences }: Pick<Image, 'occurrences'>,
  builds: readonly Platform[],
  engines: readonly Platform[],
): readonly Platform[] {
  return distinctPlatforms(
    occurrences.flatMap(({ role, platform }) => {
      // A frontend runs on the engine.
      if (role === 'syntax') return engines
      if (platform !== undefined) return platform
      return builds.length > 0 ? builds : engines
    }),
  )
}
