import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startDaemon } from './daemon.ts'
import { atProcessEnd, makeScratch, removeLeftovers, removeScratch, runsDirectory } from './scratch.ts'

/** Debian's docker-registry on a port of loopback, as it is set up by people. */
export interface Distribution {
  readonly port: number
  /** `HEAD /v2/library/alpine/manifests/3.23 200`, oldest first. */
  requests(): readonly string[]
  logs(): string
  stop(): Promise<void>
}

/** @see https://distribution.github.io/distribution/about/configuration/ */
export interface DistributionOptions {
  /** Default: an empty one of its own. */
  readonly storage?: string
  readonly auth?: object
  /** A certificate, its key, and the authorities of clients; all of them paths. */
  readonly tls?: {
    readonly certificate: string
    readonly key: string
    readonly clientcas?: readonly string[]
  }
  /** URL of the registry whose images it passes on and keeps. */
  readonly mirrorOf?: string
}

export async function startDistribution(options: DistributionOptions = {}): Promise<Distribution> {
  removeLeftovers()
  const directory = makeScratch('distribution')
  const cancel = atProcessEnd(() => removeScratch(directory))
  const storage = options.storage ?? join(directory, 'storage')
  mkdirSync(storage, { recursive: true })
  const config = {
    version: '0.1',
    log: { level: 'info', formatter: 'text' },
    storage: { filesystem: { rootdirectory: storage } },
    http: { addr: '127.0.0.1:0', ...(options.tls && { tls: options.tls }) },
    ...(options.auth && { auth: options.auth }),
    ...(options.mirrorOf && { proxy: { remoteurl: options.mirrorOf } }),
  }
  const file = join(directory, 'config.yml')
  const log = join(directory, 'log')
  writeFileSync(file, JSON.stringify(config))
  const daemon = startDaemon({
    command: ['/usr/bin/docker-registry', 'serve', file],
    shared: runsDirectory(),
    log,
  })
  const logs = () => readFileSync(log, 'utf8')
  const stop = async () => {
    await daemon.stop(0)
    cancel()
    removeScratch(directory)
  }
  const port = await waitFor(daemon.running, () => /listening on 127\.0\.0\.1:(\d+)/.exec(logs())?.[1])
  if (port === undefined) {
    const said = logs()
    await stop()
    throw new Error(`docker-registry did not start:\n${said}`)
  }
  return {
    port: Number(port),
    requests: () =>
      [...logs().matchAll(/^\S+ - \S+ \[[^\]]*\] "(\S+ \S+) HTTP\/[\d.]+" (\d+)/gm)].map(
        ([, what, status]) => `${what} ${status}`,
      ),
    logs,
    stop,
  }
}

/** What `find` finds while the daemon runs; undefined when it ends or 20 s have passed. */
async function waitFor<T>(running: () => boolean, find: () => T | undefined): Promise<T | undefined> {
  const deadline = Date.now() + 20_000
  for (;;) {
    const found = find()
    if (found !== undefined || !running() || Date.now() > deadline) return found
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}
