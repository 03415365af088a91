import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startDaemon } from './daemon.ts'
import { atProcessEnd, makeScratch, removeLeftovers, removeScratch, runsDirectory } from './scratch.ts'

/** Debian's docker-registry (the distribution registry) on a port of loopback. */
export interface Registry {
  readonly port: number
  /** `127.0.0.1:PORT` */
  readonly address: string
  /** Directory of what it holds; other registries may serve it too. */
  readonly storage: string
  /** `HEAD /v2/library/alpine/manifests/3.23 200`, oldest first. */
  requests(): readonly string[]
  logs(): string
  stop(): Promise<void>
}

/** @see https://distribution.github.io/distribution/about/configuration/ */
export interface RegistryOptions {
  /** Default: an empty one of its own. */
  readonly storage?: string
  /** Password by user name: it asks for Basic. */
  readonly users?: Readonly<Record<string, string>>
  /** Of `users`. */
  readonly realm?: string
  /** Its settings for another way to ask for credentials. */
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

export async function startRegistry(options: RegistryOptions = {}): Promise<Registry> {
  removeLeftovers()
  const directory = makeScratch('registry')
  const cancel = atProcessEnd(() => removeScratch(directory))
  const storage = options.storage ?? join(directory, 'storage')
  mkdirSync(storage, { recursive: true })
  const file = join(directory, 'config.yml')
  const log = join(directory, 'log')
  writeFileSync(file, JSON.stringify(configuration(options, directory, storage)))
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
    address: `127.0.0.1:${port}`,
    storage,
    requests: () =>
      [...logs().matchAll(/^\S+ - \S+ \[[^\]]*\] "(\S+ \S+) HTTP\/[\d.]+" (\d+)/gm)].map(
        ([, what, status]) => `${what} ${status}`,
      ),
    logs,
    stop,
  }
}

function configuration(options: RegistryOptions, directory: string, storage: string): object {
  const { users, realm = 'test', auth, tls, mirrorOf } = options
  const path = join(directory, 'htpasswd')
  if (users !== undefined) writeFileSync(path, htpasswd(users))
  return {
    version: '0.1',
    log: { level: 'info', formatter: 'text' },
    storage: { filesystem: { rootdirectory: storage } },
    http: { addr: '127.0.0.1:0', ...(tls && { tls }) },
    ...(auth && { auth }),
    ...(users && { auth: { htpasswd: { realm, path } } }),
    ...(mirrorOf && { proxy: { remoteurl: mirrorOf } }),
  }
}

/** The registry takes bcrypt alone, and perl, a part of every Debian, can make it. */
function htpasswd(users: Readonly<Record<string, string>>): string {
  const script = 'print crypt(<STDIN>, q($2y$05$abcdefghijklmnopqrstuu))'
  return Object.entries(users)
    .map(([username, password]) => {
      const hash = execFileSync('perl', ['-e', script], { input: password, encoding: 'utf8' })
      if (!hash.startsWith('$2y$')) throw new Error('perl made no bcrypt')
      return `${username}:${hash}\n`
    })
    .join('')
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
