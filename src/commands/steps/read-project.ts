import type { Context } from '../../context.ts'
import { type FilesAndLockfile, namedImages } from '../../core/compare.ts'
import type { Options } from '../command.ts'
import type { Engines } from './engines.ts'
import type { Opening, Project } from './load-project.ts'
import { type Scan, scanFiles } from './scan.ts'

/** The project before anything changes. */
export interface ProjectRead extends FilesAndLockfile {
  readonly project: Project
  readonly scan: Scan
}

/** @throws DockLockError as `scanFiles` */
export async function readFilesAndLockfile(
  context: Context,
  options: Options,
  opening: Opening,
  engines: Engines | undefined,
): Promise<ProjectRead> {
  const project = await opening.project
  const { lockfile, config } = project
  const scan = await scanFiles(context, project, options, engines)
  const pinMode = options.noPin ? 'policy' : config.pin
  return { project, scan, lockfile, pinMode, ...namedImages(scan, lockfile.images) }
}
