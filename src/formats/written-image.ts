import type { Occurrence, Pin, Role, TagPart } from '../core/occurrence.ts'
import type { Place, Range } from '../core/place.ts'
import type { Platform } from '../core/platform.ts'
import { parseReference } from '../core/reference.ts'
import { withoutUserinfo } from '../core/userinfo.ts'
import type { WrittenText } from './written.ts'

/** The image that a written text names from the character `from` on. `placeOf`: the place of an offset in its file. */
export function writtenImage(
  written: WrittenText,
  from: number,
  placeOf: (offset: number) => Place,
  role: Role,
): Occurrence {
  const text = written.text.slice(from)
  const rangeOf = (start: number, end: number) => written.rangeOf({ start: from + start, end: from + end })
  const range = rangeOf(0, text.length) ?? { start: written.offset, end: written.offset }
  const common = { file: written.file, range, place: placeOf(range.start), text: shown(text), role } as const
  const parsed = parseReference(text)
  if (!parsed.ok) return { ...common, kind: 'invalid', reason: parsed.problem.message }
  const at = text.indexOf('@')
  const tag = tagOf(at < 0 ? text : text.slice(0, at), rangeOf)
  return {
    ...common,
    kind: 'image',
    reference: parsed.reference,
    pin: pinOf(rangeOf(at < 0 ? text.length : at, text.length)),
    ...(tag !== undefined && { tag }),
  }
}

/** The image of a value that is computed, so that no digest can be written. `range`: what the value belongs to. */
export function computedImage(
  file: string,
  text: string,
  range: Range,
  place: Place,
  role: Role,
  pin: Pin = pinOf(undefined),
): Occurrence {
  const common = { file, range, place, text: shown(text), role } as const
  const parsed = parseReference(text)
  if (!parsed.ok) return { ...common, kind: 'invalid', reason: parsed.problem.message }
  return { ...common, kind: 'image', reference: parsed.reference, pin }
}

/** The image of a named context, once for each platform of its build. Without platforms, it is for that of the engine. */
export function forPlatforms(image: Occurrence, platforms: readonly Platform[]): readonly Occurrence[] {
  return platforms.length === 0 ? [image] : platforms.map(platform => ({ ...image, platform }))
}

function shown(text: string): string {
  return withoutUserinfo(text).slice(0, 300)
}

function pinOf(range: Range | undefined): Pin {
  return range === undefined ? { kind: 'never', reason: 'arg-computed', names: [] } : { kind: 'here', range }
}

function tagOf(
  name: string,
  rangeOf: (start: number, end: number) => Range | undefined,
): readonly TagPart[] | undefined {
  const colon = name.lastIndexOf(':')
  if (colon < 0 || name.includes('/', colon)) return undefined
  const range = rangeOf(colon + 1, name.length)
  return [{ text: name.slice(colon + 1), ...(range !== undefined && { range }) }]
}
