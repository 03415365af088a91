import type { Place } from '../core/place.ts'

/** A finding or a notice in words, with the next step. */
export interface Worded {
  /** `Dockerfile:3:6`. May be empty, or several. */
  readonly places: readonly Place[]
  readonly what: string
  readonly next?: string
}

/** `Dockerfile:3:6` */
export function formatPlace({ file, line, column }: Place): string {
  return `${file}:${line}:${column}`
}

/** The advice for an image that only the local engine may have. */
export const IGNORE_IT = 'add a line before: # dock-lock: ignore REASON'

/** At most four names; the rest is counted. */
export function listed(names: readonly string[]): string {
  return (names.length > 4 ? [...names.slice(0, 3), `${names.length - 3} more`] : names).join(', ')
}
