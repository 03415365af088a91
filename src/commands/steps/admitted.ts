/** Decides which engines a repository's config may name. */
import { realpathSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Context } from '../../context.ts'
import { DockLockError } from '../../core/error.ts'
import { type SourcedSelector, sourceOfEngine } from '../../core/trust.ts'
import { isInside } from '../../io/read.ts'
import type { UserConfig } from '../../io/user-config.ts'

/**
 * The stores, all of which count as the user's. None has been contacted yet.
 * @throws DockLockError `config` for an engine that is not one of the user's
 */
export async function admitStores(
  stores: readonly SourcedSelector[],
  root: string,
  { env }: Pick<Context, 'env'>,
  user: () => Promise<UserConfig>,
): Promise<readonly SourcedSelector[]> {
  // Contexts and builders are the user's own, since the user names them.
  if (stores.every(({ selector }) => selector.host === undefined))
    return stores.map(store => ({ ...store, source: 'user' }))
  const config = await user()
  const own = config.stores.flatMap(({ selector: { host } }) => host ?? [])
  const facts = {
    trusted: [...config.trust, ...own, ...(env.DOCKER_HOST?.trim() ? [env.DOCKER_HOST] : [])],
    isInProject: (path: string) => isInside(root, path) || isInside(root, realPath(path)),
  }
  return stores.map(store => {
    const source = sourceOfEngine(store, facts)
    if (source === 'user') return { ...store, source }
    const host = store.selector.host ?? ''
    const byTrust = /^(?:tcp|ssh):/.test(host)
      ? 'add it to "trust" in ~/.config/dock-lock/config.yaml, or '
      : ''
    throw new DockLockError('config', `a repository may not name the engine ${host}: it could be anybody's`, {
      ...(store.place !== undefined && { place: store.place }),
      hint: `If it is yours, ${byTrust}name it on the command line: --host${PLAIN.test(host) ? ` ${host}` : ''}`,
    })
  })
}

/** Text that is safe to paste into a shell. The repository may have written anything. */
const PLAIN = /^[\w@%+=:,./[\]-]+$/

/** The path with symbolic links resolved, as far as it exists. */
function realPath(path: string): string {
  try {
    return realpathSync.native(path)
  } catch {
    const folder = dirname(path)
    return folder === path ? path : realPath(folder)
  }
}
