/** Finds where the images under given tags came from. */
import { DockLockError } from '../../core/error.ts'
import type { TagOrigin } from '../../core/local-images.ts'
import { type Reference, referenceKey, repositoryName } from '../../core/reference.ts'
import { comesFrom, openContent } from '../buildkit/content.ts'
import { openGrpc } from '../buildkit/grpc.ts'
import type { EngineHttp } from '../connection/engine-http.ts'
import type { StoredImage } from './images.ts'

export interface Tagged {
  readonly reference: Reference
  readonly image: StoredImage
}

/**
 * In a graphdriver store, an image from a repository has a digest of that name. A containerd store derives such digests for
 * all images, so a label of the content decides there. @throws DockLockError `interrupted`
 */
export async function originsIn(
  http: EngineHttp,
  imageStore: string,
  tagged: readonly Tagged[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, TagOrigin>> {
  if (tagged.length === 0) return new Map()
  if (imageStore !== 'graphdriver') return labelsOf(http, tagged, signal)
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
  http: EngineHttp,
  tagged: readonly Tagged[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, TagOrigin>> {
  const origins = new Map<string, TagOrigin>()
  try {
    const content = openContent(await openGrpc(await http.upgrade('/grpc', 'h2c', signal)))
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
    // Without BuildKit's content, the source is unknown.
    return new Map(tagged.map(({ reference }) => [referenceKey(reference), 'unknown'] as const))
  }
}
