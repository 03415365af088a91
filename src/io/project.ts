import { existsSync, realpathSync } from 'node:fs'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { DockLockError } from '../core/error.ts'
import { LOCKFILE_NAME } from '../core/lockfile.ts'
import { isInside } from './read.ts'

/**
 * The project of `cwd`: the nearest folder upwards with a lockfile, up to the root of the git repository. `cwd` itself if there
 * is none.
 */
export function findProject(cwd: string): string {
  const start = realpathSync(cwd)
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, LOCKFILE_NAME))) return folder
    if (existsSync(join(folder, '.git')) || dirname(folder) === folder) return start
  }
}

/** `path`, relative to `cwd`, as a path relative to the project, with `/`. @throws DockLockError `usage` if it is outside. */
export function projectPath(root: string, cwd: string, path: string): string {
  const given = resolve(realpathSync(cwd), path)
  const file = isInside(root, given) ? relative(root, given) : relative(root, withRealFolder(given))
  if (!isInside(root, resolve(root, file))) {
    throw new DockLockError('usage', `${path} is outside the project ${root}`, {
      hint: `Run dock-lock in a folder that contains both ${path} and ${LOCKFILE_NAME}`,
    })
  }
  return file.split(sep).join('/') || '.'
}

/** `path` with symbolic links resolved, as far as it exists. */
function withRealFolder(path: string): string {
  if (existsSync(path)) return realpathSync(path)
  return dirname(path) === path ? path : join(withRealFolder(dirname(path)), basename(path))
}
