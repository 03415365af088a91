/** Loads the project of a command: root, config and lockfile. */
import type { Context } from '../../context.ts'
import { DockLockError } from '../../core/error.ts'
import { LOCKFILE_NAME } from '../../core/lockfile.ts'
import type { SourcedSelector } from '../../core/trust.ts'
import type { Config } from '../../io/config.ts'
import { CONFIG_FILES, readConfig, readConfigWith } from '../../io/config-file.ts'
import { isFolder } from '../../io/discover.ts'
import type { GitRun } from '../../io/git.ts'
import { type LockfileSource, parseLockfile, readLockfileSource } from '../../io/lockfile.ts'
import type { UnmergedTexts } from '../../io/lockfile-conflicts.ts'
import { findProject } from '../../io/project.ts'
import { contentOf } from '../../io/read.ts'
import { readStaged } from '../../io/staged.ts'
import { readUserConfig, type UserConfig } from '../../io/user-config.ts'
import type { Options } from '../command.ts'
import { admitStores } from './admitted.ts'

export interface Project {
  readonly root: string
  readonly config: Config
  readonly lockfile: LockfileSource
  /** Read on first use. @throws DockLockError `config` */
  readonly user: () => Promise<UserConfig>
}

export interface Opening {
  readonly project: Promise<Project>
  /** The stores of the repository's config, else of the user's. @throws DockLockError `config` for one that a repository may not name */
  readonly stores: () => Promise<readonly SourcedSelector[]>
}

export async function openProject(context: Context, options: Options): Promise<Project> {
  return options.staged ? openStaged(context) : startOpening(context).project
}

/**
 * The config is loaded first, because it names the engines to contact.
 * @param options.merge whether a lockfile with merge conflicts is merged; otherwise it is an error
 */
export function startOpening(
  context: Context,
  { merge = false }: { readonly merge?: boolean } = {},
): Opening {
  const folder = findRoot(context)
  const config = folder.then(readConfig)
  const { env, signal } = context
  const lockfile = folder.then(root =>
    readLockfileSource(root, merge ? () => readUnmergedOf({ root, env, signal }) : undefined),
  )
  const user = userConfigOf(context, folder)
  const project = Promise.all([folder, config, lockfile]).then(([root, read, locked]) => ({
    root,
    config: read,
    lockfile: locked,
    user,
  }))
  // Callers get the error when they await this.
  for (const each of [folder, config, lockfile, project]) each.catch(() => {})
  const stores: Opening['stores'] = async () => {
    const [root, { stores: named }] = await Promise.all([folder, config])
    return named.length > 0 ? admitStores(named, root, context, user) : (await user()).stores
  }
  return { project, stores }
}

function userConfigOf({ env }: Context, folder: Promise<string>): Project['user'] {
  let reading: Promise<UserConfig> | undefined
  return () => {
    reading ??= folder.then(root => readUserConfig(root, env))
    return reading
  }
}

/** Git is asked only about a lockfile with merge conflicts. */
async function readUnmergedOf(git: GitRun): Promise<UnmergedTexts | undefined> {
  return (await import('../../io/lockfile-conflicts.ts')).readUnmerged(git)
}

async function findRoot({ cwd }: Context): Promise<string> {
  if (await isFolder(cwd, '.')) return findProject(cwd)
  throw new DockLockError('usage', `there is no folder ${cwd}`, { hint: 'Check the spelling' })
}

async function openStaged(context: Context): Promise<Project> {
  const root = await findRoot(context)
  const { env, signal } = context
  const staged = readStaged({ root, env, signal }, [LOCKFILE_NAME, ...CONFIG_FILES])
  const [config, lockfile] = await Promise.all([
    readConfigWith(staged),
    staged(LOCKFILE_NAME).then(read => parseLockfile(root, contentOf('malformed', LOCKFILE_NAME, read))),
  ])
  return { root, config, lockfile, user: userConfigOf(context, Promise.resolve(root)) }
}
