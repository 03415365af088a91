/**
 * `GET /info`, of which this takes what decides about images.
 * @see https://docs.docker.com/reference/api/engine/version/v1.51/#tag/System/operation/SystemInfo
 */
import { formatPlatform } from '../core/platform.ts'
import { enginePlatform } from '../core/platform-match.ts'
import type { Lookup } from './docker-images.ts'
import { member, strings, text } from './json.ts'
import type { StoreInfo } from './store.ts'

/** Undefined when the document does not say for what platform the engine runs. `server` is the header of that name. */
export function readInfo(document: unknown, host: string, server: string): StoreInfo | undefined {
  const platform = enginePlatform(text(document, 'OSType'), text(document, 'Architecture'))
  if (platform === undefined) return undefined
  const registries = member(document, 'RegistryConfig')
  const indexes = member(registries, 'IndexConfigs')
  const podman = /libpod|podman/i.test(server)
  return {
    name: `${podman ? 'Podman' : 'Docker'} ${text(document, 'ServerVersion')}`.trim(),
    host,
    imageStore: podman ? 'containers-storage' : isContainerd(document) ? 'containerd' : 'graphdriver',
    best: 'present',
    platform: formatPlatform(platform),
    mirrors: strings(registries, 'Mirrors'),
    insecureRegistries: Object.entries(indexes ?? {})
      .filter(([, index]) => member(index, 'Secure') === false)
      .map(([name]) => name),
    insecureCidrs: strings(registries, 'InsecureRegistryCIDRs'),
  }
}

/**
 * See `Lookup`: Docker 28.4 is the first whose BuildKit (0.24) surely finds `name:tag@digest` by the tag. An engine that does not tell
 * its version is taken for an old one. By hand, because every run comes by and semver takes 4 ms to load.
 */
export function lookupOf({ imageStore, name }: StoreInfo): Lookup {
  if (imageStore !== 'containerd') return 'digest'
  const [major = 0, minor = 0] = /(\d+)\.(\d+)/.exec(name)?.slice(1).map(Number) ?? []
  return major > 28 || (major === 28 && minor >= 4) ? 'tag' : 'exact'
}

function isContainerd(document: unknown): boolean {
  const status = member(document, 'DriverStatus')
  return (
    Array.isArray(status) &&
    status.some(
      pair => Array.isArray(pair) && pair[0] === 'driver-type' && pair[1] === 'io.containerd.snapshotter.v1',
    )
  )
}
