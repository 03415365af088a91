import type { Context } from '../../context.ts'
import type { Resolution } from '../../core/descriptor.ts'
import type { Digest } from '../../core/digest.ts'
import { DockLockError } from '../../core/error.ts'
import type { Finding } from '../../core/finding.ts'
import type { Image } from '../../core/images.ts'
import type { NewDigest } from '../../core/lock-plan.ts'
import type { Lockfile } from '../../core/lockfile.ts'
import { compareNatural } from '../../core/natural.ts'
import type { Notice } from '../../core/notice.ts'
import { familiarName } from '../../core/reference.ts'
import type { StoreInfo } from '../../stores/store.ts'
import type { Project } from './load-project.ts'
import { otherRegistry } from './short-names.ts'

export interface Resolved {
  readonly resolutions: ReadonlyMap<string, Resolution>
  readonly findings: readonly Finding[]
  readonly notices: readonly Notice[]
  readonly requests: number
}

export type RegistryResolver = Awaited<ReturnType<Context['resolver']>>

/** A resolver that goes the same way as the engine, as far as it is known. The caller closes it. */
export async function openResolver(
  context: Context,
  project: Project,
  engine: StoreInfo | undefined,
): Promise<RegistryResolver> {
  return context.resolver({
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
}

/**
 * Asks the registries for the digests of the tags of `images`, and for the platforms of the digests that are `adopted` from files,
 * concurrently, and by the same route as the engine. Each image that cannot be resolved is a finding, and so is a digest that its
 * repository does not serve. If a registry does not say, the digest counts, and there is a notice.
 */
export async function resolveImages(
  context: Context,
  images: readonly Image[],
  adopted: readonly NewDigest[],
  lockfile: Lockfile,
  project: Project,
  engine: StoreInfo | undefined,
): Promise<Resolved> {
  const resolver = await openResolver(context, project, engine)
  const resolutions = new Map<string, Resolution>()
  const findings: Finding[] = []
  const notices: Notice[] = []
  const ask = async (
    image: Image,
    resolve: () => Promise<Resolution>,
    failed: (error: DockLockError) => void,
    refused: (finding: Finding) => void,
  ): Promise<void> => {
    try {
      const other = await otherRegistry(image, engine, context.signal)
      if (other !== undefined) refused(other)
      else resolutions.set(image.key, await resolve())
    } catch (error) {
      failed(aboutImage(error))
    }
    context.progress.resolved(familiarName(image.reference))
  }
  context.progress.resolving(images.length + adopted.length)
  try {
    await Promise.all([
      ...images.map(image => {
        const known = lockfile.get(image.key)
        return ask(
          image,
          () =>
            resolver.resolve(
              image.reference,
              digest => known?.platforms !== undefined && known.digest === digest,
            ),
          error => findings.push(unresolvable(image, error)),
          finding => findings.push(finding),
        )
      }),
      ...adopted.map(({ image, digest }) => {
        const { tag: _, ...reference } = image.reference
        return ask(
          image,
          async () => (await resolver.describe({ ...reference, digest }, [])).resolution,
          error => {
            const said = unadopted(image, digest, error)
            if (said.code === 'unconfirmed') notices.push(said)
            else findings.push(said)
          },
          // The digest does not depend on the registry that serves it.
          () => {},
        )
      }),
    ])
  } finally {
    context.progress.end()
    await resolver.close()
  }
  return { resolutions, findings: findings.sort(byKey), notices, requests: resolver.requests }
}

/** @throws the error, if it is not about one image: an invalid config affects all images, and is reported once */
export function aboutImage(error: unknown): DockLockError {
  if (error instanceof DockLockError && error.code !== 'interrupted' && error.code !== 'config') return error
  throw error
}

type Unresolvable = Extract<Finding, { code: 'unresolvable' }>

export function unresolvable(image: Image, error: DockLockError): Unresolvable {
  return unresolvableAt(imageAt(image), error)
}

export function unresolvableAt(
  image: Pick<Unresolvable, 'places' | 'image' | 'key' | 'digest'>,
  { code: cause, message, reason, hint }: DockLockError,
): Unresolvable {
  return {
    code: 'unresolvable',
    ...image,
    cause,
    message,
    ...(reason !== undefined && { reason }),
    ...(hint !== undefined && { hint }),
  }
}

/** A digest that was not confirmed: wrong, or just not known. */
function unadopted(all: Image, digest: Digest, error: DockLockError) {
  // Other places of the image have no digest.
  const image = {
    ...all,
    occurrences: all.occurrences.filter(({ reference }) => reference.digest === digest),
  }
  if (error.code === 'not-found') return { code: 'gone' as const, ...imageAt(image), digest, locked: false }
  if (error.code === 'untrusted' || error.code === 'unsupported')
    return { ...unresolvable(image, error), digest }
  const { places, image: name } = imageAt(image)
  const { code: cause, message, reason = message, hint } = error
  return {
    code: 'unconfirmed' as const,
    places,
    images: [name],
    cause,
    message: reason,
    ...(hint !== undefined && { hint }),
  }
}

function imageAt({ key, reference, occurrences }: Image) {
  return { places: occurrences.map(({ place }) => place), image: familiarName(reference), key }
}

export function byKey(a: Finding, b: Finding): number {
  return 'key' in a && 'key' in b ? compareNatural(a.key, b.key) : 0
}
