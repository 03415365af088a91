/** Finds the git repository of a folder as git does, and selects the part of git's environment that belongs to it. */
import { existsSync, lstatSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { isInside } from './read.ts'

type Env = Readonly<Record<string, string | undefined>>

export interface Repository {
  /** The folder that contains `.git`. */
  readonly top: string
  /** `.git` itself, or the folder named by the file `.git`; undefined if there is no such folder. */
  readonly gitFolder: string | undefined
}

/**
 * The nearest folder from `start` upwards that contains `.git`, broken or not. Like git, the search stops at
 * GIT_CEILING_DIRECTORIES and at file system boundaries.
 */
export function findRepository(start: string, env: Env): Repository | undefined {
  const ceilings = (env.GIT_CEILING_DIRECTORIES ?? '').split(':').filter(isAbsolute).map(realPath)
  const device = deviceOf(start)
  for (let folder = start; ; folder = dirname(folder)) {
    const marker = join(folder, '.git')
    if (exists(marker)) return { top: folder, gitFolder: gitFolderOf(marker) }
    const parent = dirname(folder)
    if (parent === folder || ceilings.includes(parent)) return undefined
    if (!env.GIT_DISCOVERY_ACROSS_FILESYSTEM && deviceOf(parent) !== device) return undefined
  }
}

/** Git sets these for its child processes. Most are relative to a folder that the process may have left. */
const ABOUT_A_REPOSITORY: readonly string[] = [
  'GIT_DIR',
  'GIT_WORK_TREE',
  'GIT_IMPLICIT_WORK_TREE',
  'GIT_COMMON_DIR',
  'GIT_PREFIX',
  'GIT_INDEX_FILE',
  'GIT_OBJECT_DIRECTORY',
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
]

/**
 * The environment without the variables that point git to a repository, so that git finds the project's repository itself. An index that
 * belongs to it is kept, because a hook gets the index that will be committed. Without a `.git`, GIT_DIR and GIT_WORK_TREE together
 * name the repository, as in `git --git-dir=… --work-tree=…`.
 */
export function repositoryEnv(root: string, repository: Repository | undefined, env: Env): Env {
  if (repository === undefined && namesWorkTree(root, env)) return env
  const cleared = Object.fromEntries(ABOUT_A_REPOSITORY.map(name => [name, undefined]))
  const index = repository && indexOf(repository, env)
  if (index === undefined) return { ...env, ...cleared }
  return {
    ...env,
    ...cleared,
    GIT_INDEX_FILE: index,
    GIT_OBJECT_DIRECTORY: env.GIT_OBJECT_DIRECTORY,
    GIT_ALTERNATE_OBJECT_DIRECTORIES: env.GIT_ALTERNATE_OBJECT_DIRECTORIES,
  }
}

/** Whether the environment names a repository whose work tree contains `root`. */
export function namesWorkTree(root: string, { GIT_DIR, GIT_WORK_TREE }: Env): boolean {
  return (
    Boolean(GIT_DIR && GIT_WORK_TREE && isAbsolute(GIT_DIR) && isAbsolute(GIT_WORK_TREE)) &&
    isInside(realPath(GIT_WORK_TREE as string), root)
  )
}

function indexOf({ top, gitFolder }: Repository, { GIT_INDEX_FILE }: Env): string | undefined {
  if (!GIT_INDEX_FILE) return undefined
  const file = resolve(top, GIT_INDEX_FILE)
  // A relative path may come from another repository's hook. It names nothing here.
  if (!isAbsolute(GIT_INDEX_FILE)) return existsSync(file) ? file : undefined
  const folder = realPath(dirname(file))
  const isOwn = gitFolder !== undefined && isInside(gitFolder, folder)
  return isOwn || !existsSync(join(folder, 'HEAD')) ? file : undefined
}

/** @see https://git-scm.com/docs/gitrepository-layout#Documentation/gitrepository-layout.txt-gitfile */
function gitFolderOf(marker: string): string | undefined {
  try {
    if (statSync(marker).isDirectory()) return realpathSync(marker)
    const [, target] = /^gitdir: (.*?)[\r\n]*$/s.exec(readFileSync(marker, 'utf8')) ?? []
    return target === undefined ? undefined : realpathSync(resolve(dirname(marker), target))
  } catch {
    return undefined
  }
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}

function deviceOf(folder: string): number | undefined {
  return statSync(folder, { throwIfNoEntry: false })?.dev
}

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return resolve(path)
  }
}
