import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { DockLockError } from '../core/error.ts'
import { runGit } from './git.ts'
import { findUnreadableIgnoreFile } from './ignore-file.ts'
import { refuseUnreadable, splitNames } from './names.ts'
import { readError } from './read.ts'
import { type Discovered, NESTED, walkFiles } from './walk.ts'

/**
 * The files below `root/folder` that the function from `loadMatches` selects: those that git tracks or would track
 * (`git ls-files -co --exclude-standard`), or those that a walk finds outside a repository.
 * @throws DockLockError `usage` if git cannot list the repository, or for a name that is not UTF-8
 */
export async function discoverFiles(
  root: string,
  folder: string,
  loadMatches: () => Promise<(path: string) => boolean>,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<Discovered> {
  // Git runs while the formats are loaded.
  const listed = listByGit(root, folder, env, signal)
  listed.catch(() => {})
  const matches = await loadMatches()
  const { files, skipped } = (await listed) ?? (await walkFiles(root, folder, matches))
  const found = [...new Set(files)].filter(matches).sort()
  refuseUnreadable(found)
  return { files: found, skipped }
}

/** Undefined outside a repository. */
async function listByGit(
  root: string,
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<Discovered | undefined> {
  const args = ['ls-files', '-z', '-co', '--exclude-standard', '--', folder]
  const stop = new AbortController()
  const listing = runGit(args, { root, env, signal: AbortSignal.any([signal, stop.signal]) })
  let unreadable: DockLockError | undefined
  const timer = setTimeout(async () => {
    const found = await findUnreadableIgnoreFile(root)
    if (found === undefined) return
    unreadable = readError('config', found.file, found.read)
    stop.abort()
  }, SLOW_GIT)
  try {
    const listed = await listing
    if (listed === undefined) return undefined
    const files = splitNames(listed)
    // Git lists a nested repository as a folder, without its content.
    const nested = files.filter(file => file.endsWith('/'))
    return { files, skipped: nested.map(file => ({ file: file.slice(0, -1), ...NESTED })) }
  } catch (error) {
    throw unreadable ?? error
  } finally {
    clearTimeout(timer)
  }
}

/** Milliseconds. Git has answered by then, unless the project is huge or git is blocked. */
const SLOW_GIT = 2000

/** Whether a path from the command line is a folder, to be searched, or a file, to be read whatever its name. */
export async function isFolder(root: string, path: string): Promise<boolean> {
  return (await stat(join(root, path)).catch(() => undefined))?.isDirectory() ?? false
}
