import { isIndex } from './descriptor.ts'
import type { Finding } from './finding.ts'
import type { Image } from './images.ts'
import type { LockedImage, Lockfile } from './lockfile.ts'
import { parsePlatform } from './platform.ts'
import { platformDistance } from './platform-match.ts'
import { familiarName } from './reference.ts'
import type { Wanted } from './wanted.ts'

/**
 * Parts what is wanted by whether the image is made for the platform at all, as far as the lockfile knows: what is not can neither
 * be pulled nor built. `own` is the engine's platform, which is meant where none is named.
 */
export function splitByPlatformSupport(
  wanted: readonly Wanted[],
  lockfile: Lockfile,
  images: readonly Image[],
  own: string | undefined,
): { readonly offered: readonly Wanted[]; readonly findings: readonly Finding[] } {
  const places = new Map(images.map(({ key, occurrences }) => [key, occurrences.map(({ place }) => place)]))
  const offered: Wanted[] = []
  const findings: Finding[] = []
  for (const one of wanted) {
    const platform = one.platform ?? own
    const names = namesOf(lockfile.get(one.key))
    if (platform === undefined || names === undefined || serves(names, platform)) offered.push(one)
    else {
      findings.push({
        code: 'not-offered',
        places: places.get(one.key) ?? [],
        image: familiarName(one.reference),
        key: one.key,
        platform,
        offered: names,
      })
    }
  }
  return { offered, findings }
}

/** Undefined: not known. What an index does not list it does not have; a single manifest may only not say what it is for. */
function namesOf(locked: LockedImage | undefined): readonly string[] | undefined {
  if (locked?.platforms === undefined) return undefined
  const names = Object.keys(locked.platforms)
  return names.length === 0 && !isIndex(locked.mediaType ?? '') ? undefined : names
}

function serves(names: readonly string[], platform: string): boolean {
  const asked = parsePlatform(platform)
  if (asked === undefined) return true
  return names.some(name => {
    const have = parsePlatform(name)
    return have !== undefined && platformDistance(asked, have) !== undefined
  })
}
