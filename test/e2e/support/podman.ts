import { cpSync, existsSync, mkdirSync, readFileSync, statfsSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { BuildOptions, Built } from './client.ts'
import { startDaemon } from './daemon.ts'
import { enginesAvailable } from './engines.ts'
import { type Ran, run } from './exec.ts'
import { type Answer, ask, type Question, untilAnswers } from './http.ts'
import { treeDirectory } from './machine.ts'
import { atProcessEnd, makeScratch, removeLeftovers, removeScratch, runsDirectory } from './scratch.ts'

/** Podman of Debian 12, and the one beside Docker 28 in its tree. */
export const podmanKinds = ['podman-4', 'podman-5'] as const
export type PodmanKind = (typeof podmanKinds)[number]

export interface PodmanOptions {
  /** Text of registries.conf, containers-registries.conf(5). Default: {@link mirrorOf} nobody. */
  readonly registries?: string
}

export interface Podman {
  readonly id: PodmanKind
  /** `4.3.1` */
  readonly version: string
  /** For DOCKER_HOST and CONTAINER_HOST: `unix:///…` */
  readonly host: string
  readonly socket: string
  /** What makes dock-lock and docker talk to it. */
  readonly env: Readonly<Record<string, string>>
  /** `podman build` where the service runs, in a process of its own, as people do it. A failed build is an answer, not an error. */
  build(options: BuildOptions): Promise<Built>
  /** Runs podman where the service runs: of this machine's files it sees those in {@link directory}. */
  podman(args: readonly string[], options?: { readonly timeoutMs?: number }): Promise<Ran>
  /** One request to its API. */
  api(question: Question): Promise<Answer>
  /** Seen under this path by the service, too. */
  readonly directory: string
  /** Keeps the store. */
  restart(): Promise<void>
  stop(): Promise<void>
  /** Leaves an empty store. */
  pruneAll(): Promise<void>
  logs(): string
}

/** registries.conf for a host that is asked before docker.io, over http; `more` is added to it. */
export function mirrorOf(address: string, more = ''): string {
  return `unqualified-search-registries = ["docker.io"]
[[registry]]
location = "docker.io"
[[registry.mirror]]
location = "${address}"
insecure = true
${more}`
}

/** Starts Podman's service with an empty store. It ends with this process at the latest, and leaves nothing behind. */
export async function startPodman(kind: PodmanKind, options: PodmanOptions = {}): Promise<Podman> {
  const available = podmanAvailable(kind)
  if (!available.ok) throw new Error(available.reason)
  removeLeftovers()
  const directory = makeScratch(kind)
  const cancel = atProcessEnd(() => removeScratch(directory))
  const socket = join(directory, 'podman.sock')
  const host = `unix://${socket}`
  const log = join(directory, 'log')
  const data = join(directory, 'data')
  const env = writeConfig(directory, data, options.registries ?? 'unqualified-search-registries = []\n')
  const start = async () => {
    const daemon = startDaemon({
      command: ['/usr/bin/podman', 'system', 'service', '--time=0', host],
      shared: runsDirectory(),
      log,
      env,
      ...(kind === 'podman-5' ? { root: treeDirectory() } : {}),
    })
    if (await untilAnswers(socket, '/_ping', daemon.running, 60_000)) return daemon
    await daemon.stop(0)
    throw new Error(`${kind} did not start:\n${readFileSync(log, 'utf8').slice(-4000)}`)
  }
  let daemon = await start()
  const api = (question: Question) => ask(socket, question)
  const podman: Podman['podman'] = (args, more = {}) => {
    const [command, ...before] = daemon.inside()
    return run(command, [...before, '/usr/bin/podman', ...args], {
      env: { PATH: process.env.PATH, ...env },
      ...more,
    })
  }
  const version = JSON.parse((await api({ path: '/version' })).text) as { readonly Version: string }
  let contexts = 0
  return {
    id: kind,
    version: version.Version,
    host,
    socket,
    directory,
    env: { DOCKER_HOST: host, DOCKER_CONFIG: join(directory, 'client') },
    async build({ context, dockerfile, tag, args = {}, flags = [], timeoutMs }) {
      const seen = join(directory, `context-${contexts++}`)
      cpSync(context, seen, { recursive: true })
      const command = ['build']
      if (dockerfile !== undefined) command.push('--file', join(seen, basename(dockerfile)))
      if (tag !== undefined) command.push('--tag', tag)
      for (const [name, value] of Object.entries(args)) command.push('--build-arg', `${name}=${value}`)
      const { code, output, seconds, timedOut } = await podman([...command, ...flags, seen], { timeoutMs })
      return { code: code ?? 137, output, seconds, timedOut }
    },
    podman,
    api,
    async restart() {
      await daemon.stop(15_000)
      daemon = await start()
    },
    async stop() {
      await daemon.stop(0)
      cancel()
      removeScratch(directory)
    },
    async pruneAll() {
      await daemon.stop(0)
      removeScratch(data)
      daemon = await start()
    },
    logs: () => readFileSync(log, 'utf8'),
  }
}

/** Whether Podman can be started here, and in words why not. */
export function podmanAvailable(
  kind: PodmanKind,
): { readonly ok: true } | { readonly ok: false; readonly reason: string } {
  const available = enginesAvailable()
  if (!available.ok) return available
  const program = `${kind === 'podman-5' ? treeDirectory() : ''}/usr/bin/podman`
  if (existsSync(program)) return { ok: true }
  return { ok: false, reason: `no ${program}; run: node --import tsx test/e2e/support/setup.ts` }
}

const overlayMagic = 0x794c7630

/** Answers with the environment in which podman reads nothing of this machine's own configuration. */
function writeConfig(directory: string, data: string, registries: string): Record<string, string> {
  // Within a container the directory may be on overlay itself, which takes no other overlay.
  const driver = statfsSync(directory).type === overlayMagic ? 'vfs' : 'overlay'
  const files = {
    'storage.conf': `[storage]\ndriver = "${driver}"\ngraphroot = "${data}"\nrunroot = "/run/containers"\n`,
    'containers.conf': `[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "none"\ntmp_dir = "/run/libpod"\n[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]\n`,
    'registries.conf': registries,
  }
  mkdirSync(join(directory, 'client'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text)
  return {
    HOME: join(directory, 'client'),
    // RUN without a runtime, and so without cgroups, which there may be none of.
    BUILDAH_ISOLATION: 'chroot',
    PODMAN_IGNORE_CGROUPSV1_WARNING: '1',
    CONTAINERS_STORAGE_CONF: join(directory, 'storage.conf'),
    CONTAINERS_CONF: join(directory, 'containers.conf'),
    CONTAINERS_REGISTRIES_CONF: join(directory, 'registries.conf'),
  }
}
