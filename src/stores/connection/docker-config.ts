/**
 * The docker CLI's own configuration, of which this reads what says where an engine is: contexts, and TLS files.
 * @see https://github.com/docker/cli/tree/master/cli/context/store
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DockLockError } from '../../core/error.ts'
import { homeFolder } from '../../lib/home.ts'
import { field, isObject, textField } from '../../lib/json.ts'

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
  const name = fieldInAnyCase(await readConfigJson(env), 'currentContext')
  return typeof name === 'string' && name !== '' ? name : undefined
}

/** Headers that HTTP needs for itself, and the registry's credentials: none of them may come from the configuration. */
const RESERVED_HEADERS =
  /^(?:host|connection|upgrade|content-length|content-type|transfer-encoding|expect|te|trailer|keep-alive|x-registry-(?:auth|config))$/i

/**
 * `HttpHeaders` of the docker command's config.json, which it sends to the engine with every request.
 * @see https://docs.docker.com/reference/cli/docker/#custom-http-headers
 */
export async function engineHeaders(env: Env): Promise<Readonly<Record<string, string>>> {
  const headers = fieldInAnyCase(await readConfigJson(env), 'HttpHeaders')
  if (!isObject(headers)) return {}
  return Object.fromEntries(
    Object.entries(headers).filter((header): header is [string, string] => {
      const [name, value] = header
      return (
        /^[\w!#$%&'*+.^`|~-]+$/.test(name) &&
        !RESERVED_HEADERS.test(name) &&
        typeof value === 'string' &&
        /^[\t\x20-\x7e\x80-\xff]*$/.test(value)
      )
    }),
  )
}

async function readConfigJson(env: Env): Promise<unknown> {
  return readJson(join(configFolder(env), 'config.json')).catch(() => undefined)
}

/** Go reads names of fields in any letter case; the last one counts. */
function fieldInAnyCase(value: unknown, name: string): unknown {
  if (!isObject(value)) return undefined
  return Object.entries(value).findLast(([key]) => key.toLowerCase() === name.toLowerCase())?.[1]
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
    return JSON.parse(content.replace(/^\uFEFF/, ''))
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
