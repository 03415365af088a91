/** Images that an earlier step of the build creates. They exist in the local engine and in no registry. */
import type { ErrorCode } from '../../core/error.ts'
import type { Finding } from '../../core/finding.ts'
import { hasLocalName, type Image, localNotice } from '../../core/images.ts'
import type { Notice } from '../../core/notice.ts'
import type { TagOrigin } from '../../stores/store.ts'
import type { Engine } from './engines.ts'

/** By image key: whether every engine that answered has the tag, and where its image came from. Other images are left out. */
export type Origins = ReadonlyMap<string, TagOrigin>

/** A registry's response for a missing repository or tag. Docker Hub asks for a login. */
const UNKNOWN: ReadonlySet<ErrorCode> = new Set(['not-found', 'unauthorized', 'denied'])

/** Asks the engines. If none answers, only the names decide. */
export async function originsOf(
  engines: readonly Engine[],
  images: readonly Image[],
  signal: AbortSignal,
): Promise<Origins> {
  const reached = engines.flatMap(engine => (engine.reached ? [engine.store] : []))
  if (images.length === 0) return new Map()
  if (reached.length === 0)
    return new Map(images.filter(hasLocalName).map(({ key }) => [key, 'local'] as const))
  // As written in the file: Podman looks up a short name elsewhere.
  const references = images.flatMap(({ occurrences }) => occurrences.slice(0, 1).map(one => one.reference))
  const answers = await Promise.all(reached.map(store => store.origins?.(references, signal)))
  return new Map(
    images.flatMap(({ key }) => {
      const origins = answers.map(answer => answer?.get(key))
      if (origins.includes(undefined)) return []
      return [[key, origins.includes('unknown') ? 'unknown' : 'local'] as const]
    }),
  )
}

/** Separates images that no registry resolved: those only in the engine, or decided at build time, are not findings. */
export function partUnresolved(
  images: readonly Image[],
  findings: readonly Finding[],
  origins: Origins,
): { readonly findings: readonly Finding[]; readonly notices: readonly Notice[] } {
  const byKey = new Map(images.map(image => [image.key, image]))
  const notices: Notice[] = []
  const rest = findings.filter(finding => {
    if (finding.code !== 'unresolvable' && finding.code !== 'short-name') return true
    const image = byKey.get(finding.key)
    if (image === undefined) return true
    const cause = finding.code === 'unresolvable' ? finding.cause : 'unsupported'
    const origin = origins.get(image.key)
    const isUnknown = UNKNOWN.has(cause)
    const isLocal =
      (origin === 'local' && (cause !== 'unreachable' || hasLocalName(image))) ||
      (origin === 'unknown' && isUnknown)
    if (isLocal) notices.push(localNotice(image))
    // A name that contains an ARG without a value need not exist. imageNotices reports it.
    return !isLocal && !(isUnknown && image.occurrences.every(({ unset }) => unset !== undefined))
  })
  return { findings: rest, notices }
}
