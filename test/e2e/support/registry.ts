import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startDaemon } from './daemon.ts'
import { untilAnswers } from './http.ts'
import { atProcessEnd, makeScratch, removeLeftovers, removeScratch, runsDirectory } from './scratch.ts'

/** Debian's docker-registry (the distribution registry) with an empty storage; reached by a unix socket. */
export interface Registry {
  readonly socket: string
  /** Directory of what it holds; other registries may serve it too. */
  readonly storage: string
  logs(): string
  stop(): Promise<void>
}

export async function startRegistry(): Promise<Registry> {
  removeLeftovers()
  const directory = makeScratch('registry')
  const cancel = atProcessEnd(() => removeScratch(directory))
  const socket = join(directory, 'registry.sock')
  const storage = join(directory, 'storage')
  const log = join(directory, 'log')
  const config = {
    version: '0.1',
    log: { level: 'warn' },
    storage: { filesystem: { rootdirectory: storage }, delete: { enabled: true } },
    http: { net: 'unix', addr: socket },
  }
  const file = join(directory, 'config.yml')
  writeFileSync(file, JSON.stringify(config))
  const daemon = startDaemon({
    command: ['/usr/bin/docker-registry', 'serve', file],
    shared: runsDirectory(),
    log,
  })
  const registry: Registry = {
    socket,
    storage,
    logs: () => readFileSync(log, 'utf8'),
    async stop() {
      await daemon.stop(0)
      cancel()
      removeScratch(directory)
    },
  }
  if (!(await untilAnswers(socket, '/v2/', daemon.running, 20_000))) {
    const said = registry.logs()
    await registry.stop()
    throw new Error(`docker-registry did not start:\n${said}`)
  }
  return registry
}
