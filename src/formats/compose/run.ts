import { posix } from 'node:path'
import type { BuildOptions } from '../../core/build.ts'
import type { Place } from '../../core/place.ts'
import { withVariables } from '../../core/visible-environment.ts'
import type { BuildFormat, BuildsRead, ProjectFiles } from '../build-format.ts'
import { compose, readAll } from './index.ts'
import { NAMES } from './names.ts'
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
  /** Folders above are not searched. */
  readonly isHere?: boolean
}

/**
 * What the run reads. Undefined if there is nothing to read.
 * @param isAlone whether files count that are found by their names; otherwise it is undefined if the run changes nothing about them
 */
export async function readRun(
  { place, folder, files, profiles, envFiles, projectDirectory, env, isHere = false }: ComposeRun,
  project: ProjectFiles,
  options: BuildOptions,
  isAlone = false,
): Promise<BuildsRead | undefined> {
  const [first = posix.join(folder, NAMES[0])] = files
  const isPlain = profiles.length + envFiles.length + Object.keys(env).length === 0
  // Without -f, it is found by its name. With -f, it is read without its override file.
  if (!isAlone && isPlain && projectDirectory === undefined && files.length === 0) return undefined
  const settings = {
    ...(profiles.length > 0 && { COMPOSE_PROFILES: profiles.join(',') }),
    ...(envFiles.length > 0 && { COMPOSE_ENV_FILES: envFiles.join(',') }),
  }
  const byName = files.length === 0 ? await defaultFile(project, folder, isHere) : undefined
  if (files.length === 0 && byName === undefined) return undefined
  return readAll(
    place.file,
    known =>
      byName === undefined
        ? settingsOfFiles(known, files, projectDirectory ?? posix.dirname(first))
        : settingsOf(known, byName),
    { ...project, env: withVariables(project.env, { ...env, ...settings }) },
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
async function defaultFile(
  project: Pick<ProjectFiles, 'read'>,
  start: string,
  isHere: boolean,
): Promise<string | undefined> {
  for (let folder = start; ; folder = posix.dirname(folder)) {
    for (const name of NAMES) {
      const path = posix.join(folder, name)
      if ((await project.read(path)).kind === 'text') return path
    }
    if (isHere || folder === '.') return undefined
  }
}
