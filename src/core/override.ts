/**
 * Files that let builds use the locked digests without a change of the Dockerfiles: each locked tag becomes a named context of the builds
 * that use it.
 * @see https://docs.docker.com/reference/cli/docker/buildx/build/#build-context
 */
import type { Digest } from './digest.ts'
import { familiarName, type Reference, referenceKey } from './reference.ts'

/** A target of Bake, or a service of Compose with a build. */
export interface OverriddenBuild {
  readonly name: string
  /** Its own contexts, which stay. */
  readonly contexts: Readonly<Record<string, string>>
  readonly images: readonly OverridingImage[]
  /** The stages of its Dockerfile. */
  readonly stages: readonly string[]
}

export interface OverridingImage {
  /** The image as the build names it. */
  readonly reference: Reference
  readonly digest: Digest
  /** The build's own context that is the image. Absent: the Dockerfile names it. */
  readonly context?: string
}

export const OVERRIDE_KINDS = ['bake', 'compose'] as const
export type OverrideKind = (typeof OVERRIDE_KINDS)[number]

/** For `docker buildx bake -f docker-bake.hcl -f -`. */
export function bakeOverride(builds: readonly OverriddenBuild[]): string {
  const target = Object.fromEntries(
    builds.flatMap(build => {
      const contexts = contextsOf(build)
      return contexts.length === 0 ? [] : [[build.name, { contexts: Object.fromEntries(contexts) }]]
    }),
  )
  return `${JSON.stringify({ target }, null, 2)}\n`
}

/** A service of Compose without a build. */
export interface OverriddenImage extends OverridingImage {
  readonly service: string
}

/** For `docker compose -f compose.yaml -f -`. Names and references need no more escapes in YAML than in JSON. */
export function composeOverride(
  builds: readonly OverriddenBuild[],
  images: readonly OverriddenImage[] = [],
): string {
  const run = images.flatMap(({ service, reference, digest }) =>
    reference.digest === undefined
      ? [
          `  ${JSON.stringify(service)}:\n    image: ${JSON.stringify(`${referenceKey(reference)}@${digest}`)}\n`,
        ]
      : [],
  )
  const built = builds.flatMap(build => {
    const contexts = contextsOf(build)
    if (contexts.length === 0) return []
    const lines = contexts.map(
      ([name, value]) => `        ${JSON.stringify(name)}: ${JSON.stringify(value)}\n`,
    )
    return [`  ${JSON.stringify(build.name)}:\n    build:\n      additional_contexts:\n${lines.join('')}`]
  })
  const services = [...built, ...run]
  return services.length === 0 ? 'services: {}\n' : `services:\n${services.join('')}`
}

/** By name, sorted. An image with a digest needs no context. The tag stays: newer versions of BuildKit find local images by it. */
function contextsOf({ contexts, images }: OverriddenBuild): readonly (readonly [string, string])[] {
  const found = new Map<string, string>()
  for (const { reference, digest, context } of images) {
    if (reference.digest !== undefined) continue
    const name = context ?? contextName(reference)
    if (context !== undefined || !Object.hasOwn(contexts, name))
      found.set(name, `docker-image://${referenceKey(reference)}@${digest}`)
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1))
}

/**
 * The first context that would also replace a stage of that name, as in `FROM alpine AS alpine`. A target of Bake may inherit the contexts of
 * another one, so there the stages of all builds count.
 */
export function replacedStage(
  builds: readonly OverriddenBuild[],
  kind: OverrideKind,
): { readonly build: string; readonly stage: string } | undefined {
  const all = new Set(builds.flatMap(({ stages }) => stages))
  for (const build of builds) {
    const stages = kind === 'bake' ? all : new Set(build.stages)
    const clash = contextsOf(build).find(([name]) => stages.has(name) && !Object.hasOwn(build.contexts, name))
    if (clash !== undefined) return { build: build.name, stage: clash[0] }
  }
  return undefined
}

/** The name under which BuildKit looks for a context: `alpine:3.20`, and `alpine` for `alpine:latest`. */
function contextName(reference: Reference): string {
  return familiarName(reference).replace(/:latest$/, '')
}
