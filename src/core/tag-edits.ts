/** The edits that change a tag where it is written. Pure. */
import type { Edit } from './edit.ts'
import type { TagPart } from './occurrence.ts'

/**
 * The edits that turn the tag into `tag`. Each part that changes keeps its role: for `node:${V}-alpine`, only the value of V changes.
 * Undefined if the new tag does not fit the parts, or a part that must change is not written in the file.
 */
export function tagEdits(parts: readonly TagPart[], tag: string): readonly Edit[] | undefined {
  const merged = joined(parts)
  const texts = merged.map(({ text }) => text)
  const single = merged.flatMap((_, index) => oneChanged(texts, index, tag) ?? [])
  const candidates = [...single, ...(several(merged, tag) ?? [])]
  for (const values of candidates) {
    const edits = editsOf(merged, values)
    if (edits !== undefined) return edits
  }
  return undefined
}

/** Parts that stand next to each other in the source are one part. */
function joined(parts: readonly TagPart[]): readonly TagPart[] {
  const result: TagPart[] = []
  for (const part of parts) {
    const last = result.at(-1)
    if (last?.range !== undefined && part.range?.start === last.range.end && part.arg === last.arg)
      result[result.length - 1] = {
        ...last,
        text: last.text + part.text,
        range: { start: last.range.start, end: part.range.end },
      }
    else result.push(part)
  }
  return result
}

/** The values of all parts if only the one at `index` changes; in an array for `flatMap`. */
function oneChanged(texts: readonly string[], index: number, tag: string): [string[]] | undefined {
  const before = texts.slice(0, index).join('')
  const after = texts.slice(index + 1).join('')
  if (!tag.startsWith(before) || !tag.endsWith(after) || tag.length <= before.length + after.length)
    return undefined
  const value = tag.slice(before.length, tag.length - after.length)
  return [texts.map((text, at) => (at === index ? value : text))]
}

/** The values if the text between the ARGs stays. Only if there is one way to divide the tag. */
function several(parts: readonly TagPart[], tag: string): [string[]] | undefined {
  const shortest = divided(parts, tag, '(.+?)')
  const longest = divided(parts, tag, '(.+)')
  if (shortest === undefined || longest === undefined) return undefined
  return shortest.join('\0') === longest.join('\0') ? [shortest] : undefined
}

/** More variables than any tag has. Each takes the search one more level. */
const MAX_VARIABLES = 3

function divided(parts: readonly TagPart[], tag: string, group: string): string[] | undefined {
  const variables = parts.filter(({ arg }) => arg !== undefined).length
  if (variables === 0 || variables > MAX_VARIABLES) return undefined
  const pattern = parts.map(({ text, arg }) => (arg === undefined ? escaped(text) : group)).join('')
  const match = new RegExp(`^${pattern}$`).exec(tag)
  if (match === null) return undefined
  let index = 0
  return parts.map(({ text, arg }) => (arg === undefined ? text : (match[++index] ?? '')))
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\-]/g, '\\$&')
}

function editsOf(parts: readonly TagPart[], values: readonly string[]): readonly Edit[] | undefined {
  const edits: Edit[] = []
  for (const [index, { text, range }] of parts.entries()) {
    const value = values[index] ?? ''
    if (value === text) continue
    if (range === undefined) return undefined
    edits.push({ range, text: value })
  }
  return edits
}
