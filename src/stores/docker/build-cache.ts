/**
 * What the image list of a Docker engine does not show: whether BuildKit has the content, and whether BuildKit knows where the content came
 * from. Both decide what a build does when no image has the name that it looks up.
 */
import { DockLockError, interrupted } from '../../core/error.ts'
import { parseReference } from '../../core/reference.ts'
import { field, textField } from '../../lib/json.ts'
import { mapLimited } from '../../lib/limit.ts'
import { wait } from '../../lib/retry.ts'
import { type Content, comesFrom, openContent } from '../buildkit/content.ts'
import { GrpcError, openGrpc } from '../buildkit/grpc.ts'
import { type ContentState, inspectContent } from '../buildkit/look.ts'
import { type ApiResponse, type DockerApi, engineError } from '../connection/docker-api.ts'
import type { EngineHttp } from '../connection/engine-http.ts'
import { digestName } from '../names.ts'
import type { Availability, StoreInfo } from '../store.ts'
import { isFoundByName } from './check-image.ts'
import { identityOf } from './identity.ts'

interface Engine {
  readonly http: EngineHttp
  readonly api: DockerApi
}

/** The engine sums up the sizes of everything that it has. */
const USAGE_TIMEOUT = 60_000
/** Milliseconds between two tries. */
const BUSY_PAUSE = 100
/** Images. Each takes a few calls, all over one connection. */
const CONCURRENT_IMAGES = 16

/**
 * Adds the state of the build cache for images that a build would not find by name. A containerd store keeps them in BuildKit's own content
 * store. A graphdriver store keeps layers elsewhere, and its build cache lists what it holds.
 * @throws DockLockError `unreachable`, `interrupted`
 */
export async function checkBuildCache(
  engine: Engine,
  { imageStore }: StoreInfo,
  checked: readonly Availability[],
  signal: AbortSignal,
): Promise<readonly Availability[]> {
  try {
    return imageStore === 'graphdriver'
      ? await withBuildCache(engine, checked, signal)
      : await withContent(engine.http, checked, signal)
  } catch (error) {
    if (error instanceof DockLockError && error.code === 'interrupted') throw error
    // If the engine is gone, this call reports it.
    if (!isAnswer(error)) await engine.http.send({ method: 'GET', path: '/_ping', signal })
    // API 1.53 deprecates /grpc, and a proxy may block it. The build cache also records where its layers were pulled from.
    const known =
      imageStore === 'graphdriver'
        ? checked
        : await withBuildCache(engine, checked, signal).catch(() => checked)
    return mapLimited(known, CONCURRENT_IMAGES, async one => {
      if (isFoundByName(one)) return one
      const origin = await originFromIdentity(engine.api, imageStore, one, signal)
      return one.state === 'cache-only' || one.state === 'wrong-platform'
        ? { ...one, ...origin }
        : { ...one, ...origin, registryUse: 'unknown' }
    })
  }
}

/** Like `withOrigin`, without BuildKit's content. A graphdriver store reports the origin in its list. */
async function originFromIdentity(
  api: DockerApi,
  imageStore: string,
  { tagHolder, wanted: { reference } }: Availability,
  signal: AbortSignal,
): Promise<Pick<Availability, 'tagHolder'>> {
  if (tagHolder === undefined || imageStore === 'graphdriver') return {}
  const pulled = (await identityOf(api, tagHolder.id, reference, signal)) === 'pulled'
  return { tagHolder: { ...tagHolder, pulled } }
}

/** Prefers another error to the lost connection that it caused. */
function isAnswer(error: unknown): boolean {
  return error instanceof GrpcError || (error instanceof DockLockError && error.code === 'engine')
}

async function withContent(http: EngineHttp, checked: readonly Availability[], signal: AbortSignal) {
  const content = openContent(await openGrpc(await http.upgrade('/grpc', 'h2c', signal)))
  try {
    return await mapLimited(checked, CONCURRENT_IMAGES, async one => {
      if (isFoundByName(one)) return one
      const merged = mergeCacheState(one, await inspectContent(content, one.wanted, one.platform, signal))
      return { ...merged, ...(await withOrigin(content, one, signal)) }
    })
  } finally {
    content.close()
  }
}

/** Whether the tagged image came from the tag's repository: BuildKit and pulls label content with its source. */
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

/** In a containerd store BuildKit and the images share their content. */
function mergeCacheState(one: Availability, look: ContentState): Availability {
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
 * The build cache's records name the source of each pull. An image's record is that of its last layer.
 * @see https://docs.docker.com/reference/api/engine/version/v1.51/#tag/System/operation/SystemDataUsage
 */
async function withBuildCache(
  { http, api }: Engine,
  checked: readonly Availability[],
  signal: AbortSignal,
): Promise<readonly Availability[]> {
  if (checked.every(({ state }) => state !== 'absent')) return checked
  const reply = await diskUsage(api, signal)
  if (reply.status !== 200) throw engineError(http.endpoint.host, 'to list its build cache', reply)
  const records = field(reply.document, 'BuildCache')
  const pulled = (Array.isArray(records) ? (records as unknown[]) : []).flatMap(record => {
    const [, name = ''] = /^pulled from (\S+)$/.exec(textField(record, 'Description')) ?? []
    const parsed = parseReference(name)
    if (!parsed.ok || parsed.reference.digest === undefined) return []
    return [digestName({ reference: parsed.reference, digest: parsed.reference.digest })]
  })
  return checked.map(one =>
    one.state === 'absent' && pulled.includes(digestName(one.wanted))
      ? { ...one, state: 'cache-only', registryUse: 'optional' }
      : one,
  )
}

/** Docker 20.10 handles one such request at a time, whether from `docker system df` or from a concurrent dock-lock. */
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
