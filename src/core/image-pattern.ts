/** The operand IMAGE of commands: a name of an image or a pattern of names, short or full, with a tag or without. */
import { imageNames, matchesPattern } from './ignore.ts'
import type { Reference } from './reference.ts'

export interface MatchedImages<Named> {
  /** The images that any pattern matches, in the given order. Without a pattern, all. */
  readonly images: readonly Named[]
  /** The patterns that match no image, as given. */
  readonly unmatched: readonly string[]
}

/**
 * `node` is every tag of the image, `node:22*` the tags that begin so, `ghcr.io/acme/*` all images there. A digest after a tag
 * is ignored, so that the text of a file can be pasted.
 */
export function matchImages<Named extends { readonly reference: Reference }>(
  patterns: readonly string[],
  images: readonly Named[],
): MatchedImages<Named> {
  if (patterns.length === 0) return { images, unmatched: [] }
  const wanted = patterns.map(given => ({ given, pattern: fullPattern(given), found: false }))
  const matched = images.filter(({ reference }) => {
    const names = namesOf(reference)
    const hits = wanted.filter(({ pattern }) => names.some(name => matches(pattern, name)))
    for (const hit of hits) hit.found = true
    return hits.length > 0
  })
  return { images: matched, unmatched: wanted.flatMap(({ given, found }) => (found ? [] : [given])) }
}

function namesOf(reference: Reference): readonly string[] {
  const names = imageNames(reference)
  return reference.tag === undefined && reference.digest !== undefined
    ? names.flatMap(name => [name, `${name}@${reference.digest}`])
    : names
}

/** Between two stars is at least one character, so a longer pattern cannot match. It would take the longest. */
function matches(pattern: string, name: string): boolean {
  return pattern.length <= 2 * name.length + 1 && matchesPattern(pattern, name)
}

/** The names of Docker Hub that Docker accepts, as the lockfile writes them; without a digest after a tag. */
function fullPattern(given: string): string {
  const [name = ''] = given.split('@', 1)
  const hasTag = name.lastIndexOf(':') > name.lastIndexOf('/')
  return (hasTag ? name : given)
    .replace(/\*+/g, '*')
    .replace(/^index\.docker\.io\//, 'docker.io/')
    .replace(/^docker\.io\/(?=[^/*:]+(?::[^/]*)?$)/, 'docker.io/library/')
}
