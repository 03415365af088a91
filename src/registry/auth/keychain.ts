/** Credentials from where Docker and Podman store them. */

import { join } from 'node:path'
import type { Credentials } from '../../core/credentials.ts'
import { DockLockError } from '../../core/error.ts'
import type { Debug } from '../../core/mask.ts'
import { DOCKER_HUB } from '../../core/reference.ts'
import type { RegistryRule } from '../../core/registry-rule.ts'
import { dockerFolder, homeFolder } from '../../lib/home.ts'
import { onceFor } from '../../lib/once.ts'
import { type AuthFile, parseAuthFile, readAuthFile, readEntry } from './auth-file.ts'
import { createHelperRunner, type RunHelper } from './credential-helper.ts'
import { AUTH_FILES, podmanHelpers } from './podman-helpers.ts'

/**
 * The credentials for a registry, `host[:port]`; undefined if none are stored. `repository` selects entries that are stored for a
 * namespace or a repository. Files are read once, and a helper runs once for each registry. A file or helper that fails is skipped.
 * @throws DockLockError `unauthorized` for the first failure, if no other place has credentials (a public image needs none);
 *   `interrupted`
 */
export type Keychain = (registry: string, repository?: string) => Promise<Credentials | undefined>

/** One keychain for each kind of engine. They share files and the answers of helpers. An engine with `rules` is Podman. */
export type Keychains = (engine?: { readonly rules?: readonly RegistryRule[] }) => Keychain

type Env = Readonly<Record<string, string | undefined>>

/** Docker stores credentials for Docker Hub under this key, in files and in helpers. */
const HUB_SERVER = 'https://index.docker.io/v1/'
const HUB_API = 'registry-1.docker.io'
/** The keys for Docker Hub in config files, by priority. Podman looks for its own key first. */
const HUB_KEYS = {
  docker: [HUB_SERVER, 'index.docker.io', DOCKER_HUB, HUB_API],
  podman: [DOCKER_HUB, HUB_SERVER, 'index.docker.io', HUB_API],
} as const

/**
 * Docker's registries that accept the credentials of Docker Hub.
 * @see https://github.com/docker/buildx/blob/master/util/dockerutil/dockerconfig/configprovider.go
 */
const HUB_BACKED: readonly string[] = ['dhi.io', 'registry.scout.docker.com']

/** The variable that holds the text of a config file. */
const TEXT = 'DOCKER_AUTH_CONFIG'

/**
 * Places are searched in the order of {@link authPlaces}. Within a file, as in Docker, a helper for the registry (`credHelpers`) comes
 * before the helper for all registries (`credsStore`), which comes before `auths`.
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
  let helpersOfPodman: Promise<readonly string[]> | undefined

  return engine => {
    const kind = engine?.rules === undefined ? 'docker' : 'podman'
    const places = authPlaces(env, kind)
    const isOfDocker = (place: string): boolean => place === TEXT || place === dockerConfigFile(env)

    const lookUps = async (
      registry: string,
      repository: string | undefined,
    ): Promise<(() => Promise<Credentials | undefined>)[]> => {
      const inFile = (place: string) => async () => {
        const file = await read(place)
        return file && lookUp(file, registry, repository, { kind, runHelper: runOnce })
      }
      if (kind === 'docker') {
        const scoped = buildxConfigFiles(env, registry, repository)
        return places
          .flatMap(place => (place === dockerConfigFile(env) ? [...scoped, place] : [place]))
          .map(inFile)
      }
      helpersOfPodman ??= podmanHelpers(env)
      const own = (await helpersOfPodman).flatMap(name =>
        name === AUTH_FILES
          ? places.filter(place => !isOfDocker(place)).map(inFile)
          : [() => runOnce(name, registry)],
      )
      return [...own, ...places.filter(isOfDocker).map(inFile)]
    }

    const keychain: Keychain = async (registry, repository) => {
      let problem: DockLockError | undefined
      for (const look of await lookUps(registry, repository)) {
        try {
          const credentials = await look()
          if (credentials !== undefined) return credentials
        } catch (error) {
          if (!(error instanceof DockLockError) || error.code === 'interrupted') throw error
          problem ??= error
        }
      }
      if (problem !== undefined) throw problem
      return kind === 'docker' && HUB_BACKED.includes(registry) ? keychain(DOCKER_HUB, repository) : undefined
    }
    return keychain
  }
}

async function lookUp(
  file: AuthFile,
  registry: string,
  repository: string | undefined,
  { kind, runHelper }: { readonly kind: 'docker' | 'podman'; readonly runHelper: RunHelper },
): Promise<Credentials | undefined> {
  const hosts = registry === DOCKER_HUB ? HUB_KEYS[kind] : [registry]
  const key = hosts.find(host => Object.hasOwn(file.credHelpers, host))
  const helper = key === undefined ? file.credsStore : String(file.credHelpers[key] ?? '')
  if (helper !== '') return runHelper(helper, key ?? (registry === DOCKER_HUB ? HUB_SERVER : registry))
  for (const name of authKeys(hosts, repository, Object.keys(file.auths))) {
    const credentials = readEntry(file, name)
    if (credentials !== undefined) return credentials
  }
  return undefined
}

/**
 * The keys of `auths` that apply to the repository, the most specific first. A path in a key is a namespace, as in Podman. After a
 * scheme, and in `/v1/` or `/v2/`, a path has no meaning, as in Docker.
 * @see https://github.com/docker/cli/blob/master/cli/config/credentials/file_store.go
 */
function authKeys(
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
  return parseAuthFile(TEXT, text, 'The variable takes the text of a Docker config file, not its path')
}

function dockerConfigFile(env: Env): string {
  return join(dockerFolder(env), 'config.json')
}

/**
 * The files of buildx for one registry or one repository, the most specific first. `@pull` limits a file to pulls.
 * @see https://github.com/docker/buildx/blob/master/util/dockerutil/dockerconfig/configprovider.go
 */
function buildxConfigFiles(env: Env, registry: string, repository: string | undefined): readonly string[] {
  const folder = join(env.BUILDX_CONFIG || join(dockerFolder(env), 'buildx'), 'config')
  const hosts = registry === DOCKER_HUB ? [HUB_API, DOCKER_HUB] : [registry]
  const names = [...(repository === undefined ? [] : hosts.map(host => `${host}/${repository}`)), ...hosts]
  return names.flatMap(name => [`${name}@pull`, name]).map(name => join(folder, name, 'config.json'))
}

/**
 * Docker: `DOCKER_AUTH_CONFIG`, `REGISTRY_AUTH_FILE`, `$DOCKER_CONFIG/config.json` (default `~/.docker`), then Podman's files:
 * `$XDG_RUNTIME_DIR/containers/auth.json` (on Linux without that variable, `/run/containers/UID/auth.json`) and
 * `~/.config/containers/auth.json`. For Podman, Docker's places come last.
 * @see https://github.com/containers/image/blob/main/docs/containers-auth.json.5.md
 */
export function authPlaces(
  env: Env,
  engine: 'docker' | 'podman',
  platform: string = process.platform,
  uid: number | undefined = process.getuid?.(),
): readonly string[] {
  const runtime = env.XDG_RUNTIME_DIR ? join(env.XDG_RUNTIME_DIR, 'containers') : `/run/containers/${uid}`
  const text = env[TEXT] ? [TEXT] : []
  const named = env.REGISTRY_AUTH_FILE ? [env.REGISTRY_AUTH_FILE] : []
  const docker = dockerConfigFile(env)
  const podman = [
    ...(env.XDG_RUNTIME_DIR || platform === 'linux' ? [join(runtime, 'auth.json')] : []),
    join(env.XDG_CONFIG_HOME || join(homeFolder(env), '.config'), 'containers', 'auth.json'),
  ]
  return engine === 'docker' ? [...text, ...named, docker, ...podman] : [...named, ...podman, ...text, docker]
}
