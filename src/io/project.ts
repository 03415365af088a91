import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { DockLockError } from '../core/error.ts'
import { LOCKFILE_NAME } from '../core/lockfile.ts'
import { decodeSource, type Source } from './source.ts'

/**
 * The project that `cwd` lies in: the nearest folder upwards that holds a lockfile, not looking beyond the root of the git
 * repository; `cwd` itself when there is none.
 */
export function findProject(cwd: string): string {
  const start = realpathSync(cwd)
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, LOCKFILE_NAME))) return folder
    if (existsSync(join(folder, '.git')) || dirname(folder) === folder) return start
  }
}

/** `path`, as a person in `cwd` means it, relative to the project, with `/`. @throws DockLockError `usage` outside of it. */
export function projectPath(root: string, cwd: string, path: string): string {
  const given = resolve(realpathSync(cwd), path)
  const file = isInside(root, given) ? relative(root, given) : relative(root, withRealFolder(given))
  if (!isInside(root, resolve(root, file))) {
    throw new DockLockError('usage', `${path} is outside of the project ${root}`, {
      hint: `Run dock-lock in the folder that holds both ${path} and ${LOCKFILE_NAME}`,
    })
  }
  return file.split(sep).join('/') || '.'
}

/** Whether `path` is `folder` or lies in it, by its name. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path)
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

/** `path` with the symbolic links followed in as much of it as there is. */
function withRealFolder(path: string): string {
  if (existsSync(path)) return realpathSync(path)
  return dirname(path) === path ? path : join(withRealFolder(dirname(path)), basename(path))
}

/**
 * Reads a file of the project; undefined when it is not there or not a file, or, being a symbolic link, leads out of the project.
 * @throws DockLockError `malformed` when it cannot be read as text.
 */
export async function readSource(root: string, file: string): Promise<Source | undefined> {
  try {
    // Not by promises: of 1,000 small files, each step of each would wait for a thread.
    const path = realpathSync.native(join(root, file))
    // Only files: reading a pipe would wait for somebody to write.
    if (!isInside(root, path) || !statSync(path).isFile()) return undefined
    return decodeSource(file, path, readFileSync(path))
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return undefined
    if (error instanceof DockLockError || code === undefined) throw error
    throw new DockLockError('malformed', `${file} cannot be read: ${(error as Error).message}`, {
      place: { file, line: 1, column: 1 },
      cause: error,
    })
  }
}
