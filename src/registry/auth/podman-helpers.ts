/**
 * `credential-helpers` in Podman's registries.conf: the helpers that Podman asks, in order.
 * @see https://github.com/containers/image/blob/main/docs/containers-registries.conf.5.md
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { homeFolder } from '../../lib/home.ts'

type Env = Readonly<Record<string, string | undefined>>

/** In place of a helper, this name means the auth files. */
export const AUTH_FILES = 'containers-auth.json'

/** The helpers of the last file that names any. A file that cannot be read counts as absent, as credentials may not be needed. */
export async function podmanHelpers(env: Env): Promise<readonly string[]> {
  const system = '/etc/containers'
  const user = join(env.XDG_CONFIG_HOME || join(homeFolder(env), '.config'), 'containers')
  const main = env.CONTAINERS_REGISTRIES_CONF
    ? await read(env.CONTAINERS_REGISTRIES_CONF)
    : ((await read(join(user, 'registries.conf'))) ?? (await read(join(system, 'registries.conf'))))
  const dropIns = await Promise.all([system, user].map(folder => readAll(join(folder, 'registries.conf.d'))))
  const named = [main ?? '', ...dropIns.flat()].map(credentialHelpersIn).filter(helpers => helpers.length > 0)
  return named.at(-1) ?? [AUTH_FILES]
}

/** The value of the top-level key `credential-helpers` in TOML; empty if there is none. */
function credentialHelpersIn(toml: string): readonly string[] {
  const topLevel = toml.split(/^[ \t]*\[/m)[0]!
  const array =
    /^[ \t]*(["']?)credential-helpers\1[ \t]*=[ \t]*\[((?:[^\]"'#]|#.*|"[^"\n]*"|'[^'\n]*')*)\]/m.exec(
      topLevel,
    )
  const strings = (array?.[2] ?? '').matchAll(/#.*|"([^"\n]*)"|'([^'\n]*)'/g)
  return [...strings].flatMap(([, double, single]) => double ?? single ?? [])
}

async function readAll(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((): string[] => [])
  const files = names.filter(name => name.endsWith('.conf')).sort()
  return Promise.all(files.map(async name => (await read(join(folder, name))) ?? ''))
}

async function read(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined)
}
