/** The user's own config, which is trusted, unlike the config of a repository. */
import { readFileSync, realpathSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { DockLockError } from '../core/error.ts'
import { placeAt } from '../core/place.ts'
import type { Registries, SourcedSelector } from '../core/trust.ts'
import { homeFolder } from '../lib/home.ts'
import { isObject, isStrings } from '../lib/json.ts'
import { type Fail, type ParsedConfig, toRegistries, toSelectors } from './config.ts'
import { isInside } from './read.ts'
import { unknownSetting } from './unknown-setting.ts'
import { parseYaml } from './yaml.ts'

/** Described by schema/user-config.schema.json; every part is optional. */
export interface UserConfig {
  /** As in `.dock-lock.yaml`. */
  readonly registries: Registries
  /** The stores to use if neither the command line nor the repository names any. */
  readonly stores: readonly SourcedSelector[]
  /** Addresses of engines that the repository's config may name. */
  readonly trust: readonly string[]
}

type Env = Readonly<Record<string, string | undefined>>

const EMPTY: UserConfig = { registries: {}, stores: [], trust: [] }

/** `$XDG_CONFIG_HOME/dock-lock/config.yaml`, else `~/.config/dock-lock/config.yaml`. */
export function userConfigPath(env: Env): string {
  const { XDG_CONFIG_HOME: folder = '' } = env
  // A relative path is invalid here, and could point into a repository.
  const base = isAbsolute(folder) ? folder : join(homeFolder(env), '.config')
  return join(base, 'dock-lock', 'config.yaml')
}

/** `root` is the project. @throws DockLockError `config`, with the place, for anything the schema does not allow. */
export async function readUserConfig(root: string, env: Env): Promise<UserConfig> {
  return (await readUserSettings(root, env)).config
}

/** The config, and where each of its settings is. @throws DockLockError as `readUserConfig` */
export async function readUserSettings(
  root: string,
  env: Env,
): Promise<Omit<ParsedConfig, 'config'> & { readonly config: UserConfig }> {
  const path = userConfigPath(env)
  const text = read(path)
  if (text === undefined)
    return { config: EMPTY, written: {}, placeOf: () => ({ file: path, line: 1, column: 1 }) }
  if (isInside(root, realpathSync.native(path))) {
    throw new DockLockError('config', `${path} is in the project, so it is not the user's own config`, {
      place: { file: path, line: 1, column: 1 },
      hint: 'Set HOME or XDG_CONFIG_HOME to a folder outside the project',
    })
  }
  const { document, problem, offsetOf } = await parseYaml(text)
  const failAt = (offset: number, message: string): never => {
    throw new DockLockError('config', message, {
      place: placeAt(path, text, offset),
      hint: 'All settings of this file: schema/user-config.schema.json in the package',
    })
  }
  if (problem !== undefined) failAt(problem.offset, problem.message)
  const written = document.toJS() ?? {}
  const config = toUserConfig(written, (at, message) => failAt(offsetOf(at), message))
  const placeOf = (at: readonly string[]) => placeAt(path, text, offsetOf(at))
  const stores = config.stores.map((one, index) => ({ ...one, place: placeOf(['stores', String(index)]) }))
  return { config: { ...config, stores }, written, placeOf }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new DockLockError('config', `${path} cannot be read (${code})`, {
      cause: error,
      place: { file: path, line: 1, column: 1 },
      hint: 'Check that it is a file that you may read',
    })
  }
}

function toUserConfig(value: unknown, fail: Fail): UserConfig {
  if (!isObject(value)) return fail([], 'the config must be a mapping')
  for (const name of Object.keys(value))
    if (!Object.hasOwn(EMPTY, name)) fail([name], unknownSetting(name, Object.keys(EMPTY)))
  const { registries = {}, stores = [], trust = [] } = value
  if (!isStrings(trust)) return fail(['trust'], '"trust" must be a list of addresses')
  const odd = trust.findIndex(address => !/^(?:tcp|ssh):\/\/(?![^/@]*:[^/@]*@)\S+$/.test(address))
  if (odd >= 0)
    fail(
      ['trust', String(odd)],
      'this is not the address of an engine: write tcp://host:port or ssh://user@host',
    )
  return {
    registries: toRegistries(registries, fail),
    stores: toSelectors(stores, fail).map(selector => ({ selector, source: 'user' })),
    trust,
  }
}
