import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type BuildOptions, type Built, build, prepareClient } from './client.ts'
import { startDaemon } from './daemon.ts'
import { type Ran, run, runOrThrow } from './exec.ts'
import { type Answer, ask, type Question, untilAnswers } from './http.ts'
import { e2eDirectory, hostProblem, isSetUp, treeDirectory } from './machine.ts'
import { atProcessEnd, makeScratch, removeLeftovers, removeScratch, runsDirectory } from './scratch.ts'
import { daemonConfig } from './storage.ts'

export const engineKinds = ['docker-20.10', 'docker-28-graphdriver', 'docker-28-containerd'] as const
export type EngineKind = (typeof engineKinds)[number]

export interface EngineOptions {
  /** URLs tried before docker.io for its images. */
  readonly registryMirrors?: readonly string[]
  /** Hosts or CIDR blocks. Default: 127.0.0.0/8. */
  readonly insecureRegistries?: readonly string[]
  /** URL of an HTTP proxy for all registries that are not on loopback. */
  readonly proxy?: string
  /** More options of dockerd: `--host=tcp://…`. */
  readonly flags?: readonly string[]
  /** The store is on a disk of this size, as in `64m`; it is lost with the daemon. */
  readonly disk?: string
}

export interface Engine {
  readonly id: EngineKind
  /** The version that the daemon reports. */
  readonly version: string
  readonly store: 'graphdriver' | 'containerd'
  /**
   * The hardest loss of network in which a build from a kept image must pass. Docker before 28 asks the registry once
   * more from the containerd store: it bears a refusal, and waits for an answer that never comes.
   */
  readonly outage: 'refuse' | 'hang'
  /** For DOCKER_HOST: `unix:///…` */
  readonly host: string
  /** Runs a program where the daemon runs: on its root and mounts. */
  inside(...command: readonly string[]): Promise<Ran>
  /** The folder of its store. */
  readonly data: string
  /** Path of the unix socket. */
  readonly socket: string
  /** The environment that makes its own client talk to it: DOCKER_HOST, DOCKER_CONFIG, PATH with that client first. */
  readonly env: Readonly<Record<string, string>>
  /** Builds with BuildKit. A failed build is an answer, not an error. */
  build(options: BuildOptions): Promise<Built>
  /** Runs the engine's own client. */
  docker(args: readonly string[], options?: { readonly timeoutMs?: number }): Promise<Ran>
  /** One request to the Engine API. */
  api(question: Question): Promise<Answer>
  /** To dockerd alone. */
  signal(name: NodeJS.Signals): void
  /** Ends the daemon as a power failure would; `restart` starts it again. */
  kill(): Promise<void>
  /** Keeps the store. Forgets what BuildKit holds in memory, such as which repositories it has lately reached. */
  restart(): Promise<void>
  stop(): Promise<void>
  pruneBuildCache(): Promise<void>
  /** Leaves an empty store: no container, image or build cache; restarts the daemon. */
  pruneAll(): Promise<void>
  /** Ends the daemon in order, and keeps a copy of its store. */
  saveStore(): Promise<void>
  /** Starts the daemon on what was copied, as often as it is called. */
  restoreStore(): Promise<void>
  logs(): string
}

/** Whether engines can be started here, and in words why not. */
export function enginesAvailable(): { readonly ok: true } | { readonly ok: false; readonly reason: string } {
  const problem = hostProblem()
  if (problem !== undefined) return { ok: false, reason: problem }
  if (isSetUp()) return { ok: true }
  const reason = `${e2eDirectory()} is not set up; run: node --import tsx test/e2e/support/setup.ts`
  return { ok: false, reason }
}

/** Starts an engine with an empty store. It ends with this process at the latest, and leaves nothing behind. */
export async function startEngine(kind: EngineKind, options: EngineOptions = {}): Promise<Engine> {
  const available = enginesAvailable()
  if (!available.ok) throw new Error(available.reason)
  removeLeftovers()
  const directory = makeScratch(kind)
  const cancel = atProcessEnd(() => removeScratch(directory))
  const socket = join(directory, 'docker.sock')
  const host = `unix://${socket}`
  const log = join(directory, 'log')
  const store = kind === 'docker-28-containerd' ? 'containerd' : 'graphdriver'
  const data = join(directory, 'data')
  const saved = join(directory, 'saved')
  const { flags = [], disk } = options
  const config = daemonConfig({ directory, data, store, ...options })
  const client = prepareClient(kind, directory, host)
  const isTree = kind !== 'docker-20.10'
  const start = async () => {
    const dockerd: [string, ...string[]] = [
      '/usr/sbin/dockerd',
      '--config-file',
      config,
      '--host',
      host,
      ...flags,
    ]
    const mounted = 'mkdir -p "$0"; mount -t tmpfs -o size="$1" tmpfs "$0"; shift; exec "$@"'
    const daemon = startDaemon({
      command: disk === undefined ? dockerd : ['sh', '-euc', mounted, data, disk, ...dockerd],
      shared: runsDirectory(),
      log,
      ...(isTree ? { root: treeDirectory() } : {}),
    })
    if (await untilAnswers(socket, '/_ping', daemon.running, 60_000)) return daemon
    await daemon.stop(0)
    throw new Error(`${kind} did not start:\n${readFileSync(log, 'utf8').slice(-4000)}`)
  }
  let daemon = await start()
  const api = (question: Question) => ask(socket, question)
  const version = JSON.parse((await api({ path: '/version' })).text) as { readonly Version: string }
  return {
    id: kind,
    version: version.Version,
    store,
    outage: store === 'graphdriver' || Number.parseInt(version.Version, 10) >= 28 ? 'hang' : 'refuse',
    host,
    socket,
    data,
    env: client.env,
    build: options => build(client, options),
    docker: (args, options = {}) => run(client.docker, args, { env: client.env, ...options }),
    api,
    signal: name => daemon.signal(name),
    kill: () => daemon.stop(0),
    inside(...command) {
      const [program, ...args] = daemon.inside()
      return run(program, [...args, ...command])
    },
    async restart() {
      await daemon.stop(15_000)
      daemon = await start()
    },
    async stop() {
      await daemon.stop(0)
      cancel()
      removeScratch(directory)
    },
    async pruneBuildCache() {
      const answer = await api({ method: 'POST', path: '/build/prune?all=true' })
      if (answer.status !== 200) throw new Error(`${kind} answered ${answer.status}: ${answer.text}`)
    },
    async pruneAll() {
      // By the API, what a build that was cut off holds on to would stay for minutes.
      await daemon.stop(0)
      removeScratch(data)
      daemon = await start()
    },
    async saveStore() {
      await daemon.stop(15_000)
      removeScratch(saved)
      await runOrThrow('cp', ['--archive', data, saved])
    },
    async restoreStore() {
      await daemon.stop(0)
      removeScratch(data)
      await runOrThrow('cp', ['--archive', saved, data])
      daemon = await start()
    },
    logs: () => readFileSync(log, 'utf8'),
  }
}
