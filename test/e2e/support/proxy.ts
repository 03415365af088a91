import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { startDaemon } from './daemon.ts'
import { freePort } from './ports.ts'
import { atProcessEnd, makeScratch, removeScratch, runsDirectory } from './scratch.ts'

/** Debian's tinyproxy on loopback. */
export interface ForwardProxy {
  /** `127.0.0.1:PORT` */
  readonly address: string
  /** `GET http://host/path`, `CONNECT host:443`, oldest first. */
  requests(): readonly string[]
  stop(): Promise<void>
}

export async function startForwardProxy(login?: {
  readonly username: string
  readonly password: string
}): Promise<ForwardProxy> {
  const directory = makeScratch('proxy')
  const cancel = atProcessEnd(() => removeScratch(directory))
  const port = await freePort()
  const log = join(directory, 'log')
  const lines = [`Port ${port}`, 'Listen 127.0.0.1', 'Allow 127.0.0.1', 'LogLevel Connect', 'Timeout 60']
  if (login !== undefined) lines.push(`BasicAuth ${login.username} ${login.password}`)
  const file = join(directory, 'tinyproxy.conf')
  writeFileSync(file, `${lines.join('\n')}\n`)
  const daemon = startDaemon({
    command: ['/usr/bin/tinyproxy', '-d', '-c', file],
    shared: runsDirectory(),
    log,
  })
  const logs = () => (existsSync(log) ? readFileSync(log, 'utf8') : '')
  const stop = async () => {
    await daemon.stop(0)
    cancel()
    removeScratch(directory)
  }
  const deadline = Date.now() + 20_000
  while (!(await accepts(port))) {
    if (daemon.running() && Date.now() < deadline) continue
    const said = logs()
    await stop()
    throw new Error(`tinyproxy did not start:\n${said}`)
  }
  return {
    address: `127.0.0.1:${port}`,
    requests: () =>
      [...logs().matchAll(/Request \(file descriptor \d+\): (\S+ \S+) HTTP/g)].map(([, what]) => `${what}`),
    stop,
  }
}

async function accepts(port: number): Promise<boolean> {
  const socket = createConnection(port, '127.0.0.1')
  const answer = await new Promise<boolean>(resolve => {
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
  })
  socket.destroy()
  if (!answer) await new Promise(resolve => setTimeout(resolve, 20))
  return answer
}
