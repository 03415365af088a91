/**
 * What the images of a Docker engine do not tell: whether BuildKit has the content nevertheless, and whether it knows from where that
 * came. Both decide what a build does when no image is kept under the name that it looks for.
 */
import { DockLockError, interrupted } from '../../core/error.ts'
import { parseReference } from '../../core/reference.ts'
import { field, textField } from '../../lib/json.ts'
import { mapLimited } from '../../lib/limit.ts'
import { wait } from '../../lib/retry.ts'
import { type Content, comesFrom, openContent } from '../buildkit/content.ts'
import { GrpcError, openGrpc } from '../buildkit/grpc.ts'
import { type ContentLook, lookInto } from '../buildkit/look.ts'
import { type ApiResponse, type DockerApi, engineError } from '../connection/docker-api.ts'
import type { EngineHttp } from '../connection/engine-http.ts'
import { digestName } from '../names.ts'
import type { Availability, StoreInfo } from '../store.ts'
import { isFoundByName } from './check-image.ts'

interface Engine {
  readonly http: EngineHttp
  readonly api: DockerApi
}

/** The engine counts the sizes of all that it has. */
const USAGE_TIMEOUT = 60_000
/** Milliseconds between two tries. */
const BUSY_PAUSE = 100
/** Images. Each is some calls, over one connection. */
const LOOKED_AT_ONCE = 16

/**
 * The same, with what is known of those that a build would not find by name. In a containerd store that is what BuildKit's own content
 * has; a graphdriver store keeps layers elsewhere, and its build cache says what it holds.
 * @throws DockLockError `unreachable`, `interrupted`
 */
export async function checkBuildCache(
  engine: Engine,
  { imageStore }: StoreInfo,
  judged: readonly Availability[],
  signal: AbortSignal,
): Promise<readonly Availability[]> {
  try {
    return imageStore === 'graphdriver'
      ? await withBuildCache(engine, judged, signal)
      : await withContent(engine.http, judged, signal)
  } catch (error) {
    if (error instanceof DockLockError && error.code === 'interrupted') throw error
    // An engine that has gone cannot tell either, and this is the error that says so.
    if (!isAnswer(error)) await engine.http.send({ method: 'GET', path: '/_ping', signal })
    // API 1.53 deprecates /grpc, and a proxy may not let it pass. The build cache tells where its layers were pulled from.
    const known =
      imageStore === 'graphdriver' ? judged : await withBuildCache(engine, judged, signal).catch(() => judged)
    return known.map(one =>
      one.state === 'cache-only' || isFoundByName(one) || one.state === 'wrong-platform'
        ? one
        : { ...one, registryUse: 'unknown' },
    )
  }
}

/** Rather than the end of a connection. */
function isAnswer(error: unknown): boolean {
  return error instanceof GrpcError || (error instanceof DockLockError && error.code === 'engine')
}

async function withContent(http: EngineHttp, judged: readonly Availability[], signal: AbortSignal) {
  const content = openContent(await openGrpc(await http.upgrade('/grpc', 'h2c', signal)))
  try {
    return await mapLimited(judged, LOOKED_AT_ONCE, async one => {
      if (isFoundByName(one)) return one
      const merged = mergeCacheState(one, await lookInto(content, one.wanted, one.platform, signal))
      return { ...merged, ...(await withOrigin(content, one, signal)) }
    })
  } finally {
    content.close()
  }
}

/** Whether the image that has the tag came from the tag's repository: BuildKit and pulls label content with its source. */
async function withOrigin(
  content: Content,
  { tagHolder, wanted }: Availability,
  signal: AbortSignal,
): Promise<Pick<Availability, 'tagHolder'>> {
  if (tagHolder === undefined) return {}
  const info = await content.info(tagHolder.id, signal)
  const pulled = info !== undefined && comesFrom(info, wanted.reference)
  return { tagHolder: { ...tagHolder, pulled } }
}

/** In a containerd store BuildKit and the images have the same content. */
function mergeCacheState(one: Availability, look: ContentLook): Availability {
  const isWhole = look.has === 'complete'
  switch (one.state) {
    case 'absent':
      return isWhole && look.labelled ? { ...one, state: 'cache-only', registryUse: 'optional' } : one
    case 'untagged':
    case 'tag-elsewhere':
      if (!isWhole) return { ...one, state: 'incomplete', registryUse: 'required' }
      if (look.labelled) return { ...one, registryUse: 'optional' }
      return one.state === 'untagged' ? { ...one, state: 'unlabelled', registryUse: 'required' } : one
    case 'wrong-platform':
      return look.has === 'partial' || look.has === 'described' ? { ...one, state: 'incomplete' } : one
    default:
      return one
  }
}

/**
 * The build cache's records say from where they were pulled; the record of an image is that of its last layer.
 * @see https://docs.docker.com/reference/api/engine/version/v1.51/#tag/System/operation/SystemDataUsage
 */
async function withBuildCache(
  { http, api }: Engine,
  judged: readonly Availability[],
  signal: AbortSignal,
): Promise<readonly Availability[]> {
  if (judged.every(({ state }) => state !== 'absent')) return judged
  const reply = await diskUsage(api, signal)
  if (reply.status !== 200) throw engineError(http.endpoint.host, 'to list its build cache', reply)
  const records = field(reply.document, 'BuildCache')
  const pulled = (Array.isArray(records) ? (records as unknown[]) : []).flatMap(record => {
    const [, name = ''] = /^pulled from (\S+)$/.exec(textField(record, 'Description')) ?? []
    const parsed = parseReference(name)
    if (!parsed.ok || parsed.reference.digest === undefined) return []
    return [digestName({ reference: parsed.reference, digest: parsed.reference.digest })]
  })
  return judged.map(one =>
    one.state === 'absent' && pulled.includes(digestName(one.wanted))
      ? { ...one, state: 'cache-only', registryUse: 'optional' }
      : one,
  )
}

/** Docker 20.10 answers one question of this kind at a time, whoever asks: `docker system df`, or a dock-lock beside this one. */
async function diskUsage(api: DockerApi, signal: AbortSignal): Promise<ApiResponse> {
  const path = '/system/df?type=build-cache'
  const end = performance.now() + USAGE_TIMEOUT
  while (true) {
    const reply = await api.call({ method: 'GET', path, signal, answerTimeout: USAGE_TIMEOUT })
    const isBusy = /already running/.test(textField(reply.document, 'message'))
    if (!isBusy || performance.now() > end) return reply
    await wait(BUSY_PAUSE, signal).catch(() => {
      throw interrupted()
    })
  }
}
