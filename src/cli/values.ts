/** The values of options. Each function throws a DockLockError `usage` for one that is not valid. */
import { options } from '../commands/options.ts'
import { parseAge } from '../core/age.ts'
import { type Platform, parsePlatform } from '../core/platform.ts'
import type { UpdateLevel } from '../core/tag.ts'
import { closest, usage } from './usage.ts'

export function levelOf(given: unknown, command: string): UpdateLevel | undefined {
  if (given === undefined || given === 'patch' || given === 'minor' || given === 'major') return given
  const meant = closest(String(given), options.semver.offers as readonly string[])
  throw usage(
    `--semver ${given}: write patch, minor or major`,
    command,
    meant && `${command} --semver ${meant}`,
  )
}

export function ageOf(given: unknown, command: string): number | undefined {
  if (given === undefined) return undefined
  const age = parseAge(String(given))
  if (age !== undefined) return age
  throw usage(`--min-age ${given}: write a number of hours, days or weeks, as in 12h, 7d or 2w`, command)
}

/** A name without a value takes it from the environment, as in docker. If it is not set there, the option is ignored. */
export function parseBuildArgs(
  given: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  command: string,
): Readonly<Record<string, readonly string[]>> {
  const values: Record<string, string[]> = Object.create(null)
  for (const text of given) {
    const equals = text.indexOf('=')
    // The text is not repeated: it may be the value.
    if (equals === 0 || text === '') throw usage('--build-arg needs NAME or NAME=VALUE', command)
    const name = equals < 0 ? text : text.slice(0, equals)
    const value = equals < 0 ? env[name] : text.slice(equals + 1)
    if (value !== undefined) values[name] = [...(values[name] ?? []), value]
  }
  return { ...values }
}

export function parsePlatforms(given: string, command: string): readonly Platform[] {
  return given.split(',').map(text => {
    const platform = parsePlatform(text)
    if (platform !== undefined) return platform
    throw usage(`--platform ${text}: write os/architecture, as in linux/arm64`, command)
  })
}
