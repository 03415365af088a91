/** Credentials from where the engines' own programs keep them. */

import { join } from 'node:path'
import type { Credentials } from '../../core/credentials.ts'
import { DockLockError } from '../../core/error.ts'
import type { Debug } from '../../core/mask.ts'
import { DOCKER_HUB } from '../../core/reference.ts'
import type { RegistryRule } from '../../core/registry-rule.ts'
import { homeFolder } from '../../lib/home.ts'
import { onceFor } from '../../lib/once.ts'
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

/** One for each kind of engine, which share what has been read and what helpers said. Podman is known by its rules. */
export type Keychains = (engine?: { readonly rules?: readonly RegistryRule[] }) => Keychain

type Env = Readonly<Record<string, string | undefined>>

/** Docker Hub goes by these names in config files; by the first in helpers. */
const HUB_KEYS = ['https://index.docker.io/v1/', 'index.docker.io', DOCKER_HUB, 'registry-1.docker.io']

/** The variable that holds the text of a config file. */
const TEXT = 'DOCKER_AUTH_CONFIG'

/**
 * Asked in the order of {@link authPlaces}. Within a file, as Docker does it, a helper of the registry (`credHelpers`) goes before the
 * one for all (`credsStore`), and that before `auths`.
 * @see https://docs.docker.com/reference/cli/docker/login/#configure-the-credential-store
 */
export function createKeychains(env: Env, signal: AbortSignal, debug?: Debug): Keychains {
  const files = new Map<string, Promise<AuthFile | undefined>>()
  const read = (place: string): Promise<AuthFile | undefined> =>
    onceFor(files, place, () => (place === TEXT ? readText(env[TEXT] ?? '') : readAuthFile(place)))
  const answers = new Map<string, Promise<Credentials | undefined>>()
  const runHelper = createHelperRunner(env, signal, undefined, debug)
  const runOnce: RunHelper = (name, server) =>
    onceFor(answers, `${name} ${server}`, () => runHelper(name, server))
  return engine => async (registry, repository) => {
    let problem: DockLockError | undefined
    for (const place of authPlaces(env, engine?.rules === undefined ? 'docker' : 'podman')) {
      try {
        const file = await read(place)
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
  const hosts = registry === DOCKER_HUB ? HUB_KEYS : [registry]
  const own = hosts.find(host => Object.hasOwn(file.credHelpers, host))
  const helper = own === undefined ? file.credsStore : String(file.credHelpers[own] ?? '')
  if (helper !== '') return runHelper(helper, own ?? hosts[0]!)
  for (const key of keysFor(hosts, repository, Object.keys(file.auths))) {
    const credentials = readEntry(file, key)
    if (credentials !== undefined) return credentials
  }
  return undefined
}

/**
 * The keys of `auths` that are good for the repository, the most specific first. A path in a key is a namespace, as Podman has it;
 * behind a scheme, and `/v1/` or `/v2/`, it means nothing, as Docker has it.
 * @see https://github.com/docker/cli/blob/master/cli/config/credentials/file_store.go
 */
function keysFor(
  hosts: readonly string[],
  repository: string | undefined,
  keys: readonly string[],
): string[] {
  const parts = repository?.split('/') ?? []
  const namespaces = parts.map((_, count) => parts.slice(0, parts.length - count).join('/'))
  const exact = [...namespaces.flatMap(path => hosts.map(host => `${host}/${path}`)), ...hosts]
  const legacy = keys.filter(key =>
    hosts.includes(key.replace(/^https?:\/\/([^/]*).*$/, '$1').replace(/(?:\/v[12])?\/?$/, '')),
  )
  return [...new Set([...exact.filter(key => keys.includes(key)), ...legacy])]
}

async function readText(text: string): Promise<AuthFile> {
  return parseAuthFile(TEXT, text, 'It holds the text of a Docker config file, not its name.')
}

/**
 * For Docker `DOCKER_AUTH_CONFIG`, `REGISTRY_AUTH_FILE`, `$DOCKER_CONFIG/config.json` (`~/.docker`), and then Podman's own:
 * `$XDG_RUNTIME_DIR/containers/auth.json`, where Linux has `/run/containers/UID/auth.json` without that variable, as for root; and
 * `~/.config/containers/auth.json`. For Podman Docker's come last.
 * @see https://github.com/containers/image/blob/main/docs/containers-auth.json.5.md
 */
export function authPlaces(
  env: Env,
  engine: 'docker' | 'podman',
  platform: string = process.platform,
  uid: number | undefined = process.getuid?.(),
): readonly string[] {
  const home = homeFolder(env)
  const runtime = env.XDG_RUNTIME_DIR ? join(env.XDG_RUNTIME_DIR, 'containers') : `/run/containers/${uid}`
  const text = env[TEXT] ? [TEXT] : []
  const named = env.REGISTRY_AUTH_FILE ? [env.REGISTRY_AUTH_FILE] : []
  const docker = join(env.DOCKER_CONFIG || join(home, '.docker'), 'config.json')
  const podman = [
    ...(env.XDG_RUNTIME_DIR || platform === 'linux' ? [join(runtime, 'auth.json')] : []),
    join(env.XDG_CONFIG_HOME || join(home, '.config'), 'containers', 'auth.json'),
  ]
  return engine === 'docker' ? [...text, ...named, docker, ...podman] : [...named, ...podman, ...text, docker]
}
