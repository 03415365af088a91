import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Authority, makeAuthority } from './authority.ts'
import { type Engine, type EngineKind, type EngineOptions, startEngine } from './engines.ts'
import { runOrThrow } from './exec.ts'
import { freePort } from './ports.ts'
import { atProcessEnd, makeScratch, removeScratch } from './scratch.ts'
import { type Sshd, startSshd } from './sshd.ts'

/** One engine with every door that it can have: its unix socket, TLS on loopback, docker contexts for both, ssh. */
export interface Doors {
  readonly engine: Engine
  /** For DOCKER_HOST: `tcp://127.0.0.1:PORT`; wants a client certificate. */
  readonly tls: string
  /** Folders for DOCKER_CERT_PATH: `known` opens the door. */
  readonly certificates: Readonly<Record<'known' | 'stranger' | 'none' | 'otherAuthority' | 'broken', string>>
  /** Folder for DOCKER_CONFIG with the contexts `tls`, `unix`, `ssh`, and `skip`, which verifies nothing. */
  readonly config: string
  readonly sshd: Sshd
  /** For DOCKER_HOST: `ssh://root@127.0.0.1:PORT` */
  readonly ssh: string
  stop(): Promise<void>
}

export async function openDoors(kind: EngineKind, options: EngineOptions = {}): Promise<Doors> {
  const directory = makeScratch('doors')
  const cancel = atProcessEnd(() => removeScratch(directory))
  const authority = await makeAuthority(directory)
  const server = await authority.issue('IP:127.0.0.1')
  const tls = `tcp://127.0.0.1:${await freePort()}`
  const files = [`--tlscacert=${authority.certificate}`, `--tlscert=${server.certificate}`]
  const flags = ['--tlsverify', ...files, `--tlskey=${server.key}`, `--host=${tls}`]
  const engine = await startEngine(kind, { ...options, flags })
  const certificates = await makeCertificates(directory, authority)
  const sshd = await startSshd({ PATH: engine.env.PATH ?? '', DOCKER_HOST: engine.host })
  const ssh = `ssh://root@${sshd.address}`
  const config = join(directory, 'config')
  mkdirSync(config)
  const { known } = certificates
  const identity = `ca=${known}/ca.pem,cert=${known}/cert.pem,key=${known}/key.pem`
  const contexts = { tls: `host=${tls},${identity}`, unix: `host=${engine.host}`, ssh: `host=${ssh}` }
  const env = { PATH: engine.env.PATH, DOCKER_CONFIG: config }
  for (const [name, docker] of Object.entries({
    ...contexts,
    skip: `host=${tls},${identity},skip-tls-verify=true`,
  }))
    await runOrThrow('docker', ['context', 'create', name, '--docker', docker], { env })
  return {
    engine,
    tls,
    certificates,
    config,
    sshd,
    ssh,
    async stop() {
      await sshd.stop()
      await engine.stop()
      cancel()
      removeScratch(directory)
    },
  }
}

async function makeCertificates(directory: string, authority: Authority): Promise<Doors['certificates']> {
  const other = await makeAuthority(directory)
  const [known, stranger] = [await authority.issue(), await other.issue()]
  const folder = (name: string, contents: Readonly<Record<string, string>>) => {
    const path = join(directory, name)
    mkdirSync(path)
    for (const [file, source] of Object.entries(contents))
      writeFileSync(join(path, file), readFileSync(source))
    return path
  }
  const own = { 'cert.pem': known.certificate, 'key.pem': known.key }
  const ca = { 'ca.pem': authority.certificate }
  return {
    known: folder('known', { ...ca, ...own }),
    stranger: folder('stranger', { ...ca, 'cert.pem': stranger.certificate, 'key.pem': stranger.key }),
    none: folder('none', ca),
    otherAuthority: folder('other-authority', { 'ca.pem': other.certificate, ...own }),
    broken: folder('broken', { ...ca, 'cert.pem': known.certificate, 'key.pem': stranger.key }),
  }
}
