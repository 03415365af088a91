/** Images that an earlier step of the build creates. They exist in the local engine and in no registry. */
import type { ErrorCode } from './error.ts'
import type { Finding } from './finding.ts'
import { hasLocalName, type Image, localNotice, mayBeAbsent } from './images.ts'
import type { Notice } from './notice.ts'

/** Where the image under a tag came from: no registry, or unknown. */
export type TagOrigin = 'local' | 'unknown'

/** By image key: whether every engine that answered has the tag, and where its image came from. Other images are left out. */
export type Origins = ReadonlyMap<string, TagOrigin>

/** A registry's response for a missing repository or tag. Docker Hub asks for a login. */
const UNKNOWN: ReadonlySet<ErrorCode> = new Set(['not-found', 'unauthorized', 'denied'])

/** What the engines together say of each image. */
export function mergeOrigins(
  images: readonly Image[],
  answers: readonly (ReadonlyMap<string, TagOrigin> | undefined)[],
): Origins {
  // If no engine answered, only the names decide.
  if (answers.length === 0)
    return new Map(images.filter(hasLocalName).map(({ key }) => [key, 'local'] as const))
  return new Map(
    images.flatMap(({ key }) => {
      const origins = answers.map(answer => answer?.get(key))
      if (origins.includes(undefined)) return []
      return [[key, origins.includes('unknown') ? 'unknown' : 'local'] as const]
    }),
  )
}

/** The images that exist only in the engines. */
export function localImages(images: readonly Image[], origins: Origins): readonly Image[] {
  return images.filter(({ key }) => origins.get(key) === 'local')
}

/** Separates images that no registry resolved: those only in the engine, or decided at build time, are not findings. */
export function partUnresolved(
  images: readonly Image[],
  findings: readonly Finding[],
  origins: Origins,
): { readonly findings: readonly Finding[]; readonly notices: readonly Notice[] } {
  const byKey = new Map(images.map(image => [image.key, image]))
  const notices: Notice[] = []
  const rest = findings.flatMap((finding): readonly Finding[] => {
    if (finding.code !== 'unresolvable' && finding.code !== 'short-name') return [finding]
    const image = byKey.get(finding.key)
    if (image === undefined) return [finding]
    const cause = finding.code === 'unresolvable' ? finding.cause : 'unsupported'
    const origin = origins.get(image.key)
    const isUnknown = UNKNOWN.has(cause)
    const isLocal =
      (origin === 'local' && (cause !== 'unreachable' || hasLocalName(image))) ||
      (origin === 'unknown' && isUnknown)
    if (isLocal) notices.push(localNotice(image))
    // imageNotices reports a name that need not exist.
    if (isLocal || (isUnknown && image.occurrences.every(mayBeAbsent))) return []
    if (finding.code === 'short-name' || !isUnknown) return [finding]
    return [{ ...finding, mayBeLocal: true }]
  })
  return { findings: rest, notices }
}
