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
    platform: formatPlatform(platform),
    mirrors: strings(registries, 'Mirrors'),
    insecureRegistries: Object.entries(indexes ?? {})
      .filter(([, index]) => member(index, 'Secure') === false)
      .map(([name]) => name),
    insecureCidrs: strings(registries, 'InsecureRegistryCIDRs'),
  }
}

/** The first Docker whose BuildKit (0.24) surely finds `name:tag@digest` by the tag. */
const FINDS_BY_TAG = '28.4.0'

/** See `Lookup`. An engine that does not tell its version is taken for an old one. */
export async function lookupOf({ imageStore, name }: StoreInfo): Promise<Lookup> {
  if (imageStore !== 'containerd') return 'digest'
  const [coerce, gte] = await Promise.all([
    import('semver/functions/coerce.js'),
    import('semver/functions/gte.js'),
  ])
  return gte.default(coerce.default(name) ?? '0.0.0', FINDS_BY_TAG) ? 'tag' : 'exact'
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
