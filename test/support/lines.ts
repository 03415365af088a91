/**
 * The smallest format there could be, for tests of what happens to occurrences: each line `FROM name` names an image. A name
 * that is followed by ` never` cannot be pinned.
 */
import type { Occurrence } from '../../src/core/occurrence.ts'
import { placeAt } from '../../src/core/place.ts'
import { parseReference } from '../../src/core/reference.ts'

export function occurrencesOf(file: string, text: string): readonly Occurrence[] {
  return [...text.matchAll(/^FROM (\S+)( never)?\r?$/gm)].map((match): Occurrence => {
    const name = match[1] as string
    const start = match.index + 'FROM '.length
    const range = { start, end: start + name.length }
    const common = { file, range, place: placeAt(file, text, start), text: name, role: 'from' as const }
    const parsed = parseReference(name)
    if (!parsed.ok) return { ...common, kind: 'invalid', reason: parsed.problem.message }
    const at = name.indexOf('@')
    const pinRange = { start: at < 0 ? range.end : start + at, end: range.end }
    return {
      ...common,
      kind: 'image',
      reference: parsed.reference,
      pin:
        match[2] === undefined
          ? { kind: 'here', range: pinRange }
          : { kind: 'never', reason: 'arg-in-middle', names: ['V'] },
    }
  })
}
