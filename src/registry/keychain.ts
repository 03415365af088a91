/** Credentials from where the engines' own programs keep them. */
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Credentials } from '../core/credentials.ts'
import { DockLockError } from '../core/error.ts'
import { DOCKER_HUB } from '../core/reference.ts'
import { type AuthFile, parseAuthFile, readAuthFile, readEntry } from './auth-file.ts'
import { createHelperRunner, type RunHelper } from './credential-helper.ts'

/**
 * What opens a registry, `host[:port]`; undefined when nothing is stored for it. `repository` finds the entries that Podman keeps
 * by namespace. Files are read once, and a helper is run once for a registry. A file that cannot be used, or a helper that fails, is
 * passed over.
 * @throws DockLockError `unauthorized` naming the first of those, when no other place has anything (a public image may do without);
 *   `interrupted`
 */
export type Keychain = (registry: string, repository?: string) => Promise<Credentials | undefined>

type Env = Readonly<Record<string, string | undefined>>

/** Docker Hub goes by this name in config files and helpers. */
const HUB_KEY = 'https://index.docker.io/v1/'

/**
 * Asked in this order: `DOCKER_AUTH_CONFIG`, then {@link authFiles}. Within a file, as Docker does it, a helper of the registry
 * (`credHelpers`) goes before the one for all (`credsStore`), and that before `auths`.
 * @see https://docs.docker.com/reference/cli/docker/login/#configure-the-credential-store
 */
export function createKeychain(env: Env, signal: AbortSignal): Keychain {
  let files: readonly Promise<AuthFile | undefined>[] | undefined
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
    let problem: DockLockError | undefined
    for (const each of files) {
      try {
        const file = await each
        const credentials = file && (await lookUp(file, registry, repository, runOnce))
        if (credentials !== undefined) return credentials
      } catch (error) {
        if (!(error instanceof DockLockError) || error.code === 'interrupted') throw error
        problem ??= error
      }
    }
    if (problem !== undefined) throw problem
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
  const helper = own === undefined ? file.credsStore : String(file.credHelpers[own] ?? '')
  if (helper !== '') return runHelper(helper, hosts[0]!)
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

function readAll(env: Env): readonly Promise<AuthFile | undefined>[] {
  const given = env.DOCKER_AUTH_CONFIG
  const files = [...(given ? [readVariable(given)] : []), ...authFiles(env).map(readAuthFile)]
  // Whoever asks hears of it.
  for (const each of files) each.catch(() => {})
  return files
}

async function readVariable(text: string): Promise<AuthFile> {
  return parseAuthFile('DOCKER_AUTH_CONFIG', text, 'It holds the text of a Docker config file, not its name.')
}

/**
 * `REGISTRY_AUTH_FILE`, `$DOCKER_CONFIG/config.json` (`~/.docker`), and Podman's: `$XDG_RUNTIME_DIR/containers/auth.json`, where Linux
 * has `/run/containers/UID/auth.json` without that variable, as for root; and `~/.config/containers/auth.json`.
 * @see https://github.com/containers/image/blob/main/docs/containers-auth.json.5.md
 */
export function authFiles(
  env: Env,
  platform: string = process.platform,
  uid: number | undefined = process.getuid?.(),
): readonly string[] {
  const home = env.HOME || env.USERPROFILE || homedir()
  const runtime = env.XDG_RUNTIME_DIR ? join(env.XDG_RUNTIME_DIR, 'containers') : `/run/containers/${uid}`
  return [
    ...(env.REGISTRY_AUTH_FILE ? [env.REGISTRY_AUTH_FILE] : []),
    join(env.DOCKER_CONFIG || join(home, '.docker'), 'config.json'),
    ...(env.XDG_RUNTIME_DIR || platform === 'linux' ? [join(runtime, 'auth.json')] : []),
    join(env.XDG_CONFIG_HOME || join(home, '.config'), 'containers', 'auth.json'),
  ]
}
