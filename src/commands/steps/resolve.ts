import type { Context } from '../../context.ts'
import type { Resolution } from '../../core/descriptor.ts'
import { DockLockError } from '../../core/error.ts'
import type { Finding } from '../../core/finding.ts'
import type { Image } from '../../core/images.ts'
import type { Lockfile } from '../../core/lockfile.ts'
import { familiarName } from '../../core/reference.ts'
import type { StoreInfo } from '../../stores/store.ts'
import type { Project } from './load-project.ts'
import { otherRegistry } from './short-names.ts'

export interface Resolved {
  readonly resolutions: ReadonlyMap<string, Resolution>
  readonly findings: readonly Finding[]
  readonly requests: number
}

/**
 * Asks the registries for the digests of the tags of `images`, concurrently, and by the same route as the engine. Each image
 * that cannot be resolved is a finding.
 */
export async function resolveImages(
  context: Context,
  images: readonly Image[],
  lockfile: Lockfile,
  project: Project,
  engine: StoreInfo | undefined,
): Promise<Resolved> {
  if (images.length === 0) return { resolutions: new Map(), findings: [], requests: 0 }
  const resolver = await context.resolver({
    env: context.env,
    signal: context.signal,
    registries: (await project.user()).registries,
    repositoryRegistries: project.config.registries,
    ...(engine !== undefined && {
      mirrors: engine.mirrors,
      insecureRegistries: engine.insecureRegistries,
      insecureCidrs: engine.insecureCidrs,
      ...(engine.rules !== undefined && { rules: engine.rules }),
    }),
  })
  const resolutions = new Map<string, Resolution>()
  const findings: Finding[] = []
  context.progress.resolving(images.length)
  try {
    await Promise.all(
      images.map(async image => {
        const known = lockfile.get(image.key)
        try {
          const refused = await otherRegistry(image, engine, context.signal)
          if (refused !== undefined) findings.push(refused)
          else {
            const resolution = await resolver.resolve(
              image.reference,
              digest => known?.platforms !== undefined && known.digest === digest,
            )
            resolutions.set(image.key, resolution)
          }
        } catch (error) {
          // An invalid config affects all images, and is reported once.
          if (!(error instanceof DockLockError) || error.code === 'interrupted' || error.code === 'config')
            throw error
          findings.push({
            code: 'unresolvable',
            places: image.occurrences.map(occurrence => occurrence.place),
            image: familiarName(image.reference),
            key: image.key,
            cause: error.code,
            message: error.message,
            ...(error.reason !== undefined && { reason: error.reason }),
            ...(error.hint !== undefined && { hint: error.hint }),
          })
        }
        context.progress.resolved(familiarName(image.reference))
      }),
    )
  } finally {
    context.progress.end()
    await resolver.close()
  }
  return { resolutions, findings: findings.sort(byKey), requests: resolver.requests }
}

function byKey(a: Finding, b: Finding): number {
  return 'key' in a && 'key' in b && a.key < b.key ? -1 : 1
}
