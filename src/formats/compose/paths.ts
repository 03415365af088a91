/** Paths in Compose files, relative to the project and with `/`. */
import { posix } from 'node:path'
import type { FileText } from '../build-format.ts'

/** What a reader may ask: all answers are there, or it starts again (see `createFiles`). */
export interface KnownFiles {
  readonly root: string
  readonly env: Readonly<Record<string, string | undefined>>
  read(path: string): FileText
  /** Asks for several files at once, so that the reader does not start again for each. */
  prepare(paths: readonly string[]): void
}

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

export function exists(project: KnownFiles, path: string): boolean {
  return !isOutside(path) && project.read(path).kind === 'text'
}
