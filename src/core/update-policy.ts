/** Which updates of an image are wanted: from the config and the command line. */
import { matchesImage, matchesPattern } from './ignore.ts'
import type { Reference } from './reference.ts'
import type { UpdateLevel } from './tag.ts'

/** One entry of `updates` in the config. */
export interface UpdateRule {
  /** Patterns as in `ignore`. Absent: all images. */
  readonly images?: readonly string[]
  /** The versions that are wanted, in the syntax of semver. */
  readonly range?: string
  /** The largest step of a tag. */
  readonly semver?: UpdateLevel
  /** In milliseconds. Younger images are held back. */
  readonly minAge?: number
  /** Patterns of tags that are never used. */
  readonly exclude?: readonly string[]
}

/** What applies to one image. */
export interface UpdatePolicy {
  /** The largest step of the tag. Absent: the tag stays. */
  readonly level?: UpdateLevel
  readonly range?: string
  readonly minAge: number
  readonly isExcluded: (tag: string) => boolean
}

/** What the command line says about all images. It takes precedence. */
export interface UpdateOptions {
  readonly semver?: UpdateLevel
  readonly minAge?: number
}

/** If several entries match, the first that has a setting decides it. Their exclusions add up. */
export function updatePolicy(
  reference: Reference,
  rules: readonly UpdateRule[],
  options: UpdateOptions,
): UpdatePolicy {
  const matching = rules.filter(({ images }) => images === undefined || matchesImage(images, reference))
  const first = <Value>(of: (rule: UpdateRule) => Value | undefined): Value | undefined =>
    matching.map(of).find(value => value !== undefined)
  const range = first(rule => rule.range)
  const level = options.semver ?? first(rule => rule.semver) ?? (range === undefined ? undefined : 'major')
  const excluded = matching.flatMap(({ exclude = [] }) => exclude)
  return {
    ...(level !== undefined && { level }),
    ...(range !== undefined && { range }),
    minAge: options.minAge ?? first(rule => rule.minAge) ?? 0,
    isExcluded: tag => excluded.some(pattern => matchesPattern(pattern, tag)),
  }
}
