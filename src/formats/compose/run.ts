import { posix } from 'node:path'
import type { BuildOptions } from '../../core/build.ts'
import type { Place } from '../../core/place.ts'
import type { BuildsRead, ProjectFiles } from '../build-format.ts'
import { readAll } from './index.ts'
import { isDefaultName, NAMES } from './names.ts'
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

/** What the run reads. Undefined if its files are found by their names, and it changes nothing about them. */
export async function readRun(
  { place, folder, files, profiles, envFiles, projectDirectory, env }: ComposeRun,
  project: ProjectFiles,
  options: BuildOptions,
): Promise<BuildsRead | undefined> {
  const [first = posix.join(folder, NAMES[0]), another] = files
  const isPlain = profiles.length + envFiles.length + Object.keys(env).length === 0
  if (isPlain && projectDirectory === undefined && another === undefined && isDefaultName(first))
    return undefined
  const settings = {
    ...(profiles.length > 0 && { COMPOSE_PROFILES: profiles.join(',') }),
    ...(envFiles.length > 0 && { COMPOSE_ENV_FILES: envFiles.join(',') }),
  }
  const found: string[] = []
  if (files.length === 0)
    for (const name of NAMES)
      if ((await project.read(posix.join(folder, name))).kind === 'text') found.push(posix.join(folder, name))
  const [byName] = found
  if (files.length === 0 && byName === undefined) return undefined
  return readAll(
    place.file,
    known =>
      byName === undefined
        ? settingsOfFiles(known, files, projectDirectory ?? posix.dirname(first))
        : settingsOf(known, byName),
    { ...project, env: { ...project.env, ...env, ...settings } },
    options,
  )
}
