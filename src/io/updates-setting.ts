/** The setting `updates` of the config. */
import { parseAge } from '../core/age.ts'
import type { UpdateRule } from '../core/update-policy.ts'
import { isObject, isStrings } from '../lib/json.ts'
import { unknownSetting } from './unknown-setting.ts'
import { loadRangeCheck } from './version-range.ts'

type Fail = (path: readonly string[], message: string) => never

/** The most entries, and the most patterns of an entry. Each is matched against every image or tag. */
const MAX_RULES = 256
const MAX_PATTERNS = 64
const MAX_TEXT = 256

export function toUpdates(value: unknown, fail: Fail): readonly UpdateRule[] {
  if (!Array.isArray(value)) return fail(['updates'], '"updates" must be a list')
  if (value.length > MAX_RULES)
    return fail(['updates', String(MAX_RULES)], `this list has more than ${MAX_RULES} entries`)
  return value.map((entry: unknown, index): UpdateRule => {
    const at = ['updates', String(index)]
    if (!isObject(entry))
      return fail(at, 'an entry must be a mapping with "images", "range", "semver", "minAge" or "exclude"')
    const { images, range, semver, minAge, exclude, ...others } = entry
    const extra = Object.keys(others)[0]
    if (extra !== undefined)
      return fail([...at, extra], unknownSetting(extra, ['images', 'range', 'semver', 'minAge', 'exclude']))
    if (range !== undefined && (typeof range !== 'string' || range.length > MAX_TEXT))
      return fail([...at, 'range'], '"range" must be text: put it in quotes, as in ">=22 <25"')
    if (semver !== undefined && semver !== 'patch' && semver !== 'minor' && semver !== 'major')
      return fail([...at, 'semver'], '"semver" must be patch, minor or major')
    const age = typeof minAge === 'string' ? parseAge(minAge) : undefined
    if (minAge !== undefined && age === undefined)
      return fail([...at, 'minAge'], '"minAge" must be a number of hours, days or weeks, as in 12h, 7d or 2w')
    return {
      ...(images !== undefined && { images: patternsOf(images, [...at, 'images'], fail) }),
      ...(range !== undefined && { range }),
      ...(semver !== undefined && { semver }),
      ...(age !== undefined && { minAge: age }),
      ...(exclude !== undefined && { exclude: patternsOf(exclude, [...at, 'exclude'], fail) }),
    }
  })
}

/** Ranges need semver, which is loaded only if there are any. */
export async function checkRanges(updates: readonly UpdateRule[], fail: Fail): Promise<void> {
  if (updates.every(({ range }) => range === undefined)) return
  const { isRange } = await loadRangeCheck()
  for (const [index, { range }] of updates.entries())
    if (range !== undefined && !isRange(range))
      fail(
        ['updates', String(index), 'range'],
        `"${range.slice(0, 100)}" is not a range of versions: write it as in package.json, such as ">=22 <25"`,
      )
}

function patternsOf(value: unknown, at: readonly string[], fail: Fail): readonly string[] {
  const patterns = typeof value === 'string' ? [value] : value
  if (!isStrings(patterns) || patterns.some(pattern => pattern === '' || pattern.length > MAX_TEXT))
    return fail(at, `"${at.at(-1)}" takes a pattern, or a list of patterns; put numbers in quotes`)
  if (patterns.length > MAX_PATTERNS) return fail(at, `this list has more than ${MAX_PATTERNS} entries`)
  return patterns
}
