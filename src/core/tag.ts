/** Which tags of a repository are newer than the one in use. docs/versions.md has the rules. */
import {
  compareTagVersions,
  firstDifference,
  parseTagVersion,
  type TagVersion,
  withoutZeros,
} from './tag-version.ts'

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
  const known: Candidate[] = []
  for (const tag of new Set(tags)) {
    const version = parseTagVersion(tag)
    if (version?.form === from.form) known.push({ tag, version })
  }
  const releases = new Set([from, ...known.map(({ version }) => version)])
  const isCalendar = [...releases].some(isYearAndMonth)
  const isLongTermOnly =
    isLongTerm(from) && [...releases].every(({ parts }) => /^(?:04|10)$/.test(parts[1] ?? ''))
  const levelOf = (to: TagVersion): UpdateLevel => {
    const index = firstDifference(from, to)
    if (index < 0 || index > 1 || from.isRebuild) return 'patch'
    return index === 0 || isCalendar ? 'major' : 'minor'
  }
  const largest = LEVELS.indexOf(policy.level ?? 'major')
  return known
    .filter(
      ({ tag, version }) =>
        compareTagVersions(version, from) > 0 &&
        isAcceptedPreRelease(version, from) &&
        !(isLongTermOnly && !isLongTerm(version)) &&
        LEVELS.indexOf(levelOf(version)) <= largest &&
        policy.isExcluded?.(tag) !== true &&
        policy.inRange?.(semverOf(version)) !== false,
    )
    .sort((a, b) => compareTagVersions(b.version, a.version) || compareSpellings(a.tag, b.tag, current))
    .map(({ tag, version }) => ({ tag, level: levelOf(version) }))
}

interface Candidate {
  readonly tag: string
  readonly version: TagVersion
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

/** `24.04`: each is a release of its own, also in the same year. The zero tells them from `22.10` of a program. */
function isYearAndMonth({ parts: [year = '', month = '', ...more] }: TagVersion): boolean {
  return /^\d\d$/.test(year) && /^0[1-9]$/.test(month) && more.length === 0
}

/** Ubuntu's releases with long support: April of even years. */
function isLongTerm({ parts: [year = '', month = '', ...more] }: TagVersion): boolean {
  return /^\d[02468]$/.test(year) && month === '04' && more.length === 0
}

function semverOf({ parts, preRelease }: TagVersion): string {
  const version = [0, 1, 2].map(index => withoutZeros(parts[index] ?? '0')).join('.')
  const words = preRelease && [preRelease.word, ...preRelease.numbers.map(withoutZeros)].join('.')
  return words === undefined ? version : `${version}-${words}`
}

/** Equal versions: the spelling of `current` first, with or without `v`, then by text. */
function compareSpellings(a: string, b: string, current: string): number {
  const hasV = (tag: string): boolean => /^v/i.test(tag)
  const order = Number(hasV(a) !== hasV(current)) - Number(hasV(b) !== hasV(current))
  return order || (a < b ? -1 : 1)
}
