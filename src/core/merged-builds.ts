/** Targets of Bake that a Compose file beside them defines in part. */
import type { Build } from './build.ts'
import type { ImageOccurrence } from './occurrence.ts'

interface MergedBuild extends Build {
  argImage?(name: string): ImageOccurrence | undefined
}

interface Builds {
  readonly kind: string
  readonly file: string
  readonly builds: readonly MergedBuild[]
}

/** The builds of all projects. `docker buildx bake` reads the Compose files of its folder first: a target adds to the service of its name. */
export function mergedBuilds(projects: readonly Builds[]): readonly MergedBuild[] {
  const services = new Map<string, MergedBuild>()
  for (const { kind, file, builds } of projects)
    if (kind === 'compose') for (const build of builds) services.set(idOf(file, build), build)
  return projects.flatMap(({ kind, file, builds }) =>
    kind !== 'bake'
      ? builds
      : builds.map(build => {
          const service = services.get(idOf(file, build))
          return service === undefined ? build : withService(build, service, folderOf(file))
        }),
  )
}

function idOf(file: string, { name = '' }: MergedBuild): string {
  return [folderOf(file), name].join('\0')
}

function withService(build: MergedBuild, service: MergedBuild, folder: string): MergedBuild {
  const { dockerfile } = build
  // That is also what a target has that names none.
  const isDefault =
    'file' in dockerfile && dockerfile.file === (folder === '.' ? 'Dockerfile' : `${folder}/Dockerfile`)
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

function folderOf(file: string): string {
  const slash = file.lastIndexOf('/')
  return slash < 0 ? '.' : file.slice(0, slash)
}
