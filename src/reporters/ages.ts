/** Dates and ages in words. */
import type { ImageDate } from '../core/image-description.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
/** From this many days on, months are counted; from this many months on, years. */
const DAYS_MAX = 90
const MONTHS_MAX = 24

/** `3 hours`, `41 days`, `5 months`, `2 years` */
export function ageWords(milliseconds: number): string {
  const days = Math.floor(milliseconds / DAY)
  if (days < 1) return counted(Math.max(0, Math.floor(milliseconds / HOUR)), 'hour')
  if (days < DAYS_MAX) return counted(days, 'day')
  const months = Math.floor(days / 30.44)
  return months < MONTHS_MAX ? counted(months, 'month') : counted(Math.floor(days / 365.25), 'year')
}

export function ageAt(date: ImageDate, now: string): string {
  return ageWords(Date.parse(now) - Date.parse(date.time))
}

/** `2026-01-02 (registry)`: where the date comes from. */
export function dateWords({ time, source }: ImageDate): string {
  return `${time.slice(0, 10)} (${source === 'registry' ? 'received by the registry' : 'built, says the publisher'})`
}

function counted(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}
