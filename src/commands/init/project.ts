/** Reads what `init` needs to know of a project. */
import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import type { Context } from '../../context.ts'
import { DockLockError } from '../../core/error.ts'
import { LOCKFILE_NAME } from '../../core/lockfile.ts'
import { isFolder } from '../../io/discover.ts'
import { type GitRun, runGit } from '../../io/git.ts'
import { parseJsonFile } from '../../io/package-json.ts'
import { findProject } from '../../io/project.ts'
import { isInside, readError } from '../../io/read.ts'
import { findRepository } from '../../io/repository.ts'
import { readSource, type Source } from '../../io/source.ts'
import type { Options } from '../command.ts'
import type { InitProject, Manifest } from './integration.ts'
import { findManager, type PackageManager } from './managers.ts'
import { dependsOn } from './script.ts'

export interface InitProjectRead extends InitProject {
  /** The file as it was read, to write it again. */
  readonly source: (file: string) => Source | undefined
}

/** @throws DockLockError `malformed` for a file that cannot be read */
export async function readInitProject(
  { cwd, env, signal }: Context,
  { script, paths: named }: Pick<Options, 'script' | 'paths'>,
): Promise<InitProjectRead> {
  if (!(await isFolder(cwd, '.')))
    throw new DockLockError('usage', `there is no folder ${cwd}`, { hint: 'Check the spelling' })
  const project = findProject(cwd)
  const top = findRepository(project, env)?.top ?? project
  const sources = new Map<string, Source | undefined>()
  const source = (file: string) => {
    if (!sources.has(file)) sources.set(file, sourceOf(top, file))
    return sources.get(file)
  }
  const read = (file: string) => source(file)?.text
  const start = fromTop(top, realpathSync(cwd))
  const holder = foldersUp(start).find(folder => read(within(folder, 'package.json')) !== undefined)
  if (script !== undefined && holder === undefined)
    throw new DockLockError('usage', `--script ${script}: there is no package.json`, {
      hint: 'Run init in the folder of the package',
    })
  const manifest = holder === undefined ? undefined : await manifestIn(holder, read)
  const hasTop = holder !== undefined && holder !== '' && read('package.json') !== undefined
  const topManifest = hasTop ? await manifestIn('', read) : undefined
  const dependency = dependsOn(manifest?.content, 'dock-lock')
    ? 'nearest'
    : dependsOn(topManifest?.content, 'dock-lock')
      ? 'top'
      : undefined
  const hasLockfile = existsSync(join(project, LOCKFILE_NAME))
  const base = hasLockfile ? fromTop(top, project) : (holder ?? start)
  // A program is found in the folder of its package, and in those below.
  const isReachable = holder === undefined || foldersUp(base).includes(holder)
  const isFoundAtBase = isReachable || (topManifest !== undefined && dependency !== 'nearest')
  return {
    top,
    folder: isFoundAtBase ? base : (holder as string),
    manifest,
    topManifest,
    manager: manifest && managerOf(manifest, topManifest, read),
    dependency,
    hooksFolder: await hooksFolderOf({ root: top, env, signal }),
    script,
    named,
    source,
    read,
    list: folder => namesIn(join(top, folder)),
  }
}

function managerOf(
  manifest: Manifest,
  topManifest: Manifest | undefined,
  read: InitProject['read'],
): PackageManager {
  const contentOf = (folder: string) =>
    folder === manifest.folder ? manifest.content : folder === '' ? topManifest?.content : undefined
  return findManager(
    foldersUp(manifest.folder).map(folder => ({
      manifest: contentOf(folder),
      read: name => read(within(folder, name)),
    })),
  )
}

async function manifestIn(folder: string, read: InitProject['read']): Promise<Manifest> {
  const file = within(folder, 'package.json')
  return { file, folder, content: await parseJsonFile(file, read(file) ?? '') }
}

function sourceOf(top: string, file: string): Source | undefined {
  const found = readSource(top, file)
  if (found.kind === 'source') return found.source
  if (found.kind === 'missing') return undefined
  throw found.kind === 'irregular' ? readError('malformed', file, found) : found.error
}

/** `folder` and the folders above it, up to the top folder, which is empty. */
function foldersUp(folder: string): readonly string[] {
  const names = folder === '' ? [] : folder.split('/')
  return [...names.map((_, index) => names.slice(0, names.length - index).join('/')), '']
}

function within(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`
}

function fromTop(top: string, path: string): string {
  return relative(top, path).split(sep).join('/')
}

/** Undefined outside a repository, if git cannot tell, and in a linked worktree, whose hooks are elsewhere. */
async function hooksFolderOf(git: GitRun): Promise<string | undefined> {
  if (findRepository(git.root, git.env) === undefined) return undefined
  try {
    const output = await runGit(['rev-parse', '--git-path', 'hooks'], git)
    const path = output && resolve(git.root, output.toString('utf8').replace(/\n$/, ''))
    if (path === undefined || !isInside(git.root, path)) return undefined
    return fromTop(git.root, path)
  } catch (error) {
    if (error instanceof DockLockError && error.code !== 'interrupted') return undefined
    throw error
  }
}

function namesIn(path: string): readonly string[] {
  try {
    return readdirSync(path).sort()
  } catch {
    return []
  }
}
