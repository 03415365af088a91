/** Ages of images, and which dates are believed. Times are in milliseconds since 1970, durations in milliseconds. */

const HOUR = 3_600_000
const UNITS: Readonly<Record<string, number>> = { h: HOUR, d: 24 * HOUR, w: 7 * 24 * HOUR }

/** `12h`, `7d`, `2w` → milliseconds. Undefined for any other text, and for more than 9,999 of a unit. */
export function parseAge(text: string): number | undefined {
  const [, count, unit = ''] = /^(\d{1,4})([hdw])$/.exec(text) ?? []
  return count === undefined ? undefined : Number(count) * UNITS[unit]!
}

/** Whether an image with this date is at least `minAge` old. False without a date: its age is unknown. */
export function isOldEnough(
  date: { readonly time: string } | undefined,
  minAge: number,
  now: number,
): boolean {
  return date !== undefined && now - Date.parse(date.time) >= minAge
}

/** Docker's first release was in March 2013. Earlier dates are placeholders: 1970, 1980 or the year 1. */
const FIRST_IMAGE = Date.UTC(2013, 0, 1)
/** Clocks of servers differ by minutes. */
const CLOCK_SKEW = 600_000

/** `text` as ISO 8601 in UTC, without fractions of a second. Undefined if it is not a date, or before 2013, or in the future. */
export function believableDate(text: string | undefined, now: number): string | undefined {
  if (text === undefined || text.length > 64) return undefined
  const time = Date.parse(text)
  if (!(time >= FIRST_IMAGE && time <= now + CLOCK_SKEW)) return undefined
  return new Date(time).toISOString().replace(/\.\d+Z$/, 'Z')
}

/** Some servers set `Last-Modified` to the time of the response. Such a value is at most this far from `Date`. */
const GENERATED = 5_000

/**
 * The date in a `Last-Modified` header, if it is believable and not the time of the response itself.
 * @param responseDate the `Date` header of the same response
 */
export function receivedDate(
  lastModified: string | undefined,
  responseDate: string | undefined,
  now: number,
): string | undefined {
  const date = believableDate(lastModified, now)
  if (date === undefined) return undefined
  const answered = Date.parse(responseDate ?? '')
  const age = (Number.isNaN(answered) ? now : answered) - Date.parse(date)
  return Math.abs(age) <= GENERATED ? undefined : date
}
