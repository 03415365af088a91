/** What the settings say about one registry, from each source. */
import { DockLockError } from '../../core/error.ts'
import { DOCKER_HUB } from '../../core/reference.ts'
import { isDockerHub, type Registries, type SettingSource } from '../../core/trust.ts'
import type { RegistryOptions } from '../resolver.ts'

export interface SourcedMirror {
  /** A URL, or `host[:port]` where an engine names it so. */
  readonly mirror: string
  readonly source: SettingSource
}

/** In the order in which they are asked: the user's, the repository's, the engine's. Where two name the same one, the user's counts. */
export function mirrorsOf(
  {
    registries = {},
    repositoryRegistries = {},
    mirrors = [],
  }: Pick<RegistryOptions, 'registries' | 'repositoryRegistries' | 'mirrors'>,
  registry: string,
): readonly SourcedMirror[] {
  const engine = registry === DOCKER_HUB ? mirrors : []
  const user = listed(registries, registry)
  const ofUser = new Set([...user, ...engine])
  const all = new Set([...user, ...listed(repositoryRegistries, registry), ...engine])
  return [...all].map(mirror => ({ mirror, source: ofUser.has(mirror) ? 'user' : 'repository' }))
}

export function isInsecureIn(registries: Registries, host: string): boolean {
  return settingsOf(registries, host).some(({ insecure }) => insecure === true)
}

function listed(registries: Registries, registry: string): readonly string[] {
  return settingsOf(registries, registry).flatMap(({ mirrors = [] }) => mirrors)
}

/** Every name of Docker Hub is Docker Hub. */
function settingsOf(registries: Registries, host: string): readonly Registries[string][] {
  const isHub = isDockerHub(host)
  return Object.entries(registries)
    .filter(([name]) => name === host || (isHub && isDockerHub(name)))
    .map(([, settings]) => settings)
}

/** @throws DockLockError `config` */
export function mirrorUrl(mirror: string, registry: string): URL {
  const text = mirror.includes('://') ? mirror : `https://${mirror}`
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw new DockLockError('config', `a mirror of ${registry} is no URL that can be used`, {
      hint: 'A mirror is http://HOST or https://HOST, with a port and a path where needed, without user or password. Mirrors are named in .dock-lock.yaml and in the configuration of the engine.',
    })
  }
  return url
}
