/** The project as a command finds it: root, config and lockfile. */
import type { Context } from '../../context.ts'
import { DockLockError } from '../../core/error.ts'
import { LOCKFILE_NAME } from '../../core/lockfile.ts'
import { CONFIG_NAME, type Config, parseConfig, readConfig } from '../../io/config.ts'
import { isFolder } from '../../io/discover.ts'
import { type LockfileSource, parseLockfile, readLockfile } from '../../io/lockfile.ts'
import { findProject } from '../../io/project.ts'
import { contentOf } from '../../io/read.ts'
import { readStaged } from '../../io/staged.ts'
import type { Options } from '../command.ts'

export interface Project {
  readonly root: string
  readonly config: Config
  readonly lockfile: LockfileSource
}

export async function openProject(context: Context, options: Options): Promise<Project> {
  return options.staged ? openStaged(context) : startOpening(context).project
}

/** The config, which says what engines to ask, is there before the rest. */
export function startOpening(context: Context): {
  readonly config: Promise<Config>
  readonly project: Promise<Project>
} {
  const folder = findRoot(context)
  const config = folder.then(readConfig)
  const lockfile = folder.then(readLockfile)
  const project = Promise.all([folder, config, lockfile]).then(([root, read, locked]) => ({
    root,
    config: read,
    lockfile: locked,
  }))
  // Whoever needs them hears of it.
  for (const each of [folder, config, lockfile, project]) each.catch(() => {})
  return { config, project }
}

async function findRoot({ cwd }: Context): Promise<string> {
  if (await isFolder(cwd, '.')) return findProject(cwd)
  throw new DockLockError('usage', `there is no folder ${cwd}`, { hint: 'Check the spelling' })
}

async function openStaged(context: Context): Promise<Project> {
  const root = await findRoot(context)
  const { env, signal } = context
  const staged = readStaged({ root, env, signal }, [LOCKFILE_NAME, CONFIG_NAME])
  const [config, lockfile] = await Promise.all([
    staged(CONFIG_NAME).then(read => parseConfig(contentOf('config', CONFIG_NAME, read)?.toString('utf8'))),
    staged(LOCKFILE_NAME).then(read => parseLockfile(root, contentOf('malformed', LOCKFILE_NAME, read))),
  ])
  return { root, config, lockfile }
}
