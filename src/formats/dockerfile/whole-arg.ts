import type { PlatformBuild } from '../../core/build.ts'
import type { ImageOccurrence, Occurrence } from '../../core/occurrence.ts'
import { type Place, placeFinder } from '../../core/place.ts'
import { extract } from './extract.ts'

/**
 * The images of the ARG `name`, which the build sets to `value`, if `value` is the whole reference wherever the file uses the ARG. Then
 * `value` may hold a digest. The rules are those for the default of an ARG: the file is read as if `value` were the default.
 */
export function wholeArgImages(
  source: string,
  file: string,
  build: PlatformBuild,
  name: string,
  value: string,
): readonly ImageOccurrence[] {
  const found = imagesOf(extract(source, file, build), name)
  const places = found.flatMap(({ args = [] }) => args.flatMap(arg => (arg.name === name ? [arg.place] : [])))
  const [place] = places
  const isWhole = found.every(({ reference }) => reference.original === value)
  if (
    place === undefined ||
    !isWhole ||
    places.some(one => one?.line !== place.line || one.column !== place.column)
  )
    return []
  const offset = offsetOf(source, file, place, name)
  const word = WORD.exec(source.slice(offset, offset + MAX_WORD))?.[0]
  if (word === undefined) return []
  const start = offset + name.length + 1
  const end = start + value.length
  const text = `${source.slice(0, offset)}${name}=${value}${source.slice(offset + word.length)}`
  const { [name]: _, ...args } = build.args
  const asDefault = imagesOf(extract(text, file, { ...build, args }), name)
  const isHeld = asDefault.every(
    ({ pin }) => pin.kind === 'here' && pin.range.start >= start && pin.range.end <= end,
  )
  return isHeld && asDefault.length === found.length ? found : []
}

const MAX_WORD = 4096
/** `NAME`, or `NAME=default` in one piece. */
const WORD = /^\w+(?:=(?:"[^"\\\n]*"|'[^'\\\n]*'|[^\s"'\\]*))?(?=\s|$)/

function imagesOf(occurrences: readonly Occurrence[], name: string): readonly ImageOccurrence[] {
  return occurrences.flatMap(one =>
    one.kind === 'image' && one.args?.some(arg => arg.name === name) ? [one] : [],
  )
}

function offsetOf(source: string, file: string, { line, column }: Place, name: string): number {
  const placeOf = placeFinder(file, source)
  for (let at = source.indexOf(name); at >= 0; at = source.indexOf(name, at + 1)) {
    const place = placeOf(at)
    if (place.line === line && place.column === column) return at
  }
  return source.length
}
