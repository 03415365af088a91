/**
 * The parts of the docker CLI's configuration that say where an engine is: contexts and TLS files.
 * @see https://github.com/docker/cli/tree/master/cli/context/store
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DockLockError } from '../../core/error.ts'
import { dockerFolder } from '../../lib/home.ts'
import { field, isObject, textField } from '../../lib/json.ts'

type Env = Readonly<Record<string, string | undefined>>

/** PEM texts. */
export interface TlsOptions {
  /** The folder that was searched. */
  readonly folder: string
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly rejectUnauthorized: boolean
}

/** The engine of a context. */
export interface DockerContext {
  /** As written in the context; may be empty. */
  readonly host: string
  /** For tcp only. Absent: the context has no TLS files and does not enable TLS without them. */
  readonly tls?: TlsOptions
}

/** The context set by `docker context use`. An unusable file counts as none: the docker command also only warns. */
export async function currentContext(env: Env): Promise<string | undefined> {
  const name = fieldInAnyCase(await readConfigJson(env), 'currentContext')
  return typeof name === 'string' && name !== '' ? name : undefined
}

/** Headers that HTTP itself sets, and registry credentials. The configuration must not set them. */
const RESERVED_HEADERS =
  /^(?:host|connection|upgrade|content-length|content-type|transfer-encoding|expect|te|trailer|keep-alive|x-registry-(?:auth|config))$/i

/**
 * `HttpHeaders` in the docker command's config.json, which the command sends to the engine with every request.
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
  return readJson(join(dockerFolder(env), 'config.json')).catch(() => undefined)
}

/** Go ignores the case of field names; the last one counts. */
function fieldInAnyCase(value: unknown, name: string): unknown {
  if (!isObject(value)) return undefined
  return Object.entries(value).findLast(([key]) => key.toLowerCase() === name.toLowerCase())?.[1]
}

/** Undefined if there is no such context. @throws DockLockError `config` */
export async function readContext(name: string, env: Env): Promise<DockerContext | undefined> {
  // Only contexts need node:crypto, which takes 2 ms to load.
  const { createHash } = await import('node:crypto')
  const id = createHash('sha256').update(name).digest('hex')
  const contexts = join(dockerFolder(env), 'contexts')
  const meta = await readJson(join(contexts, 'meta', id, 'meta.json'))
  if (meta === undefined) return undefined
  const docker = field(field(meta, 'Endpoints'), 'docker')
  const tls = await readTls(join(contexts, 'tls', id, 'docker'), field(docker, 'SkipTLSVerify') !== true)
  const secure = tls.ca !== undefined || tls.cert !== undefined || !tls.rejectUnauthorized
  return { host: textField(docker, 'Host'), ...(secure && { tls }) }
}

/** The TLS files in a folder that docker would use. @throws DockLockError `config` */
export async function readTls(folder: string, rejectUnauthorized: boolean): Promise<TlsOptions> {
  const [ca, cert, key] = await Promise.all(
    ['ca.pem', 'cert.pem', 'key.pem'].map(name => readText(join(folder, name))),
  )
  return {
    folder,
    ...(ca !== undefined && { ca }),
    // A certificate is useless without its key, and vice versa.
    ...(cert !== undefined && key !== undefined && { cert, key }),
    rejectUnauthorized,
  }
}

/** The parsed file; undefined if there is none. @throws DockLockError `config` with `hint` if it is not JSON */
export async function readJson(path: string, hint = 'Repair it, or set DOCKER_HOST'): Promise<unknown> {
  const content = await readText(path)
  if (content === undefined) return undefined
  try {
    return JSON.parse(content.replace(/^\uFEFF/, ''))
  } catch {
    throw new DockLockError('config', `${path} is not JSON`, { hint })
  }
}

/** Undefined if there is no such file. @throws DockLockError `config` */
export async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new DockLockError('config', `${path} cannot be read (${code})`, {
      hint: 'Check its permissions',
      cause,
    })
  }
}
