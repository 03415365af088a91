/** Images that an earlier step of the build makes: they exist in the local engine and in no registry. */
import type { ErrorCode } from '../../core/error.ts'
import type { Finding } from '../../core/finding.ts'
import { hasLocalName, type Image, localNotice } from '../../core/images.ts'
import type { Notice } from '../../core/notice.ts'
import type { TagOrigin } from '../../stores/store.ts'
import type { Engine } from './engines.ts'

/** Of images by their keys: whether every engine that answered has the tag, and on an image from where. Others are left out. */
export type Origins = ReadonlyMap<string, TagOrigin>

/** What a registry answers for a repository or a tag that it does not have. Docker Hub asks for a login. */
const UNKNOWN: ReadonlySet<ErrorCode> = new Set(['not-found', 'unauthorized', 'denied'])

/** Asks the engines. Where none answers, only the names tell. */
export async function originsOf(
  engines: readonly Engine[],
  images: readonly Image[],
  signal: AbortSignal,
): Promise<Origins> {
  const reached = engines.flatMap(engine => (engine.reached ? [engine.store] : []))
  if (images.length === 0) return new Map()
  if (reached.length === 0)
    return new Map(images.filter(hasLocalName).map(({ key }) => [key, 'local'] as const))
  // As they are written: Podman looks for a short name elsewhere.
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

/** Parts what no registry resolved: what is only in the engine, or decided by whoever builds, is no finding. */
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
    // A name that an ARG without a value is part of need not exist as it is; imageNotices tells of it.
    return !isLocal && !(isUnknown && image.occurrences.every(({ unset }) => unset !== undefined))
  })
  return { findings: rest, notices }
}
