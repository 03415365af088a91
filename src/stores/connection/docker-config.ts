/**
 * The docker CLI's own configuration, of which this reads what says where an engine is: contexts, and TLS files.
 * @see https://github.com/docker/cli/tree/master/cli/context/store
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DockLockError } from '../../core/error.ts'
import { homeFolder } from '../../lib/home.ts'
import { field, textField } from '../../lib/json.ts'

type Env = Readonly<Record<string, string | undefined>>

/** PEM texts. */
export interface TlsOptions {
  /** Where they were looked for. */
  readonly folder: string
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly rejectUnauthorized: boolean
}

/** What a context says of its engine. */
export interface DockerContext {
  /** As it stands there; empty when there is none. */
  readonly host: string
  /** Absent: it has no TLS files, and does not ask for TLS without them. For tcp alone. */
  readonly tls?: TlsOptions
}

/** Where the docker CLI keeps its configuration. */
export function configFolder(env: Env): string {
  return env.DOCKER_CONFIG || join(homeFolder(env), '.docker')
}

/** Of `docker context use`. A file that cannot be used says nothing: of that the docker command warns, and goes on. */
export async function currentContext(env: Env): Promise<string | undefined> {
  const path = join(configFolder(env), 'config.json')
  const name = field(await readJson(path).catch(() => undefined), 'currentContext')
  return typeof name === 'string' && name !== '' ? name : undefined
}

/** Undefined when there is no such context. @throws DockLockError `config` */
export async function readContext(name: string, env: Env): Promise<DockerContext | undefined> {
  // Only contexts need it, and it costs 2 ms.
  const { createHash } = await import('node:crypto')
  const id = createHash('sha256').update(name).digest('hex')
  const contexts = join(configFolder(env), 'contexts')
  const meta = await readJson(join(contexts, 'meta', id, 'meta.json'))
  if (meta === undefined) return undefined
  const docker = field(field(meta, 'Endpoints'), 'docker')
  const tls = await readTls(join(contexts, 'tls', id, 'docker'), field(docker, 'SkipTLSVerify') !== true)
  const secure = tls.ca !== undefined || tls.cert !== undefined || !tls.rejectUnauthorized
  return { host: textField(docker, 'Host'), ...(secure && { tls }) }
}

/** The files of a folder that docker would take. @throws DockLockError `config` */
export async function readTls(folder: string, rejectUnauthorized: boolean): Promise<TlsOptions> {
  const [ca, cert, key] = await Promise.all(
    ['ca.pem', 'cert.pem', 'key.pem'].map(name => readText(join(folder, name))),
  )
  return {
    folder,
    ...(ca !== undefined && { ca }),
    // One is nothing without the other.
    ...(cert !== undefined && key !== undefined && { cert, key }),
    rejectUnauthorized,
  }
}

/** The parsed file; undefined when there is none. @throws DockLockError `config` when it is not JSON; `hint` says what to do then */
export async function readJson(path: string, hint = 'Repair it, or set DOCKER_HOST.'): Promise<unknown> {
  const content = await readText(path)
  if (content === undefined) return undefined
  try {
    return JSON.parse(content)
  } catch {
    throw new DockLockError('config', `${path} is not JSON`, { hint })
  }
}

/** Undefined when there is no such file. @throws DockLockError `config` */
export async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new DockLockError('config', `${path} cannot be read (${code})`, {
      hint: 'Check its permissions.',
      cause,
    })
  }
}
