/**
 * Which image an engine uses if there is none for exactly the platform: an older variant, or a related architecture that the
 * processor also runs. The order is containerd's.
 * @see https://github.com/containerd/platforms/blob/main/compare.go (platformVector)
 */
import { formatPlatform, normalizePlatform, type Platform, parsePlatform } from './platform.ts'

/** How well `have` serves `wanted`: 0 is the same platform, higher is worse, undefined does not fit. */
export function platformDistance(wanted: Platform, have: Platform): number | undefined {
  const want = normalizePlatform(wanted)
  const got = normalizePlatform(have)
  if (want.os !== got.os) return undefined
  if (want.osVersion !== undefined && got.osVersion !== undefined && want.osVersion !== got.osVersion)
    return undefined
  const index = fallbacks(want).indexOf(variantName(got))
  return index < 0 ? undefined : index
}

/** Like `platformDistance`, but within one architecture. A config without a variant serves all variants. */
export function sameArchitecture(wanted: Platform, have: Platform): boolean {
  const want = normalizePlatform(wanted)
  if (want.architecture !== normalizePlatform(have).architecture) return false
  const variant = have.variant || want.variant
  return platformDistance(want, variant === undefined ? have : { ...have, variant }) !== undefined
}

/** The platform in `/info`, with the kernel's names: `x86_64`, `aarch64`, `armv7l`. Undefined if one of the two is missing, or is not a name. */
export function enginePlatform(os: string, machine: string): Platform | undefined {
  if (os === '' || machine === '') return undefined
  const arm = /^armv(\d)/.exec(machine)
  if (arm !== null) return normalizePlatform({ os, architecture: 'arm', variant: `v${arm[1]}` })
  const architecture = /^i[3-6]86$/.test(machine) ? '386' : machine === 'loongarch64' ? 'loong64' : machine
  return parsePlatform(formatPlatform(normalizePlatform({ os, architecture })))
}

/** Architectures and variants that serve a (normalized) platform, best first. */
function fallbacks(platform: Platform): string[] {
  const { architecture, variant } = platform
  const level = Number(/^v(\d+)$/.exec(variant ?? '')?.[1])
  const down = (from: number, to: number) =>
    Array.from({ length: Math.max(0, from - to + 1) }, (_, step) => from - step)
  switch (architecture) {
    case 'amd64':
      return [...down(level || 1, 1).map(v => (v === 1 ? 'amd64' : `amd64/v${v}`)), '386']
    case 'arm':
      return level ? down(level, 5).map(v => `arm/v${v}`) : [variantName(platform)]
    case 'arm64':
      return [
        ...new Set([variantName(platform), ...arm64Fallbacks(variant)]),
        ...down(8, 5).map(v => `arm/v${v}`),
      ]
    default:
      return [variantName(platform)]
  }
}

/** Lower minor versions, highest first. arm64/v9.0 includes v8.5, so v9.N runs images for v8.(N+5) and below. */
function arm64Fallbacks(variant = 'v8'): string[] {
  const [, major = '8', minor = '0'] = /^v([89])(?:\.(\d))?$/.exec(variant) ?? []
  const level = (version: number, from: number) =>
    Array.from({ length: from + 1 }, (_, step) =>
      variantName({ os: '', architecture: 'arm64', variant: `v${version}.${from - step}` }),
    )
  return major === '9'
    ? [...level(9, Number(minor)), ...level(8, Number(minor) + 5)]
    : level(8, Number(minor))
}

/** Minor version 0 equals none, and arm64/v8 equals arm64. */
function variantName({ architecture, variant }: Platform): string {
  const short = architecture === 'arm64' ? variant?.replace(/^(v[89])\.0$/, '$1') : variant
  if (short === undefined || (architecture === 'arm64' && short === 'v8')) return architecture
  return `${architecture}/${short}`
}
