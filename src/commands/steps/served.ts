import type { Context } from '../../context.ts'
import { DockLockError } from '../../core/error.ts'
import type { Finding } from '../../core/finding.ts'
import type { Notice } from '../../core/notice.ts'
import type { ServedTarget } from '../../core/served.ts'
import type { Project } from './load-project.ts'
import { aboutImage, openResolver, type RegistryResolver, unresolvableAt } from './resolve.ts'

/** What registries say of locked digests. */
export interface Served {
  readonly findings: readonly Finding[]
  readonly notices: readonly Notice[]
  readonly requests: number
}

/**
 * Asks for each digest whether its repository serves it, and what its tag means now. An image that cannot be asked about is a finding, and
 * does not stop the others. The mirrors and insecure registries are those of the settings: no engine is asked.
 */
export async function askServed(
  context: Context,
  project: Project,
  targets: readonly ServedTarget[],
): Promise<Served> {
  if (targets.length === 0) return { findings: [], notices: [], requests: 0 }
  const resolver = await openResolver(context, project, undefined)
  context.progress.resolving(targets.length)
  try {
    const answers = await Promise.all(
      targets.map(async target => {
        const answer = await askTarget(resolver, target)
        context.progress.resolved(target.image)
        return answer
      }),
    )
    return {
      findings: answers.flatMap(({ finding }) => finding ?? []),
      notices: answers.flatMap(({ notice }) => notice ?? []),
      requests: resolver.requests,
    }
  } finally {
    context.progress.end()
    await resolver.close()
  }
}

interface Answer {
  readonly finding?: Finding
  readonly notice?: Notice
}

async function askTarget(resolver: RegistryResolver, target: ServedTarget): Promise<Answer> {
  const { key, image, reference, places } = target
  const { digest } = reference
  const common = { places, image, key }
  try {
    const now = reference.tag === undefined ? undefined : await tagDigest(resolver, target)
    // The answer for the tag shows that the repository serves the digest.
    if (now === digest) return {}
    const isServed = await resolver.serves(reference)
    return {
      ...(!isServed && { finding: { code: 'gone', ...common, digest, locked: true } }),
      ...(reference.tag !== undefined && {
        notice: { code: 'moved', ...common, locked: digest, ...(now !== undefined && { now }) },
      }),
    }
  } catch (error) {
    return { finding: unresolvableAt({ ...common, digest }, aboutImage(error)) }
  }
}

/** Undefined if the tag does not exist. */
async function tagDigest(resolver: RegistryResolver, { reference }: ServedTarget) {
  try {
    return (await resolver.resolve(reference)).descriptor.digest
  } catch (error) {
    if (error instanceof DockLockError && error.code === 'not-found') return undefined
    throw error
  }
}
