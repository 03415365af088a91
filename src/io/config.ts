import type { Node } from 'yaml'
import { DockLockError } from '../core/error.ts'
import type { IgnoreRule } from '../core/ignore.ts'
import type { PinMode } from '../core/images.ts'
import { type Place, placeAt } from '../core/place.ts'
import { type Platform, parsePlatform } from '../core/platform.ts'
import { parseReference } from '../core/reference.ts'
import type { StoreSelector } from '../core/selector.ts'
import type { Registries, SourcedSelector } from '../core/trust.ts'
import type { UpdateRule } from '../core/update-policy.ts'
import { isObject, isStrings } from '../lib/json.ts'
import { type FilesSetting, toFiles } from './files-setting.ts'
import { unknownSetting } from './unknown-setting.ts'
import { checkRanges, toUpdates } from './updates-setting.ts'
import { parseYaml } from './yaml.ts'

export const CONFIG_NAME = '.dock-lock.yaml'
/** A project has one of them. */
export const CONFIG_NAMES: readonly string[] = [CONFIG_NAME, '.dock-lock.yml']

/** `.dock-lock.yaml`, described by schema/config.schema.json; every part is optional. */
export interface Config {
  /** Per registry as named in references (`docker.io`, `host:port`). */
  readonly registries: Registries
  /** Values that builds give to ARGs. */
  readonly buildArgs: Readonly<Record<string, readonly string[]>>
  /** Platforms that builds are made for: `linux/arm64`. Empty: the engine's own. */
  readonly platforms: readonly Platform[]
  /** The stores to verify and to pull into. Empty: the one that the docker CLI would use. */
  readonly stores: readonly SourcedSelector[]
  /** How images are pinned: in the files, or by a source policy (`dock-lock run`), without changing files. */
  readonly pin: PinMode
  /** Which files to read, in addition to those that are found by name. */
  readonly files: FilesSetting
  /** What to ignore, and why. */
  readonly ignore: readonly IgnoreRule[]
  /** How images are updated. */
  readonly updates: readonly UpdateRule[]
}

/** The most entries of lists that are matched against every image, file or build. */
const MAX_PLATFORMS = 64
const MAX_STORES = 64
const MAX_MIRRORS = 64
/** The most patterns in `ignore`, and the longest pattern in characters. */
const MAX_PATTERNS = 256
const MAX_PATTERN = 512

function atMost(
  most: number,
  count: number,
  path: readonly string[],
  fail: (path: readonly string[], message: string) => never,
): void {
  if (count > most) fail(path, `this list has more than ${most} entries`)
}

const EMPTY: Config = {
  registries: {},
  buildArgs: {},
  platforms: [],
  stores: [],
  pin: 'files',
  files: { include: [], exclude: [], compose: [] },
  ignore: [],
  updates: [],
}

/** The config, and what it was made from. */
export interface ParsedConfig {
  readonly config: Config
  /** The settings as they are written. */
  readonly written: Readonly<Record<string, unknown>>
  /** The place of a setting. */
  readonly placeOf: (path: readonly string[]) => Place
}

/** @throws DockLockError `config`, with the place, for anything the schema does not allow. */
export async function parseConfig(text: string | undefined, file?: string): Promise<Config> {
  return (await parseSettings(text, file)).config
}

/** @param within the path of the config in the file @throws DockLockError as `parseConfig` */
export async function parseSettings(
  text: string | undefined,
  file: string = CONFIG_NAME,
  within: readonly string[] = [],
): Promise<ParsedConfig> {
  const top = { file, line: 1, column: 1 }
  if (text === undefined) return { config: EMPTY, written: {}, placeOf: () => top }
  const { document, problem, offsetOf } = await parseYaml(text)
  const at = (offset: number): Place => placeAt(file, text, offset)
  const failAt = (offset: number, message: string): never => {
    throw new DockLockError('config', message, {
      place: at(offset),
      hint: `All settings of ${within.map(name => `"${name}" in `).join('')}${file}: schema/config.schema.json in the package`,
    })
  }
  if (problem !== undefined) failAt(problem.offset, problem.message)
  // An ARG is text: 3.20 is not the number 3.2.
  const { visit } = await import('yaml')
  visit(document.getIn([...within, 'buildArgs']) as Node | null, {
    Scalar: (_, scalar) => {
      if (typeof scalar.value === 'number') scalar.value = scalar.source
    },
  })
  const placeOf = (path: readonly string[]) => at(offsetOf([...within, ...path]))
  const fail: Fail = (path, message) => failAt(offsetOf([...within, ...path]), message)
  const whole: unknown = document.toJS() ?? {}
  const written = within.reduce((value, name) => (isObject(value) ? value[name] : undefined), whole)
  const config = toConfig(written, fail, placeOf)
  await checkRanges(config.updates, fail)
  return { config, written: written as ParsedConfig['written'], placeOf }
}

/** Throws an error for the value at that path. */
export type Fail = (path: readonly string[], message: string) => never

function toConfig(value: unknown, fail: Fail, placeOf: (path: readonly string[]) => Place): Config {
  if (!isObject(value)) return fail([], 'the config must be a mapping')
  for (const name of Object.keys(value))
    if (name === 'trust')
      fail([name], '"trust" is a setting of the user: write it into ~/.config/dock-lock/config.yaml')
    else if (!Object.hasOwn(EMPTY, name)) fail([name], unknownSetting(name, Object.keys(EMPTY)))
  const {
    registries = {},
    buildArgs = {},
    platforms = [],
    stores = [],
    pin = 'files',
    files = {},
    ignore = [],
    updates = [],
  } = value

  if (!isObject(buildArgs)) return fail(['buildArgs'], '"buildArgs" must be a mapping')
  const args: Record<string, readonly string[]> = {}
  for (const [name, given] of Object.entries(buildArgs)) {
    const values = Array.isArray(given) ? given : [given]
    if (!isStrings(values))
      return fail(['buildArgs', name], 'the value of an ARG must be text or a list of texts')
    args[name] = values
  }

  if (!isStrings(platforms)) return fail(['platforms'], '"platforms" must be a list')
  atMost(MAX_PLATFORMS, platforms.length, ['platforms', String(MAX_PLATFORMS)], fail)
  const parsed = platforms.map(
    (text, index): Platform =>
      parsePlatform(text) ??
      fail(
        ['platforms', String(index)],
        `"${text.slice(0, 100)}" is not a platform: write os/architecture, as in linux/arm64`,
      ),
  )
  if (pin !== 'files' && pin !== 'policy') return fail(['pin'], '"pin" must be files or policy')
  return {
    registries: toRegistries(registries, fail),
    buildArgs: args,
    platforms: parsed,
    stores: toSelectors(stores, fail).map((selector, index) => {
      const at = ['stores', String(index), ...Object.keys(selector)]
      return { selector, source: 'repository', place: placeOf(at) }
    }),
    pin,
    files: toFiles(files, fail),
    ignore: toRules(ignore, fail),
    updates: toUpdates(updates, fail),
  }
}

export function toRegistries(registries: unknown, fail: Fail): Registries {
  if (!isObject(registries)) return fail(['registries'], '"registries" must be a mapping')
  for (const [host, settings] of Object.entries(registries)) {
    const at = ['registries', host]
    if (!isObject(settings)) return fail(at, 'a registry must be a mapping with "mirrors" or "insecure"')
    const named = parseReference(`${host}/name`)
    if (!named.ok || named.reference.registry !== host)
      fail(
        at,
        `"${host}" is not a registry: write HOST or HOST:PORT, as in the image, and docker.io for Docker Hub`,
      )
    const extra = Object.keys(settings).find(name => name !== 'mirrors' && name !== 'insecure')
    if (extra !== undefined) fail([...at, extra], unknownSetting(extra, ['mirrors', 'insecure']))
    const { mirrors = [], insecure = false } = settings
    if (!isStrings(mirrors)) return fail([...at, 'mirrors'], '"mirrors" must be a list of URLs')
    atMost(MAX_MIRRORS, mirrors.length, [...at, 'mirrors', String(MAX_MIRRORS)], fail)
    const bad = mirrors.find(mirror => !/^https?:\/\/[^\s/?#@]+(?:\/[^\s?#]*)?$/.test(mirror))
    if (bad !== undefined)
      fail(
        [...at, 'mirrors', String(mirrors.indexOf(bad))],
        'a mirror must be an http or https URL without credentials',
      )
    if (typeof insecure !== 'boolean') fail([...at, 'insecure'], '"insecure" must be true or false')
  }
  return registries as Registries
}

export function toSelectors(value: unknown, fail: Fail): readonly StoreSelector[] {
  if (!Array.isArray(value)) return fail(['stores'], '"stores" must be a list')
  atMost(MAX_STORES, value.length, ['stores', String(MAX_STORES)], fail)
  return value.map((entry: unknown, index): StoreSelector => {
    const at = ['stores', String(index)]
    if (!isObject(entry)) return fail(at, 'a store must be a mapping with "host", "context" or "builder"')
    const [[name, store] = ['', undefined], second] = Object.entries(entry)
    if (name !== 'host' && name !== 'context' && name !== 'builder')
      return fail(
        [...at, name],
        name === ''
          ? 'a store must have a "host", "context" or "builder"'
          : unknownSetting(name, ['host', 'context', 'builder']),
      )
    if (second !== undefined)
      fail(
        [...at, second[0]],
        'a store has only one "host", "context" or "builder": start the next store with -',
      )
    if (typeof store !== 'string' || store.trim() === '') return fail([...at, name], `"${name}" must be text`)
    if (name === 'host' && !/^(?:unix|npipe|tcp|ssh):\/\/(?![^/@]*:[^/@]*@)\S(?:[^\p{Cc}]*\S)?$/u.test(store))
      fail(
        [...at, name],
        `"${store}" is not the address of an engine, or contains a password: write unix:///path, tcp://host:port or ssh://user@host`,
      )
    return { [name]: store }
  })
}

function toRules(value: unknown, fail: Fail): readonly IgnoreRule[] {
  if (!Array.isArray(value)) return fail(['ignore'], '"ignore" must be a list')
  let count = 0
  return value.map((entry: unknown, index): IgnoreRule => {
    const at = ['ignore', String(index)]
    if (!isObject(entry))
      return fail(at, 'an entry must be a mapping with "files" or "images", and a "reason"')
    const { reason, files, images, ...others } = entry
    const extra = Object.keys(others)[0]
    if (extra !== undefined) fail([...at, extra], unknownSetting(extra, ['files', 'images', 'reason']))
    if (typeof reason !== 'string' || reason.trim() === '')
      return fail(at, '"reason" is missing: say why this is ignored')
    if ((files === undefined) === (images === undefined))
      return fail(at, 'write either "files" or "images", and a "reason"')
    const patterns = typeof (files ?? images) === 'string' ? [files ?? images] : (files ?? images)
    if (!isStrings(patterns) || patterns.includes(''))
      return fail(at, '"files" and "images" take a pattern, or a list of patterns')
    count += patterns.length
    atMost(MAX_PATTERNS, count, at, fail)
    if (patterns.some(pattern => pattern.length > MAX_PATTERN))
      fail(at, `a pattern is longer than ${MAX_PATTERN} characters`)
    return files === undefined ? { images: patterns, reason } : { files: patterns, reason }
  })
}
