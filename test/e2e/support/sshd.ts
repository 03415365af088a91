import { appendFileSync, chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { startDaemon } from './daemon.ts'
import { runOrThrow } from './exec.ts'
import { freePort } from './ports.ts'
import { atProcessEnd, makeScratch, removeScratch, runsDirectory } from './scratch.ts'

/** An OpenSSH server on loopback for this machine's root, with keys of its own, and a client that knows it. */
export interface Sshd {
  readonly port: number
  /** `127.0.0.1:PORT` */
  readonly address: string
  /** File of the private key that it takes. */
  readonly key: string
  /** An `ssh` for PATH that reads nothing of this machine's user: unless told otherwise, it has the key and knows the server. */
  client(options?: SshClientOptions): SshClient
  logs(): string
  stop(): Promise<void>
}

export interface SshClientOptions {
  /** `stranger`: a key that the server does not know. */
  readonly key?: 'user' | 'stranger'
  /** The server's key as the client knows it. */
  readonly known?: 'host' | 'stranger' | 'none'
  /** Lines of ssh_config(5). */
  readonly settings?: readonly string[]
}

export interface SshClient {
  /** Directory to put before PATH. */
  readonly path: string
  /** A line of arguments for each time that it was run. */
  readonly runs: () => readonly string[]
  /** Process ids, of those runs. */
  readonly pids: () => readonly number[]
}

/** `env` is that of the commands over there: SetEnv of sshd_config(5), which takes no quotes. */
export async function startSshd(env: Readonly<Record<string, string>>): Promise<Sshd> {
  const directory = makeScratch('sshd')
  const cancel = atProcessEnd(() => removeScratch(directory))
  const file = (name: string) => join(directory, name)
  for (const name of ['host', 'user', 'stranger']) {
    await runOrThrow('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', file(name)])
  }
  const publicKey = (name: string) => readFileSync(file(`${name}.pub`), 'utf8')
  writeFileSync(file('authorized'), publicKey('user'))
  const port = await freePort()
  for (const name of ['host', 'stranger'])
    writeFileSync(file(`known-${name}`), `[127.0.0.1]:${port} ${publicKey(name)}`)
  writeFileSync(file('known-none'), '')
  const settings = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${file('host')}`,
    `AuthorizedKeysFile ${file('authorized')}`,
    'PidFile none',
    // The scratch directory is nobody's home.
    'StrictModes no',
    'UsePAM no',
    'PermitRootLogin prohibit-password',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PrintMotd no',
    // No start-up file of this machine's shell runs.
    `SetEnv ${Object.entries({ HOME: directory, ...env })
      .map(([name, value]) => `${name}=${value}`)
      .join(' ')}`,
  ]
  writeFileSync(file('sshd_config'), `${settings.join('\n')}\n`)
  const log = file('log')
  const daemon = startDaemon({
    // It must be called by its whole path, and wants a directory below /run, which is empty here.
    command: ['/bin/sh', '-c', `mkdir /run/sshd && exec /usr/sbin/sshd -D -e -f ${file('sshd_config')}`],
    shared: runsDirectory(),
    log,
  })
  let clients = 0
  const sshd: Sshd = {
    port,
    address: `127.0.0.1:${port}`,
    key: file('user'),
    client({ key = 'user', known = 'host', settings: own = [] } = {}) {
      clients += 1
      const path = file(`client-${clients}`)
      mkdirSync(path)
      const config = join(path, 'config')
      const lines = [
        ...own,
        `IdentityFile ${file(key)}`,
        'IdentitiesOnly yes',
        `UserKnownHostsFile ${file(`known-${known}`)}`,
        'GlobalKnownHostsFile none',
      ]
      writeFileSync(config, lines.map(line => `${line}\n`).join(''))
      const runs = join(path, 'runs')
      appendFileSync(runs, '')
      const script = `#!/bin/sh\necho "$$ $*" >>${runs}\nexec /usr/bin/ssh -F ${config} "$@"\n`
      writeFileSync(join(path, 'ssh'), script)
      chmodSync(join(path, 'ssh'), 0o755)
      const recorded = () => readFileSync(runs, 'utf8').split('\n').slice(0, -1)
      return {
        path,
        runs: () => recorded().map(line => line.slice(line.indexOf(' ') + 1)),
        pids: () => recorded().map(line => Number.parseInt(line, 10)),
      }
    },
    logs: () => readFileSync(log, 'utf8'),
    async stop() {
      await daemon.stop(0)
      cancel()
      removeScratch(directory)
    },
  }
  if (await untilAccepts(port, daemon.running)) return sshd
  const said = sshd.logs()
  await sshd.stop()
  throw new Error(`sshd did not start:\n${said}`)
}

/** A port of loopback that nobody has just now. */

async function untilAccepts(port: number, running: () => boolean): Promise<boolean> {
  const deadline = Date.now() + 20_000
  while (running() && Date.now() < deadline) {
    const accepted = await new Promise<boolean>(resolve => {
      const socket = connect(port, '127.0.0.1', () => resolve(true))
      socket.on('error', () => resolve(false))
      setTimeout(() => socket.destroy(), 1000).unref()
    })
    if (accepted) return true
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  return false
}
