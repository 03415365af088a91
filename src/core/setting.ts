import type { Place } from './place.ts'

/** One setting in force. */
export interface Setting {
  /** `pin`, `buildArgs.BASE`, `ignore[0]` */
  readonly name: string
  /** In words, one for each part: `mirrors: https://mirror.example`. Empty: nothing is set. */
  readonly values: readonly string[]
  readonly source: 'default' | 'repository' | 'user' | 'environment'
  /** `repository` and `user`: where it is written. */
  readonly place?: Place
  /** `environment`: the variable. */
  readonly variable?: string
}

/** The settings of one config as they are written: one for each entry of a list or mapping. */
export function writtenSettings(
  written: Readonly<Record<string, unknown>>,
  source: 'repository' | 'user',
  placeOf: (path: readonly string[]) => Place,
): readonly Setting[] {
  return Object.entries(written).flatMap(([name, value]): readonly Setting[] => {
    const one = (path: readonly string[], label: string, part: unknown): Setting => ({
      name: label,
      values: wordsOf(part),
      source,
      place: placeOf(path),
    })
    if (Array.isArray(value) && value.some(isMapping))
      return value.map((item, index) => one([name, String(index)], `${name}[${index}]`, item))
    if (isMapping(value))
      return Object.entries(value).map(([key, item]) => one([name, key], `${name}.${key}`, item))
    return [one([name], name, value)]
  })
}

/** `key: value` for each entry of a mapping; each item of a list. */
function wordsOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.map(String)
  if (!isMapping(value)) return [String(value)]
  return Object.entries(value).map(([key, item]) => `${key}: ${wordsOf(item).join(', ')}`)
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
