import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { DockLockError } from '../core/error.ts'
import { compareNatural } from '../core/natural.ts'
import type { SkippedFile } from '../core/report-parts.ts'
import { runGit } from './git.ts'
import { findUnreadableIgnoreFile } from './ignore-file.ts'
import { movedMark, refuseUnreadable, shownName, splitNames } from './names.ts'
import { readError } from './read.ts'
import { type Discovered, walkFiles } from './walk.ts'

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
  const found = [...new Set(files)].filter(matches).sort(compareNatural)
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
  // -t and --stage print a mark before each name, and the mode of what is tracked.
  const args = ['ls-files', '-z', '-co', '-t', '--stage', '--exclude-standard', '--', folder]
  const stop = new AbortController()
  const unlisted: SkippedFile[] = []
  const git = { root, env, signal: AbortSignal.any([signal, stop.signal]) }
  const listing = runGit(args, { ...git, onWarnings: said => unlisted.push(...unlistedFolders(said)) })
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
    const files: string[] = []
    const repositories = new Set<string>()
    for (const entry of splitNames(listed)) {
      const { path, isSubmodule } = parseEntry(entry)
      // A nested repository is listed as a folder, without its content, and a submodule like a file.
      if (path.endsWith('/')) repositories.add(path.slice(0, -1))
      else if (isSubmodule) repositories.add(path)
      else files.push(path)
    }
    const skipped = [...repositories].map(
      (file): SkippedFile => ({ file: shownName(file), code: 'repository' }),
    )
    return { files, skipped: [...skipped, ...unlisted] }
  } catch (error) {
    throw unreadable ?? error
  } finally {
    clearTimeout(timer)
  }
}

/** `? NAME`, if git does not track it, or `H 100644 ID STAGE\tNAME`. */
function parseEntry(entry: string): { readonly path: string; readonly isSubmodule: boolean } {
  const mark = entry.indexOf(' ')
  const isTracked = entry[mark - 1] !== '?'
  return {
    path: movedMark(entry, isTracked ? entry.indexOf('\t', mark) + 1 : mark + 1),
    isSubmodule: isTracked && entry.startsWith(SUBMODULE, mark),
  }
}

/** After the mark: the mode of a submodule in the index. */
const SUBMODULE = ' 160000 '

/** The folders that git could not open. It lists the rest and succeeds. */
function unlistedFolders(stderr: string): readonly SkippedFile[] {
  return [...stderr.matchAll(/^warning: could not open directory '(.+?)\/?': (.+)$/gm)].map(
    ([, file = '', reason = '']) => ({ file, code: 'unreadable', reason }),
  )
}

/** Milliseconds. Git has answered by then, unless the project is huge or git is blocked. */
const SLOW_GIT = 2000

/** Whether a path from the command line is a folder, to be searched, or a file, to be read whatever its name. */
export async function isFolder(root: string, path: string): Promise<boolean> {
  return (await stat(join(root, path)).catch(() => undefined))?.isDirectory() ?? false
}
