import type { BuildArgOrigin } from '../core/build.ts'
import type { Place } from '../core/place.ts'

/** A finding or a notice in words, with the next step. */
export interface Worded {
  /** `Dockerfile:3:6`. May be empty, or several. */
  readonly places: readonly Place[]
  /** Where values come from that lead to the image: `compose.yaml:7 args.NODE_VERSION`. */
  readonly from?: string
  readonly what: string
  readonly next?: string
}

/** `Dockerfile:3:6` */
export function formatPlace({ file, line, column }: Place): string {
  return `${file}:${line}:${column}`
}

/** `compose.yaml:7 args.NODE_VERSION` */
export function formatArgOrigins(origins: readonly BuildArgOrigin[]): string {
  return listed(
    origins.map(({ file, line, name }) => `${file}${line === undefined ? '' : `:${line}`} args.${name}`),
  )
}

/** The advice for an image that only the local engine may have. */
export const IGNORE_IT = 'add a line before: # dock-lock: ignore REASON'

/** At most four names; the rest is counted. */
export function listed(names: readonly string[]): string {
  return (names.length > 4 ? [...names.slice(0, 3), `${names.length - 3} more`] : names).join(', ')
}
