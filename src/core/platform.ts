/**
 * Platforms, `os/architecture[/variant]`, normalized like in containerd, so that all spellings of one platform are the same string.
 * @see https://github.com/containerd/platforms/blob/main/platforms.go
 */

/** The OCI platform object, as in an index or a config. */
export interface Platform {
  readonly os: string
  readonly architecture: string
  readonly variant?: string
  /** Windows only: `10.0.17763.1`. */
  readonly osVersion?: string
}

/** Aliases. One that implies a variant overrides a written variant. */
const ARCHITECTURES: ReadonlyMap<string, { readonly name: string; readonly variant?: string }> = new Map([
  ['i386', { name: '386', variant: '' }],
  ['x86_64', { name: 'amd64' }],
  ['x86-64', { name: 'amd64' }],
  ['aarch64', { name: 'arm64' }],
  ['armhf', { name: 'arm', variant: 'v7' }],
  ['armel', { name: 'arm', variant: 'v6' }],
])

/** The platform with aliases resolved (`x86_64` → `amd64`, `macos` → `darwin`) and default variants dropped or made explicit. */
export function normalizePlatform(platform: Platform): Platform {
  const os = platform.os.toLowerCase() === 'macos' ? 'darwin' : platform.os.toLowerCase()
  const given = platform.architecture.toLowerCase()
  const alias = ARCHITECTURES.get(given)
  const architecture = alias?.name ?? given
  let variant = (alias?.variant ?? platform.variant?.toLowerCase()) || undefined
  if (architecture === 'arm64')
    variant = variant === undefined || variant === '8' || variant === 'v8' ? undefined : variant
  if (architecture === 'amd64' && variant === 'v1') variant = undefined
  if (architecture === 'arm') {
    if (variant === undefined) variant = 'v7'
    else if (/^[5-8]$/.test(variant)) variant = `v${variant}`
  }
  return {
    os,
    architecture,
    ...(variant !== undefined && { variant }),
    ...(platform.osVersion !== undefined && { osVersion: platform.osVersion }),
  }
}

/** Parses `linux/arm64/v8`, `linux/amd64`; undefined unless it has two or three parts of `[A-Za-z0-9_.-]+`. */
export function parsePlatform(text: string): Platform | undefined {
  const match = /^([\w.-]+)(?:\(([\w.-]+)\))?\/([\w.-]+)(?:\/([\w.-]+))?$/.exec(text)
  if (match === null) return undefined
  const [, os = '', osVersion, architecture = '', variant] = match
  return {
    os,
    architecture,
    ...(variant !== undefined && { variant }),
    ...(osVersion !== undefined && { osVersion }),
  }
}

/** `linux/arm64/v8`, `windows(10.0.17763.1)/amd64`: as written in the lockfile, with the index's own names. */
export function formatPlatform({ os, osVersion, architecture, variant }: Platform): string {
  return `${os}${osVersion ? `(${osVersion})` : ''}/${architecture}${variant ? `/${variant}` : ''}`
}

/** Whether two platforms are equal once normalized. The OS version counts only if both have one. An invalid platform equals none. */
export function samePlatform(a: Platform | undefined, b: Platform | undefined): boolean {
  if (a === undefined || b === undefined) return false
  const x = normalizePlatform(a)
  const y = normalizePlatform(b)
  return (
    x.os === y.os &&
    x.architecture === y.architecture &&
    x.variant === y.variant &&
    (x.osVersion === undefined || y.osVersion === undefined || x.osVersion === y.osVersion)
  )
}

/** The first spelling of each platform. */
export function distinctPlatforms(platforms: readonly Platform[]): readonly Platform[] {
  const spellings = new Map<string, Platform>()
  for (const platform of platforms) {
    const name = formatPlatform(normalizePlatform(platform))
    if (!spellings.has(name)) spellings.set(name, platform)
  }
  return [...spellings.values()]
}
