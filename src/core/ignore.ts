import type { Occurrence } from './occurrence.ts'
import type { Place } from './place.ts'
import {
  familiarName,
  familiarRepository,
  type Reference,
  referenceKey,
  repositoryName,
} from './reference.ts'

/** One entry of `ignore` in the config: what is ignored, and why. */
export type IgnoreRule = { readonly reason: string } & (
  | {
      /** Patterns as in `.gitignore`. */
      readonly files: readonly string[]
    }
  | {
      /** Image names, in which `*` matches any text. Without a tag, every tag matches. */
      readonly images: readonly string[]
    }
)

/** What a rule excluded from a run: a whole file, which is not read, or one place that names an image. */
export type Ignored = { readonly code: 'ignored'; readonly reason: string } & (
  | { readonly kind: 'file'; readonly file: string }
  | { readonly kind: 'image'; readonly place: Place; readonly image: string }
)

/** Why one occurrence is ignored, from its own comment or `rules`; undefined if it is not. */
export function ignoredImage(occurrence: Occurrence, rules: readonly IgnoreRule[]): Ignored | undefined {
  if (occurrence.kind !== 'image' && occurrence.kind !== 'variable') return undefined
  const names = namesOf(occurrence)
  const rule = rules.find(
    one => 'images' in one && one.images.some(pattern => names.some(name => matchesPattern(pattern, name))),
  )
  const reason = occurrence.ignore ?? rule?.reason
  if (reason === undefined) return undefined
  const { place, text } = occurrence
  const image = occurrence.kind === 'image' ? familiarName(occurrence.reference) : text
  return { code: 'ignored', kind: 'image', place, image, reason }
}

/** Never with the digest: a pattern must match the same before and after pinning. */
function namesOf(occurrence: Extract<Occurrence, { kind: 'image' | 'variable' }>): readonly string[] {
  if (occurrence.kind === 'variable') return [occurrence.text]
  return imageNames(occurrence.reference)
}

/** The names that a pattern may match: short and full, with the tag and without. */
export function imageNames(reference: Reference): readonly string[] {
  const names = [familiarRepository(reference), repositoryName(reference)]
  return reference.tag === undefined
    ? names
    : [...names, `${familiarRepository(reference)}:${reference.tag}`, referenceKey(reference)]
}

/** Whether one of the patterns matches a name of the image. */
export function matchesImage(patterns: readonly string[], reference: Reference): boolean {
  const names = imageNames(reference)
  return patterns.some(pattern => names.some(name => matchesPattern(pattern, name)))
}

/** `*` matches any text, including none; other characters match themselves. Takes time proportional to the product of both lengths at most. */
export function matchesPattern(pattern: string, text: string): boolean {
  const [head = '', ...parts] = pattern.split('*')
  const tail = parts.pop()
  if (tail === undefined) return text === pattern
  if (text.length < head.length + tail.length || !text.startsWith(head) || !text.endsWith(tail)) return false
  const end = text.length - tail.length
  let from = head.length
  for (const part of parts) {
    const at = text.indexOf(part, from)
    if (at < 0 || at + part.length > end) return false
    from = at + part.length
  }
  return true
}
