/** Which tags of a repository are newer than the one in use. docs/versions.md has the rules. */
import { compareTagVersions, firstDifference, parseTagVersion, type TagVersion } from './tag-version.ts'

/** How large the step to another tag is. */
export type UpdateLevel = 'patch' | 'minor' | 'major'

export interface TagPolicy {
  /** The largest step; by default `major`. */
  readonly level?: UpdateLevel
  /** Gets `MAJOR.MINOR.PATCH`, with `-WORD.NUMBER` for a pre-release. Missing parts are 0, further parts are left out. */
  readonly inRange?: (version: string) => boolean
  /** Tags never to choose. */
  readonly isExcluded?: (tag: string) => boolean
}

export interface NewerTag {
  readonly tag: string
  readonly level: UpdateLevel
}

/** `24.04`: each is a release of its own, also in the same year. The zero tells them from `22.10` of a program. */
const YEAR_AND_MONTH = /^\d\d\.0[1-9]$/
/** Ubuntu's releases with long support: April of even years. */
const LONG_TERM = /^\d[02468]\.04$/
const LEVELS: readonly UpdateLevel[] = ['patch', 'minor', 'major']

/**
 * Tags of the same variant and precision that are newer than `current`, newest first; none if `current` has no version.
 * Pre-releases are among them only if `current` is one of the same version.
 */
export function newerTags(
  current: string,
  tags: Iterable<string>,
  policy: TagPolicy = {},
): readonly NewerTag[] {
  const from = parseTagVersion(current)
  if (from === undefined) return []
  const maySuit = quickCheck(current, from)
  const known = new Map<string, TagVersion>()
  for (const tag of tags) {
    const version = maySuit(tag) ? parseTagVersion(tag) : undefined
    if (version?.form === from.form) known.set(tag, version)
  }
  const releases = [from, ...known.values()]
  const isCalendar = releases.some(({ written }) => YEAR_AND_MONTH.test(written))
  const isLongTermOnly =
    LONG_TERM.test(from.written) && releases.every(({ written }) => /\.(?:04|10)$/.test(written))
  const levelOf = (to: TagVersion): UpdateLevel => {
    const index = firstDifference(from, to)
    if (index < 0 || index > 1 || from.isRebuild) return 'patch'
    return index === 0 || isCalendar ? 'major' : 'minor'
  }
  const largest = LEVELS.indexOf(policy.level ?? 'major')
  return [...known]
    .filter(
      ([tag, version]) =>
        compareTagVersions(version, from) > 0 &&
        isAcceptedPreRelease(version, from) &&
        !(isLongTermOnly && !LONG_TERM.test(version.written)) &&
        LEVELS.indexOf(levelOf(version)) <= largest &&
        policy.isExcluded?.(tag) !== true &&
        policy.inRange?.(semverOf(version)) !== false,
    )
    .sort(([a, left], [b, right]) => compareTagVersions(right, left) || compareSpellings(a, b, current))
    .map(([tag, version]) => ({ tag, level: levelOf(version) }))
}

/** Rejects most tags of other forms without parsing them: lists have thousands. */
function quickCheck(current: string, version: TagVersion): (tag: string) => boolean {
  const ending = endingOf(version)
  if (version.preRelease !== undefined) return tag => tag.endsWith(ending)
  const dashes = countDashes(current)
  return tag => tag.endsWith(ending) && countDashes(tag) === dashes
}

function endingOf({ form }: TagVersion): string {
  return form.slice(Math.max(...['#', '}', '~'].map(end => form.lastIndexOf(end))) + 1)
}

/** What all tags end with that {@link newerTags} can choose: `-alpine` for `22.1-alpine`. */
export function tagEnding(current: string): string {
  const version = parseTagVersion(current)
  return version === undefined ? '' : endingOf(version)
}

function countDashes(tag: string): number {
  let count = 0
  for (let index = tag.indexOf('-'); index >= 0; index = tag.indexOf('-', index + 1)) count++
  return count
}

/** Whether the tag has a version that can rise: `latest` and `bookworm` have none. */
export function isVersionTag(tag: string): boolean {
  return parseTagVersion(tag) !== undefined
}

/**
 * The value that an ARG must have so that a reference gets the tag; undefined if the text around the variable does not fit the tag.
 * For `node:${V}-alpine` the prefix is `node:`, the suffix `-alpine`, and the tag `22.2-alpine` gives `22.2`.
 */
export function versionPart(prefix: string, suffix: string, tag: string): string | undefined {
  const colon = prefix.indexOf(':', prefix.lastIndexOf('/') + 1)
  if (colon < 0) return undefined
  const start = prefix.slice(colon + 1)
  const end = suffix.replace(/@.*$/s, '')
  const fits = tag.startsWith(start) && tag.endsWith(end) && tag.length > start.length + end.length
  return fits ? tag.slice(start.length, tag.length - end.length) : undefined
}

/**
 * A pre-release is for those who are on one of the same version, in the same precision: `rc` stays apart from `rc1`. A beta does not
 * lead to a snapshot.
 */
function isAcceptedPreRelease({ preRelease: to, ...version }: TagVersion, from: TagVersion): boolean {
  if (to === undefined) return true
  return (
    from.preRelease?.numbers.length === to.numbers.length &&
    (from.preRelease.word === to.word || !UNFINISHED.test(to.word)) &&
    firstDifference(from, version) < 0
  )
}

/** Builds of a day, rather than steps to a release. */
const UNFINISHED = /^(?:snapshot|nightly|canary|dev)$/

function semverOf({ parts, preRelease }: TagVersion): string {
  const version = [0, 1, 2].map(index => parts[index] ?? '0').join('.')
  const words = preRelease && [preRelease.word, ...preRelease.numbers].join('.')
  return words === undefined ? version : `${version}-${words}`
}

/** Equal versions: the spelling of `current` first, with or without `v`, then by text. */
function compareSpellings(a: string, b: string, current: string): number {
  const hasV = (tag: string): boolean => /^v/i.test(tag)
  const order = Number(hasV(a) !== hasV(current)) - Number(hasV(b) !== hasV(current))
  return order || (a < b ? -1 : 1)
}
