import { type Platform, parsePlatform } from '../../src/core/platform.ts'

/** The platform of a text such as `linux/arm64/v8`. */
export function asPlatform(text: string): Platform {
  const platform = parsePlatform(text)
  if (platform === undefined) throw new Error(`${text} is not a platform`)
  return platform
}
