/**
 * The parts of `GET /info` that matter for images.
 * @see https://docs.docker.com/reference/api/engine/version/v1.51/#tag/System/operation/SystemInfo
 */
import { enginePlatform } from '../../core/platform-match.ts'
import { field, stringsField, textField } from '../../lib/json.ts'
import type { StoreInfo } from '../store.ts'
import type { TagLookup } from './check-image.ts'

/** Undefined if the document lacks the engine's platform. `server` is the header of that name. */
export function readInfo(document: unknown, host: string, server: string): StoreInfo | undefined {
  const platform = enginePlatform(textField(document, 'OSType'), textField(document, 'Architecture'))
  if (platform === undefined) return undefined
  const registries = field(document, 'RegistryConfig')
  const indexes = field(registries, 'IndexConfigs')
  const version = textField(document, 'ServerVersion')
  const podman = /libpod|podman/i.test(server)
  return {
    kind: podman ? 'podman' : 'docker',
    version,
    name: `${podman ? 'Podman' : 'Docker'} ${version}`.trim(),
    host,
    imageStore: podman ? 'containers-storage' : imageStoreOf(document),
    maxState: 'present',
    platform,
    mirrors: stringsField(registries, 'Mirrors'),
    insecureRegistries: Object.entries(indexes ?? {})
      .filter(([, index]) => field(index, 'Secure') === false)
      .map(([name]) => name),
    insecureCidrs: stringsField(registries, 'InsecureRegistryCIDRs'),
  }
}

/**
 * See `Lookup`: Docker 28.4 is the first release whose BuildKit (0.24) always finds `name:tag@digest` by the tag. An engine without a version
 * counts as old, and an unknown store as the strictest one. Parsed by hand: every run does this, and semver takes 4 ms to load.
 */
export function lookupOf({ imageStore, version }: StoreInfo): TagLookup {
  if (imageStore === 'unknown') return 'exact'
  if (imageStore !== 'containerd') return 'digest'
  const [major = 0, minor = 0] = /(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number) ?? []
  return major > 28 || (major === 28 && minor >= 4) ? 'tag' : 'exact'
}

/** Names that only a graphdriver has. containerd's snapshotters are `overlayfs` or `native`, or share the names of other graphdrivers. */
const GRAPHDRIVERS = ['overlay2', 'vfs', 'aufs', 'devicemapper', 'windowsfilter', 'lcow']

/** `unknown` if the engine does not report it: a build from an image without its tag is safe in one store and not in the other. */
function imageStoreOf(document: unknown): 'containerd' | 'graphdriver' | 'unknown' {
  // Podman behind a proxy that removes its headers. Its builds follow other rules.
  if (field(document, 'BuildahVersion') !== undefined) return 'unknown'
  if (GRAPHDRIVERS.includes(textField(document, 'Driver'))) return 'graphdriver'
  const status = field(document, 'DriverStatus')
  if (!Array.isArray(status) || status.length === 0) return 'unknown'
  const snapshotter = /^\["driver-type","io\.containerd\.snapshotter\.v1"\]$/
  if (status.some(pair => snapshotter.test(JSON.stringify(pair)))) return 'containerd'
  const driver = /^(?:btrfs|zfs|fuse-overlayfs)$/.test(textField(document, 'Driver'))
  return driver && !JSON.stringify(status).includes('containerd') ? 'graphdriver' : 'unknown'
}
