/** Finds the config of a project: a file of its own, or "dock-lock" in package.json. */
import { DockLockError } from '../core/error.ts'
import { isObject } from '../lib/json.ts'
import { CONFIG_NAME, CONFIG_NAMES, type Config, type ParsedConfig, parseSettings } from './config.ts'
import { contentOf, type FileRead, readProjectFile } from './read.ts'

/** All files that may hold the config. */
export const CONFIG_FILES: readonly string[] = [...CONFIG_NAMES, 'package.json']

const PACKAGE_KEY = 'dock-lock'

/** @throws DockLockError `config`, with the place, for anything the schema does not allow. */
export async function readConfig(root: string): Promise<Config> {
  return readConfigWith(async file => readProjectFile(root, file))
}

/** @throws DockLockError as `readConfig`, and if there are two. */
export async function readConfigWith(read: (file: string) => Promise<FileRead>): Promise<Config> {
  return (await readSettings(read)).config
}

/** The config, and where each of its settings is. @throws DockLockError as `readConfigWith` */
export async function readSettings(read: (file: string) => Promise<FileRead>): Promise<ParsedConfig> {
  const found: { readonly file: string; readonly bytes: Buffer }[] = []
  for (const file of CONFIG_NAMES) {
    const bytes = contentOf('config', file, await read(file))
    if (bytes !== undefined) found.push({ file, bytes })
  }
  const [first, second] = found
  if (second !== undefined)
    throw new DockLockError('config', `there are two configs: ${CONFIG_NAMES.join(' and ')}`, {
      place: { file: second.file, line: 1, column: 1 },
      hint: `Move what you need into ${CONFIG_NAME}, and delete ${second.file}`,
    })
  const inPackage = packageConfig(await read('package.json'))
  if (inPackage === undefined) return parseSettings(first?.bytes.toString('utf8'), first?.file)
  const settings = await parseSettings(inPackage, 'package.json', [PACKAGE_KEY])
  if (first === undefined) return settings
  throw new DockLockError('config', `there are two configs: ${first.file}, and "dock-lock" in package.json`, {
    place: settings.placeOf([]),
    hint: 'Move what you need into one of them, and delete the other',
  })
}

/** The text of a package.json that holds the config. What is wrong with it otherwise does not concern the config. */
function packageConfig(read: FileRead): string | undefined {
  if (read.kind !== 'file') return undefined
  const text = read.bytes.toString('utf8').replace(/^\ufeff/, '')
  // Most have it as a dependency only, and most projects have no config at all.
  if (!text.includes(`"${PACKAGE_KEY}"`)) return undefined
  try {
    const manifest: unknown = JSON.parse(text)
    return isObject(manifest) && Object.hasOwn(manifest, PACKAGE_KEY) ? text : undefined
  } catch {
    return undefined
  }
}
