/** Finds where the images under given tags came from. */
import { DockLockError } from '../../core/error.ts'
import type { TagOrigin } from '../../core/local-images.ts'
import { type Reference, referenceKey, repositoryName } from '../../core/reference.ts'
import { mapLimited } from '../../lib/limit.ts'
import { comesFrom, openContent } from '../buildkit/content.ts'
import { openGrpc } from '../buildkit/grpc.ts'
import type { DockerApi, EngineConnection } from '../connection/docker-api.ts'
import { identityOf } from './identity.ts'
import type { StoredImage } from './images.ts'

export interface Tagged {
  readonly reference: Reference
  readonly image: StoredImage
}

const IMAGES_AT_ONCE = 8

/**
 * In a graphdriver store, an image from a repository has a digest of that name. A containerd store derives such digests for
 * all images, so a label of the content decides there. @throws DockLockError `interrupted`
 */
export async function originsIn(
  engine: EngineConnection,
  imageStore: string,
  tagged: readonly Tagged[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, TagOrigin>> {
  if (tagged.length === 0) return new Map()
  if (imageStore !== 'graphdriver') return labelsOf(engine, tagged, signal)
  return new Map(
    tagged
      .filter(({ reference, image }) => {
        const prefix = `${repositoryName(reference)}@`
        return ![...image.digests].some(name => name.startsWith(prefix))
      })
      .map(({ reference }) => [referenceKey(reference), 'local'] as const),
  )
}

async function labelsOf(
  engine: EngineConnection,
  tagged: readonly Tagged[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, TagOrigin>> {
  const origins = new Map<string, TagOrigin>()
  try {
    const content = openContent(await openGrpc(await engine.http.upgrade('/grpc', 'h2c', signal)))
    try {
      for (const { reference, image } of tagged) {
        const info = await content.info(image.id, signal)
        if (info === undefined) origins.set(referenceKey(reference), 'unknown')
        else if (!comesFrom(info, reference)) origins.set(referenceKey(reference), 'local')
      }
    } finally {
      content.close()
    }
    return origins
  } catch (error) {
    if (error instanceof DockLockError && error.code === 'interrupted') throw error
    return identitiesOf(engine.api, tagged, signal)
  }
}

/** Without BuildKit's content, only a newer engine reports the source. */
async function identitiesOf(
  api: DockerApi,
  tagged: readonly Tagged[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, TagOrigin>> {
  const origins = await mapLimited(tagged, IMAGES_AT_ONCE, async ({ reference, image }) => {
    return [referenceKey(reference), await identityOf(api, image.id, reference, signal)] as const
  })
  return new Map(origins.flatMap(([key, origin]) => (origin === 'pulled' ? [] : [[key, origin] as const])))
}
