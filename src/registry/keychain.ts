/** Credentials from where the engines' own programs keep them. */
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Credentials } from '../core/credentials.ts'
import { DockLockError } from '../core/error.ts'
import { DOCKER_HUB } from '../core/reference.ts'
import { createHelperRunner, type RunHelper } from './credential-helper.ts'

/**
 * What opens a registry, `host[:port]`; undefined when nothing is stored for it. `repository` finds the entries that Podman keeps
 * by namespace. Files are read once, and a helper is run once for a registry.
 * @throws DockLockError `config` naming the file that is malformed; `unauthorized` when a helper fails (a public image may do
 *   without); `interrupted`
 */
export type Keychain = (registry: string, repository?: string) => Promise<Credentials | undefined>

/** Docker's config.json; Podman's auth.json is a part of it. */
interface AuthFile {
  /** For messages. */
  readonly name: string
  readonly auths: Readonly<Record<string, unknown>>
  readonly credHelpers: Readonly<Record<string, unknown>>
  readonly credsStore?: string
}

type Env = Readonly<Record<string, string | undefined>>

/** Docker Hub goes by this name in config files and helpers. */
const HUB_KEY = 'https://index.docker.io/v1/'

/**
 * Asked in this order: `DOCKER_AUTH_CONFIG`, `REGISTRY_AUTH_FILE`, `$DOCKER_CONFIG/config.json` (`~/.docker`), and Podman's
 * `$XDG_RUNTIME_DIR/containers/auth.json` and `~/.config/containers/auth.json`. Within a file, as Docker does it, a helper of the
 * registry (`credHelpers`) goes before the one for all (`credsStore`), and that before `auths`.
 * @see https://docs.docker.com/reference/cli/docker/login/#configure-the-credential-store
 */
export function createKeychain(env: Env, signal: AbortSignal): Keychain {
  let files: Promise<readonly AuthFile[]> | undefined
  const answers = new Map<string, Promise<Credentials | undefined>>()
  const runHelper = createHelperRunner(env, signal)
  const runOnce: RunHelper = (name, server) => {
    const key = `${name} ${server}`
    const answer = answers.get(key) ?? runHelper(name, server)
    answers.set(key, answer)
    return answer
  }
  return async (registry, repository) => {
    files ??= readAll(env)
    for (const file of await files) {
      const credentials = await lookUp(file, registry, repository, runOnce)
      if (credentials !== undefined) return credentials
    }
    return undefined
  }
}

async function lookUp(
  file: AuthFile,
  registry: string,
  repository: string | undefined,
  runHelper: RunHelper,
): Promise<Credentials | undefined> {
  const hosts = registry === DOCKER_HUB ? [HUB_KEY, 'index.docker.io', DOCKER_HUB] : [registry]
  const own = hosts.find(host => Object.hasOwn(file.credHelpers, host))
  const helper = own === undefined ? file.credsStore : file.credHelpers[own]
  if (helper !== undefined && helper !== '') return runHelper(String(helper), hosts[0]!)
  for (const key of keysFor(hosts, repository, Object.keys(file.auths))) {
    const credentials = readEntry(file, key)
    if (credentials !== undefined) return credentials
  }
  return undefined
}

/** The keys of `auths` that are good for the repository, the most specific first; then the forms of old: `https://host/v1/`. */
function keysFor(
  hosts: readonly string[],
  repository: string | undefined,
  keys: readonly string[],
): string[] {
  const parts = repository?.split('/') ?? []
  const namespaces = parts.map((_, count) => parts.slice(0, parts.length - count).join('/'))
  const exact = [...namespaces.flatMap(path => hosts.map(host => `${host}/${path}`)), ...hosts]
  const legacy = keys.filter(key =>
    hosts.includes(key.replace(/^https?:\/\//, '').replace(/(?:\/v[12])?\/?$/, '')),
  )
  return [...new Set([...exact.filter(key => keys.includes(key)), ...legacy])]
}

function readEntry({ name, auths }: AuthFile, key: string): Credentials | undefined {
  const entry = auths[key]
  const text = (field: string): string => {
    const value = isObject(entry) ? entry[field] : undefined
    return typeof value === 'string' ? value : ''
  }
  if (text('registrytoken') !== '') return { registryToken: text('registrytoken') }
  if (text('identitytoken') !== '') return { identityToken: text('identitytoken') }
  if (text('auth') !== '') {
    const decoded = Buffer.from(text('auth'), 'base64').toString().replace(/\0+$/, '')
    const colon = decoded.indexOf(':')
    if (colon < 1) {
      throw new DockLockError('config', `${name}: the "auth" of ${key} is not the base64 of user:password`, {
        hint: 'Run "docker login" for it again.',
      })
    }
    return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) }
  }
  return text('username') === '' ? undefined : { username: text('username'), password: text('password') }
}

async function readAll(env: Env): Promise<readonly AuthFile[]> {
  const home = env.HOME || env.USERPROFILE || homedir()
  const paths = [
    env.REGISTRY_AUTH_FILE,
    join(env.DOCKER_CONFIG || join(home, '.docker'), 'config.json'),
    env.XDG_RUNTIME_DIR && join(env.XDG_RUNTIME_DIR, 'containers', 'auth.json'),
    join(env.XDG_CONFIG_HOME || join(home, '.config'), 'containers', 'auth.json'),
  ]
  const given = env.DOCKER_AUTH_CONFIG ? parse('DOCKER_AUTH_CONFIG', env.DOCKER_AUTH_CONFIG) : undefined
  const files = await Promise.all(paths.map(path => (path ? readOne(path) : undefined)))
  return [given, ...files].filter(file => file !== undefined)
}

async function readOne(path: string): Promise<AuthFile | undefined> {
  try {
    return parse(path, await readFile(path, 'utf8'))
  } catch (error) {
    if (error instanceof DockLockError) throw error
    const code = String((error as NodeJS.ErrnoException).code)
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new DockLockError('config', `${path} cannot be read (${code})`)
  }
}

/** Of a mistake only the place is told: the text around it may be a password. */
function parse(name: string, text: string): AuthFile {
  const malformed = (what: string): DockLockError =>
    new DockLockError('config', `${name} ${what}`, {
      hint: 'It holds the credentials for registries. Repair it, or run "docker login" anew.',
    })
  let value: unknown
  try {
    value = JSON.parse(text.replace(/^\ufeff/, '') || '{}')
  } catch {
    throw malformed('is not valid JSON')
  }
  if (!isObject(value)) throw malformed('is not a JSON object')
  const table = (field: string): Record<string, unknown> => {
    const entries = value[field] ?? {}
    if (!isObject(entries)) throw malformed(`has "${field}" that is not a JSON object`)
    return entries
  }
  const { credsStore } = value
  if (credsStore !== undefined && typeof credsStore !== 'string')
    throw malformed('has "credsStore" that is not a string')
  return {
    name,
    auths: table('auths'),
    credHelpers: table('credHelpers'),
    ...(credsStore !== undefined && { credsStore }),
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
