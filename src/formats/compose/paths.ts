/** Paths in Compose files, relative to the project and with `/`. */
import { posix } from 'node:path'
import type { ProjectFiles } from '../build-format.ts'

/** `path` as seen from `folder`. What leads out of the project starts with `../`, `/` or `~`. */
export function resolvePath(root: string, folder: string, path: string): string {
  if (path.startsWith('~')) return path
  if (!path.startsWith('/')) return posix.join(folder, path)
  const inside = posix.relative(root, path)
  return isOutside(inside) ? path : inside === '' ? '.' : inside
}

export function isOutside(path: string): boolean {
  return path === '..' || /^(?:\.\.\/|\/|~)/.test(path)
}

/** Whether a build context is no folder on this machine. */
export function isRemote(context: string): boolean {
  return context.includes('://') || /^(?:github\.com\/|git@)/.test(context)
}

export function folderOf(path: string): string {
  return posix.dirname(path)
}

export async function exists(project: ProjectFiles, path: string): Promise<boolean> {
  return !isOutside(path) && (await project.read(path)).kind === 'text'
}
