/**
 * Tags read as versions. `22.1-alpine3.20` is the version 22.1 of the variant `alpine3.20`. docs/versions.md has the rules.
 *
 * Every pattern here runs over one part of a tag, from its start, and without nested repetition: the time is linear.
 */
import {
  compareDigitLists,
  compareDigits,
  dateLength,
  formOfDigits,
  isDate,
  isHash,
  withoutZeros,
} from './tag-digits.ts'

export interface TagVersion {
  /** The tag with `#` or `{date}` for each number that can rise: tags of one form have the same variant and precision. */
  readonly form: string
  /** Major, minor, patch and further parts, as digits without leading zeros; of a date its year, month and day. */
  readonly parts: readonly string[]
  /** The parts as the tag has them, `24.04`. */
  readonly written: string
  /** Build numbers, times and dates of rebuilds, as digits: they count after everything else. */
  readonly builds: readonly string[]
  readonly preRelease?: PreRelease
  /** The tag is a word and a date, such as `bookworm-20241016`: a later date is a rebuild of the same release. */
  readonly isRebuild: boolean
}

interface PreRelease {
  /** In lower case. */
  readonly word: string
  readonly numbers: readonly string[]
}

const LENGTH_MAX = 128
/** A word that says nothing about the variant. */
const NEUTRAL = /^(?:release|version)[._-]/i
const DASHED_DATE = /(?<!\d)(\d{4})-(\d\d)-(\d\d)(?:T(\d\d)-(\d\d)-(\d\d)Z)?(?!\d)/g
const NUMBERS = /^\d+(?:\.\d+)*/
/** `21.0.4_7`, `8u422`, and the time after a date. */
const GLUED_BUILD = /^[_u~](\d+)/
const GLUED_PRE_RELEASE = /^[._]?(alpha|beta|preview|pre|rc|cr|a(?=\d)|b(?=\d)|dev(?=\d))\.?(\d*)$/i
/** `dev` and `m` only with a number: `-dev` alone is a variant of many images. */
const PRE_RELEASE =
  /^(alpha|beta|preview|pre|rc|cr|ea|milestone|snapshot|canary|nightly|dev(?=\.?\d)|m(?=\d))\.?(\d+(?:\.\d+)*)?$/i
const BUILD = /^(ls|(?:eks)?build\.?|b|patch|p|cu|rev|hotfix|post|ce\.|ee\.|k3s|rke2r)(\d+)$/i
/** `v1` of `7.4.0-v1`. After fewer parts than three it may be a version of its own. */
const V_BUILD = /^(v)(\d+)$/
const REVISION = /^(r)(\d+)$/

/** The version of a tag; undefined if it has none, as `latest`, `bookworm`, `lts-jdk17` and commit hashes. */
export function parseTagVersion(tag: string): TagVersion | undefined {
  if (tag.length > LENGTH_MAX) return undefined
  const neutral = NEUTRAL.exec(tag)?.[0] ?? ''
  const segments = joinDates(tag.slice(neutral.length)).split('-')
  const index = segments.findIndex(startsVersion)
  const segment = segments[index]
  if (segment === undefined) return undefined
  const before =
    neutral +
    segments
      .slice(0, index)
      .map(word => `${word}-`)
      .join('')
  const head = readHead(segment)
  const rest = readRest(segments.slice(index + 1), head)
  const preRelease = head.preRelease ?? rest.preRelease
  return {
    form: before + head.form + rest.form,
    parts: head.parts.map(withoutZeros),
    written: head.written,
    builds: [...head.builds, ...rest.builds].map(withoutZeros),
    ...(preRelease !== undefined && { preRelease }),
    isRebuild: head.isDate && index > 0,
  }
}

/** `2024-10-16` becomes `20241016~`, so that it is one segment. A tag cannot contain `~`. */
function joinDates(tag: string): string {
  return tag.replace(DASHED_DATE, (text, year, month, day, hour = '', minute = '', second = '') =>
    isDate(year + month + day) ? `${year}${month}${day}~${hour}${minute}${second}` : text,
  )
}

/** After a word only a date, or a version of three parts, is surely a version: `alpine-3.20` and `pr-123` are none. */
function startsVersion(segment: string, index: number): boolean {
  const numbers = NUMBERS.exec(withoutV(segment))?.[0].split('.')
  const first = numbers?.[0]
  if (numbers === undefined || first === undefined || isHash(segment)) return false
  if (dateLength(first) > 0) return true
  // A number this long may be a commit hash without letters.
  return first.length < 7 && (index === 0 || numbers.length >= 3)
}

interface Head {
  readonly form: string
  readonly parts: readonly string[]
  readonly written: string
  readonly builds: readonly string[]
  readonly preRelease?: PreRelease
  readonly isDate: boolean
}

/** Reads the segment with the version. */
function readHead(segment: string): Head {
  const text = withoutV(segment)
  const dotted = NUMBERS.exec(text)?.[0] ?? ''
  const numbers = dotted.split('.')
  const first = numbers[0] ?? ''
  const hasDate = dateLength(first) > 0
  const builds = hasDate ? [first.slice(8), ...numbers.slice(1)].filter(digits => digits !== '') : []
  // A second image of one day has a number, `20241009.1`; the first has none.
  const isRespin = hasDate && numbers.length === 2
  let form = (isRespin ? [first] : numbers).map(formOfDigits).join('.')
  let rest = text.slice(dotted.length)
  for (let build = GLUED_BUILD.exec(rest); build !== null; build = GLUED_BUILD.exec(rest)) {
    form += `${rest[0]}#`
    builds.push(build[1] ?? '')
    rest = rest.slice(build[0].length)
  }
  rest = rest.replace(/^\.(?:final|ga|release)$/i, '')
  const found = GLUED_PRE_RELEASE.exec(rest)
  if (found === null) form += rest
  // The number of the Windows release must be that of the host.
  if (/^10\.0\.\d{5}\.\d+$/.test(dotted)) form = form.replace('#.#.#', `#.#.${numbers[2]}`)
  return {
    form,
    parts: hasDate ? [first.slice(0, 4), first.slice(4, 6), first.slice(6, 8)] : numbers,
    written: dotted,
    builds,
    ...(found !== null && { preRelease: preReleaseOf(found) }),
    isDate: hasDate,
  }
}

/** Reads what follows the version: pre-release, build numbers, and the variant, which stays as it is. */
function readRest(
  segments: readonly string[],
  head: Head,
): Pick<TagVersion, 'form' | 'builds' | 'preRelease'> {
  const builds: string[] = []
  let preRelease = head.preRelease
  let form = ''
  /** Whether nothing of the variant stands between the version and the segment. */
  let isNext = true
  for (let index = 0; index < segments.length; index++) {
    const segment = segments[index] ?? ''
    const pre = isNext && preRelease === undefined ? PRE_RELEASE.exec(segment) : null
    const isLast = index === segments.length - 1
    const build = buildOf(segment, { isNext, isLast, isFull: head.parts.length >= 3 })
    if (pre !== null) {
      preRelease = preReleaseOf(pre)
      const next = segments[index + 1] ?? ''
      // `beta-5`, `ea-19`
      if (preRelease.numbers.length === 0 && /^\d+$/.test(next)) {
        preRelease = { ...preRelease, numbers: [withoutZeros(next)] }
        index++
      }
    } else if (build !== undefined) {
      builds.push(...build.numbers)
      form += `-${build.form}`
    } else if (isHash(segment)) {
      form += '-{hash}'
    } else {
      form += `-${segment}`
      isNext = false
    }
  }
  return { form, builds, ...(preRelease !== undefined && { preRelease }) }
}

interface Position {
  /** Only builds and pre-releases stand between the version and the segment. */
  readonly isNext: boolean
  readonly isLast: boolean
  /** The version has three parts or more. */
  readonly isFull: boolean
}

/** A build number, or the date of a rebuild, in a segment after the version. */
function buildOf(
  segment: string,
  { isNext, isLast, isFull }: Position,
): { readonly form: string; readonly numbers: readonly string[] } | undefined {
  if (/^\d+(?:\.\d+)*(~\d*)?$/.test(segment)) {
    const numbers = segment.split(/[.~]/).filter(digits => digits !== '')
    // Small numbers may be the version of another program: 3.4 of `16-3.4`, 22 of `1.2.3-22-bookworm`.
    const isBuild = numbers.some(digits => digits.length >= 3) || (isFull && isLast)
    if (dateLength(numbers[0] ?? '') > 0 || (isNext && isBuild))
      return { form: segment.replace(/\d+/g, formOfDigits), numbers }
  }
  const word =
    REVISION.exec(segment) ??
    (isNext ? (BUILD.exec(segment) ?? (isFull ? V_BUILD.exec(segment) : null)) : null)
  return word === null ? undefined : { form: `${word[1]}#`, numbers: [word[2] ?? ''] }
}

function preReleaseOf([, word = '', numbers = '']: RegExpExecArray): PreRelease {
  return { word: word.toLowerCase(), numbers: numbers === '' ? [] : numbers.split('.').map(withoutZeros) }
}

function withoutV(segment: string): string {
  return segment.replace(/^v(?=\d)/i, '')
}

/** Negative if `a` is older. 0 for equal versions, whatever their text. */
export function compareTagVersions(a: TagVersion, b: TagVersion): number {
  return (
    compareDigitLists(a.parts, b.parts) ||
    comparePreReleases(a.preRelease, b.preRelease) ||
    compareDigitLists(a.builds, b.builds)
  )
}

/** The index of the first part that differs; -1 if all are equal. */
export function firstDifference(a: TagVersion, b: TagVersion): number {
  return a.parts.findIndex((part, index) => compareDigits(part, b.parts[index] ?? '') !== 0)
}

/** A release is newer than its pre-releases. Words are in alphabetical order, as in semver: alpha, beta, preview, rc. */
function comparePreReleases(a: PreRelease | undefined, b: PreRelease | undefined): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined)
  if (a.word !== b.word) return a.word < b.word ? -1 : 1
  return compareDigitLists(a.numbers, b.numbers)
}
