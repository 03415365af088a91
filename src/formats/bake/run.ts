import type { BuildOptions } from '../../core/build.ts'
import { mergedBuilds } from '../../core/merged-builds.ts'
import type { Place } from '../../core/place.ts'
import { withVariables } from '../../core/visible-environment.ts'
import type { BuildsRead, ProjectFiles } from '../build-format.ts'
import { NAMES } from '../compose/names.ts'
import { resolvePath } from '../compose/paths.ts'
import { readRun } from '../compose/run.ts'
import { existingFiles, readBake } from './index.ts'
import { BAKE_NAMES } from './names.ts'

/** `docker buildx bake` with flags. Its paths are relative to the project. */
export interface BakeRun {
  readonly place: Place
  readonly folder: string
  /** In the order in which they are merged; empty: those that Bake finds. */
  readonly files: readonly string[]
  /** Variables that are set for it. */
  readonly env: Readonly<Record<string, string>>
}

/**
 * What the run reads.
 * @param isAlone whether files count that are found by their names; otherwise they do if the run sets variables
 */
export async function readBakeRun(
  { place, folder, files: given, env }: BakeRun,
  project: ProjectFiles,
  options: BuildOptions,
  isAlone: boolean,
): Promise<readonly BuildsRead[]> {
  const named =
    given.length > 0 ? given : filesOfEnvironment(folder, withVariables(project.env, env), project)
  if (named.length > 0) return [await readBake(folder, named, project, options, env)]
  if (!isAlone && Object.keys(env).length === 0) return []
  // Bake also reads the Compose files of this folder, without their override files.
  const files = await existingFiles(folder, NAMES, project)
  const compose = { place, folder, files, profiles: [], envFiles: [], env }
  const services = files.length > 0 ? await readRun(compose, project, options) : undefined
  const [file, ...others] = await existingFiles(folder, BAKE_NAMES, project)
  if (file === undefined) return services === undefined ? [] : [services]
  const targets = await readBake(folder, [file, ...others], project, options, env)
  if (services === undefined) return [targets]
  const builds = mergedBuilds([
    { kind: 'compose', file, builds: services.builds },
    { kind: 'bake', file, builds: targets.builds },
  ])
  // The services are among the builds.
  return [
    { ...services, builds: [] },
    { ...targets, builds },
  ]
}

/** The files that `BUILDX_BAKE_FILE` names. */
function filesOfEnvironment(
  folder: string,
  { BUILDX_BAKE_FILE: listed, BUILDX_BAKE_PATH_SEPARATOR: separator }: ProjectFiles['env'],
  { root }: ProjectFiles,
): readonly string[] {
  if (!listed) return []
  const paths = listed.split(separator || ':').filter(path => path !== '')
  return paths.map(path => resolvePath(root, folder, path))
}
