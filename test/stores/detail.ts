import type { AvailabilityDetail } from '../../src/core/availability.ts'
import { wordDetail } from '../../src/reporters/details.ts'

/** A detail in one text, as findings show it; empty if there is none. */
export function detailText(state: string | undefined, detail: AvailabilityDetail | undefined): string {
  if (detail === undefined) return ''
  return `${state === 'absent' && detail.code === 'tag-holder' ? 'the tag is on ' : ''}${wordDetail(detail)}`
}
