/** Files that are ahead of the lockfile: an update bot, or a person, changed a digest or a tag in them. */
import type { Finding } from './finding.ts'
import type { Image } from './images.ts'
import type { Lockfile } from './lockfile.ts'
import type { Notice } from './notice.ts'
import { familiarName, type Reference, repositoryName } from './reference.ts'

/**
 * A new tag and an orphan of the same repository become one finding: the file has moved from one tag to the other. With several, they
 * are paired in the order of their keys; if their numbers differ, it is unknown which belong together.
 * @param named the reference of each key
 */
export function joinMovedTags(
  findings: readonly Finding[],
  named: ReadonlyMap<string, { readonly reference: Reference }>,
): readonly Finding[] {
  const unlocked = keysByRepository(findings, 'unlocked', named)
  const orphans = keysByRepository(findings, 'orphan', named)
  const previous = new Map<string, string>()
  for (const [repository, keys] of unlocked) {
    const left = orphans.get(repository) ?? []
    if (left.length === keys.length)
      for (const [index, key] of keys.entries()) previous.set(key, left[index]!)
  }
  const moved = new Set(previous.values())
  return findings.flatMap((finding): readonly Finding[] => {
    if (finding.code === 'orphan') return moved.has(finding.key) ? [] : [finding]
    const before = finding.code === 'unlocked' ? previous.get(finding.key) : undefined
    const reference = before === undefined ? undefined : named.get(before)?.reference
    if (finding.code !== 'unlocked' || reference === undefined) return [finding]
    return [{ ...finding, previous: familiarName(reference) }]
  })
}

/** Keys with a tag. */
function keysByRepository(
  findings: readonly Finding[],
  code: 'unlocked' | 'orphan',
  named: Parameters<typeof joinMovedTags>[1],
): ReadonlyMap<string, readonly string[]> {
  const keys = new Map<string, Set<string>>()
  for (const finding of findings) {
    if (finding.code !== code) continue
    const reference = named.get(finding.key)?.reference
    if (reference?.tag === undefined) continue
    const repository = repositoryName(reference)
    keys.set(repository, (keys.get(repository) ?? new Set()).add(finding.key))
  }
  return new Map([...keys].map(([repository, set]) => [repository, [...set].sort()]))
}

/** Images whose files all name one digest other than the locked one, for the same tag. */
export function imagesAhead(images: readonly Image[], lockfile: Lockfile): readonly Image[] {
  return images.filter(({ key, reference, digests }) => {
    const locked = lockfile.get(key)?.digest
    return (
      reference.tag !== undefined && locked !== undefined && digests.length === 1 && digests[0] !== locked
    )
  })
}

/** The notice that `--allow-ahead` accepts these. */
export function aheadNotice({ reference, occurrences }: Image): Notice {
  return {
    code: 'ahead',
    images: [familiarName(reference)],
    places: occurrences.flatMap(one => (one.reference.digest === undefined ? [] : [one.place])),
  }
}
