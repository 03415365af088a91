/**
 * Certificate authorities and client certificates for TLS, in addition to Node's own list: those of the system, and those stored for a
 * registry, as for Docker and Podman, in `DIRECTORY/host:port/{*.crt, NAME.cert + NAME.key}`.
 * @see https://docs.docker.com/engine/security/certificates/
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { SecureContext } from 'node:tls'
import { homeFolder } from '../../lib/home.ts'
import { onceFor } from '../../lib/once.ts'
import type { RegistryOptions } from '../resolver.ts'

/** The TLS settings of connections that use stored certificates. */
export interface Trust {
  /** Unique. */
  readonly id: string
  readonly secureContext: SecureContext
  /** Why stored certificates cannot be used. It matters only if the connection fails. */
  readonly problem: string | undefined
}

export interface Certificates {
  /**
   * The certificates of the registry with these names; undefined if none are stored. Each folder is read once. `withClient`: with the
   * client certificate.
   */
  forRegistry(names: readonly string[], withClient: boolean): Promise<Trust | undefined>
  /** Node's authorities and those of the system; undefined if the system has none. */
  system(): Promise<Trust | undefined>
}

interface Stored {
  readonly authorities: readonly string[]
  readonly clients: readonly { readonly cert: string; readonly key: string }[]
  readonly problems: readonly string[]
}

/** The files in which Linux distributions store their authorities. The first one that exists counts, as in Go. */
const BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
]

export function createCertificates({
  env,
  certificateDirectories,
}: Pick<RegistryOptions, 'env' | 'certificateDirectories'>): Certificates {
  const directories = certificateDirectories ?? defaultDirectories(env)
  const stored = new Map<string, Promise<Stored>>()
  const trusts = new Map<string, Promise<Trust | undefined>>()
  let authorities: Promise<{ common: readonly string[]; found: boolean }> | undefined

  const trust = async (id: string, { authorities: added, clients, problems }: Stored): Promise<Trust> => {
    authorities ??= commonAuthorities(env)
    const { createSecureContext } = await import('node:tls')
    const { common } = await authorities
    const [client] = clients
    try {
      return {
        id,
        secureContext: createSecureContext({ ca: [...common, ...added], ...client }),
        problem: problems[0],
      }
    } catch (error) {
      // OpenSSL's message has the reason, but no file name and nothing of the key.
      const problem = `the certificates stored for ${id} cannot be used: ${(error as Error).message}`
      return { id, secureContext: createSecureContext({ ca: [...common] }), problem }
    }
  }
  const load = async (names: readonly string[], withClient: boolean): Promise<Trust | undefined> => {
    const found = await Promise.all(
      names.flatMap(name =>
        directories.map(directory => {
          const path = join(directory, directoryName(name))
          return onceFor(stored, path, () => readDirectory(path))
        }),
      ),
    )
    const all = {
      authorities: found.flatMap(each => each.authorities),
      clients: withClient ? found.flatMap(each => each.clients) : [],
      problems: found.flatMap(each => each.problems),
    }
    const [, ...unused] = all.clients
    if (unused.length > 0)
      all.problems.push(`there are several client certificates for ${names[0]}, and only the first is used`)
    if (Object.values(all).every(list => list.length === 0)) return undefined
    return trust(`${names[0]}${withClient ? '' : ' without client certificate'}`, all)
  }

  return {
    forRegistry: (names, withClient) =>
      onceFor(trusts, `${names.join(' ')} ${withClient}`, () => load(names, withClient)),
    system: () =>
      onceFor(trusts, 'system', async () => {
        authorities ??= commonAuthorities(env)
        if (!(await authorities).found) return undefined
        return trust('the system', { authorities: [], clients: [], problems: [] })
      }),
  }
}

/** The directories of Docker, rootless Docker, Docker Desktop and Podman. */
function defaultDirectories(env: RegistryOptions['env']): readonly string[] {
  const home = homeFolder(env)
  const config = env.XDG_CONFIG_HOME || join(home, '.config')
  return [
    '/etc/docker/certs.d',
    join(config, 'docker', 'certs.d'),
    join(env.DOCKER_CONFIG || join(home, '.docker'), 'certs.d'),
    join(config, 'containers', 'certs.d'),
    '/etc/containers/certs.d',
  ]
}

/** File names on Windows cannot contain a colon, so Docker omits it there. */
function directoryName(host: string): string {
  return process.platform === 'win32' ? host.replaceAll(':', '') : host
}

async function readDirectory(path: string): Promise<Stored> {
  const problems: string[] = []
  const attempt = async <T>(name: string, task: Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await task
    } catch (error) {
      const code = String((error as NodeJS.ErrnoException).code)
      if (code !== 'ENOENT' && code !== 'ENOTDIR') problems.push(`${name} cannot be read (${code})`)
      return otherwise
    }
  }
  const read = (name: string): Promise<string> =>
    attempt(join(path, name), readFile(join(path, name), 'utf8'), '')
  const names = (await attempt(path, readdir(path), [])).sort()
  const authorities = await Promise.all(names.filter(name => name.endsWith('.crt')).map(read))
  const clients: { cert: string; key: string }[] = []
  for (const name of names.filter(name => name.endsWith('.cert'))) {
    const keyName = `${name.slice(0, -'.cert'.length)}.key`
    const [cert, key] = await Promise.all([read(name), read(keyName)])
    if (!names.includes(keyName)) problems.push(`${join(path, keyName)} is missing beside ${name}`)
    if (cert !== '' && key !== '') clients.push({ cert, key })
  }
  return { authorities: authorities.filter(text => text !== ''), clients, problems }
}

/** Authorities that are passed to TLS replace Node's own, so those are included, and those of NODE_EXTRA_CA_CERTS. */
async function commonAuthorities(
  env: RegistryOptions['env'],
): Promise<{ common: readonly string[]; found: boolean }> {
  const { rootCertificates } = await import('node:tls')
  const extra = env.NODE_EXTRA_CA_CERTS ? await readText(env.NODE_EXTRA_CA_CERTS) : undefined
  let system: string | undefined
  for (const path of env.SSL_CERT_FILE ? [env.SSL_CERT_FILE] : BUNDLES) system ??= await readText(path)
  const added = [extra, system].filter(text => text !== undefined)
  return { common: [...rootCertificates, ...added], found: system !== undefined }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')) || undefined
  } catch {
    return undefined
  }
}
