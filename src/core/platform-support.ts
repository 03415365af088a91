import { isIndex } from './descriptor.ts'
import type { Finding } from './finding.ts'
import type { Image } from './images.ts'
import type { LockedImage, Lockfile } from './lockfile.ts'
import type { Place } from './place.ts'
import {
  distinctPlatforms,
  formatPlatform,
  normalizePlatform,
  type Platform,
  parsePlatform,
} from './platform.ts'
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
    const names = namesOf(lockfile.get(one.key))
    if (platform === undefined || names === undefined || serves(names, platform)) offered.push(one)
    else {
      findings.push({
        code: 'not-offered',
        places: placesOf(one.key, platform),
        image: familiarName(one.reference),
        key: one.key,
        platform: formatPlatform(platform),
        offered: names,
      })
    }
  }
  return { offered, findings }
}

/** Undefined: unknown. An index supports only the platforms that it lists. A single manifest may just not say its platform. */
function namesOf(locked: LockedImage | undefined): readonly string[] | undefined {
  if (locked?.platforms === undefined) return undefined
  const names = Object.keys(locked.platforms)
  return names.length === 0 && !isIndex(locked.mediaType ?? '') ? undefined : names
}

function serves(names: readonly string[], asked: Platform): boolean {
  return names.some(name => {
    const have = parsePlatform(name)
    return have !== undefined && platformDistance(asked, have) !== undefined
  })
}

/** The name of the platform that an engine of `platform` chooses from those of an image. */
export function nearestPlatform(platform: Platform, names: readonly string[]): string | undefined {
  let best: { readonly name: string; readonly distance: number } | undefined
  for (const name of names) {
    const have = parsePlatform(name)
    const distance = have && platformDistance(platform, have)
    if (distance !== undefined && (best === undefined || distance < best.distance)) best = { name, distance }
  }
  return best?.name
}

/** The normalized name, and of Windows only the build: `10.0.20348.2655` and `10.0.20348.2700` are updates of one version. */
export function platformVersion(name: string): string {
  const platform = parsePlatform(name)
  if (platform === undefined) return name
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
