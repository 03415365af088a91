/** The mirrors of a registry, and whether settings declare it insecure. */
import { DockLockError } from '../../core/error.ts'
import { DOCKER_HUB } from '../../core/reference.ts'
import { isDockerHub, type Registries, type SettingSource } from '../../core/trust.ts'
import type { RegistryOptions } from '../resolver.ts'

export interface SourcedMirror {
  /** A URL. Engines may also name `host[:port]`. */
  readonly mirror: string
  readonly source: SettingSource
}

/** In the order in which they are tried: the user's, the repository's, the engine's. If two sources name the same one, the user's counts. */
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

/** Settings for any name of Docker Hub apply to all of its names. */
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
    throw new DockLockError('config', `a mirror of ${registry} is not a usable URL`, {
      hint: 'Write a mirror as http://HOST or https://HOST, with a port and a path if needed, without user or password. Mirrors are set in .dock-lock.yaml and in the configuration of the engine',
    })
  }
  return url
}
