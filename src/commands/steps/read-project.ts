import type { Context } from '../../context.ts'
import { type FilesAndLockfile, namedImages } from '../../core/compare.ts'
import type { Notice } from '../../core/notice.ts'
import type { Options } from '../command.ts'
import type { Engines } from './engines.ts'
import type { Opening, Project } from './load-project.ts'
import { settleConflicts } from './merged.ts'
import { type Scan, scanFiles } from './scan.ts'

/** The project before anything changes. */
export interface ProjectRead extends FilesAndLockfile {
  readonly project: Project
  readonly scan: Scan
  /** How merge conflicts of the lockfile were resolved. */
  readonly merged: readonly Notice[]
}

/** @throws DockLockError as `scanFiles` */
export async function readFilesAndLockfile(
  context: Context,
  options: Options,
  opening: Opening,
  engines: Engines | undefined,
): Promise<ProjectRead> {
  const opened = await opening.project
  const scan = await scanFiles(context, opened, options, engines)
  const { lockfile, notices, isSuperseded } = settleConflicts(opened.lockfile, scan)
  const project = { ...opened, lockfile }
  const pinMode = options.noPin ? 'policy' : project.config.pin
  const named = namedImages(scan, lockfile.images)
  const images = named.images.map(image => ({
    ...image,
    digests: image.digests.filter(digest => !isSuperseded(image.key, digest)),
  }))
  return { project, scan, lockfile, pinMode, ...named, images, merged: notices }
}
