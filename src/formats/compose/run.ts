import { posix } from 'node:path'
import type { BuildOptions } from '../../core/build.ts'
import type { Place } from '../../core/place.ts'
import { withVariables } from '../../core/visible-environment.ts'
import type { BuildFormat, BuildsRead, ProjectFiles } from '../build-format.ts'
import { compose, readAll } from './index.ts'
import { NAMES } from './names.ts'
import { resolvePath } from './paths.ts'
import { settingsOf, settingsOfFiles } from './settings.ts'

/** `docker compose build` or `up` with flags. Its paths are relative to the project. */
export interface ComposeRun {
  readonly place: Place
  readonly folder: string
  /** In the order in which they are merged; empty: those that compose finds. */
  readonly files: readonly string[]
  readonly profiles: readonly string[]
  readonly envFiles: readonly string[]
  readonly projectDirectory?: string
  /** Variables that are set for it. */
  readonly env: Readonly<Record<string, string>>
}

/**
 * What the run reads. Undefined if there is nothing to read.
 * @param isAlone whether files count that are found by their names; otherwise it is undefined if the run changes nothing about them
 */
export async function readRun(
  { place, folder, files, profiles, envFiles, projectDirectory, env }: ComposeRun,
  project: ProjectFiles,
  options: BuildOptions,
  isAlone = false,
): Promise<BuildsRead | undefined> {
  const isPlain = profiles.length + envFiles.length + Object.keys(env).length === 0
  // Without -f, it is found by its name. With -f, it is read without its override file.
  if (!isAlone && isPlain && projectDirectory === undefined && files.length === 0) return undefined
  const given = withVariables(project.env, env)
  const resolveAll = (listed: string, separator: string) =>
    listed.split(separator).map(path => resolvePath(project.root, folder, path))
  const { COMPOSE_FILE, COMPOSE_PATH_SEPARATOR, COMPOSE_ENV_FILES } = given
  const isNamed = files.length === 0 && COMPOSE_FILE
  const named = isNamed ? resolveAll(COMPOSE_FILE, COMPOSE_PATH_SEPARATOR || posix.delimiter) : files
  const environment =
    envFiles.length === 0 && COMPOSE_ENV_FILES ? resolveAll(COMPOSE_ENV_FILES, ',') : envFiles
  const settings = {
    ...(profiles.length > 0 && { COMPOSE_PROFILES: profiles.join(',') }),
    ...(environment.length > 0 && { COMPOSE_ENV_FILES: environment.join(',') }),
  }
  const [first] = named
  const byName = first === undefined ? await defaultFile(project, folder) : undefined
  const main = first ?? byName
  if (main === undefined) return undefined
  return readAll(
    place.file,
    known =>
      byName === undefined
        ? settingsOfFiles(known, named, projectDirectory ?? posix.dirname(main))
        : settingsOf(known, byName),
    { ...project, env: withVariables(given, settings) },
    options,
  )
}

/** The project of these files. */
export function ofComposeFiles(paths: readonly string[]): BuildFormat {
  return {
    ...compose,
    read: (path, project, options) =>
      readAll(
        path,
        known => settingsOfFiles(known, paths, posix.dirname(paths[0] ?? path)),
        project,
        options,
      ),
  }
}

/** The project that `COMPOSE_FILE` names in the root. */
export const ofSettings: BuildFormat = {
  ...compose,
  read: (path, project, options) => readAll(path, known => settingsOf(known, NAMES[0]), project, options),
}

/** The first file with a default name in the folder, or in the nearest one above that has any. */
async function defaultFile(project: Pick<ProjectFiles, 'read'>, start: string): Promise<string | undefined> {
  for (let folder = start; ; folder = posix.dirname(folder)) {
    for (const name of NAMES) {
      const path = posix.join(folder, name)
      if ((await project.read(path)).kind === 'text') return path
    }
    if (folder === '.') return undefined
  }
}
