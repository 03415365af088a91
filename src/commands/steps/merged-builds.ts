/** Targets of Bake that a Compose file beside them defines in part. */
import { posix } from 'node:path'
import type { StartedBuild } from '../../formats/build-format.ts'

interface Builds {
  readonly kind: string
  readonly file: string
  readonly builds: readonly StartedBuild[]
}

/** The builds of all projects. `docker buildx bake` reads the Compose files of its folder first: a target adds to the service of its name. */
export function mergedBuilds(projects: readonly Builds[]): readonly StartedBuild[] {
  const services = new Map<string, StartedBuild>()
  for (const { kind, file, builds } of projects)
    if (kind === 'compose') for (const build of builds) services.set(idOf(file, build), build)
  return projects.flatMap(({ kind, file, builds }) =>
    kind !== 'bake'
      ? builds
      : builds.map(build => {
          const service = services.get(idOf(file, build))
          return service === undefined ? build : withService(build, service, posix.dirname(file))
        }),
  )
}

function idOf(file: string, { name = '' }: StartedBuild): string {
  return [posix.dirname(file), name].join('\0')
}

function withService(build: StartedBuild, service: StartedBuild, folder: string): StartedBuild {
  const { dockerfile } = build
  // That is also what a target has that names none.
  const isDefault = 'file' in dockerfile && dockerfile.file === posix.join(folder, 'Dockerfile')
  const target = build.target ?? service.target
  return {
    ...build,
    ...(isDefault && { dockerfile: service.dockerfile }),
    ...(target !== undefined && { target }),
    args: { ...service.args, ...build.args },
    argOrigins: { ...service.argOrigins, ...build.argOrigins },
    contexts: { ...service.contexts, ...build.contexts },
    platforms: build.platforms.length > 0 ? build.platforms : service.platforms,
    argImage: name => (build.argOrigins?.[name] === undefined ? service : build).argImage?.(name),
  }
}
