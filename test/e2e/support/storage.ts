import { statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface DaemonConfigOptions {
  readonly directory: string
  /** Where the store goes. */
  readonly data: string
  readonly store: 'graphdriver' | 'containerd'
  readonly registryMirrors?: readonly string[]
  readonly insecureRegistries?: readonly string[]
  readonly proxy?: string
}

/** Writes dockerd's configuration file below `directory`; answers with its path. */
export function daemonConfig(options: DaemonConfigOptions): string {
  const {
    directory,
    data,
    store,
    registryMirrors = [],
    insecureRegistries = ['127.0.0.0/8'],
    proxy,
  } = options
  const driver = storageDriver(directory, store)
  const config = {
    'data-root': data,
    // Sockets below it have long names and 108 characters: in the /run that is the daemon's alone.
    'exec-root': '/run/docker',
    pidfile: '/run/docker.pid',
    // No network of its own: needs no kernel module, and changes no rule of this machine. RUN takes --network=none.
    bridge: 'none',
    iptables: false,
    ip6tables: false,
    'registry-mirrors': registryMirrors,
    'insecure-registries': insecureRegistries,
    ...(proxy === undefined ? {} : { proxies: { 'http-proxy': proxy, 'https-proxy': proxy } }),
    ...(store === 'containerd' ? { features: { 'containerd-snapshotter': true } } : {}),
    ...(driver === undefined ? {} : { 'storage-driver': driver }),
  }
  const file = join(directory, 'daemon.json')
  writeFileSync(file, JSON.stringify(config, undefined, 2))
  return file
}

const overlayMagic = 0x794c7630

/** Within a container the directory may be on overlay itself, which takes no other overlay: copying works everywhere. */
function storageDriver(directory: string, store: 'graphdriver' | 'containerd'): string | undefined {
  if (statfsSync(directory).type !== overlayMagic) return undefined
  return store === 'containerd' ? 'native' : 'vfs'
}
