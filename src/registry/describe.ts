/** Describes an image: the configs of some of its platforms, and its dates. */
import type { Resolution } from '../core/descriptor.ts'
import type { Digest } from '../core/digest.ts'
import { DockLockError } from '../core/error.ts'
import {
  type ImageAnnotations,
  type ImageConfig,
  type ImageDescription,
  newestDate,
  withAnnotations,
} from '../core/image-description.ts'
import { formatPlatform, type Platform } from '../core/platform.ts'
import { nearestPlatform } from '../core/platform-support.ts'
import type { Documents } from './documents.ts'

/**
 * @param received when the registry received the image, if it says so
 * @param configOf reads the config of a platform's manifest
 */
export async function describeImage(
  resolution: Resolution,
  received: string | undefined,
  wanted: readonly Platform[],
  documents: Documents,
  configOf: (manifest: Digest) => Promise<ImageConfig>,
): Promise<ImageDescription> {
  const ofImage = documents.annotations(resolution.descriptor.digest)
  const described = await Promise.all(
    wanted.map(async platform => {
      const digest = nearestPlatform(platform, resolution.platforms ?? [])?.digest
      const config = digest === undefined ? undefined : await configOf(digest).catch(ifAbsent)
      return { name: formatPlatform(platform), digest, config }
    }),
  )
  const configs: Record<string, ImageConfig> = {}
  const annotations: ImageAnnotations[] = [...ofImage]
  const created: (string | undefined)[] = []
  for (const { name, digest, config } of described) {
    if (digest === undefined || config === undefined) continue
    const own = documents.annotations(digest)
    configs[name] = withAnnotations(config, [...own, ...ofImage])
    annotations.push(...own)
    created.push(config.created)
  }
  const now = Date.now()
  const publisher =
    newestDate(created, now) ??
    newestDate(
      annotations.map(each => each.created),
      now,
    )
  const time = received ?? publisher
  return {
    resolution,
    configs,
    ...(publisher !== undefined && { created: publisher }),
    ...(time !== undefined && {
      date: { time, source: received === undefined ? 'publisher' : 'registry' },
    }),
  }
}

/** An index may list what was deleted, or what is no image. */
function ifAbsent(error: unknown): undefined {
  const isAbsent =
    error instanceof DockLockError && (error.code === 'not-found' || error.code === 'unsupported')
  if (!isAbsent) throw error
}
