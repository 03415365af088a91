/**
 * Whom TLS trusts beyond Node's own list, and as whom it appears: the system's authorities, and what is stored for a registry as
 * the engines store it, `DIRECTORY/host:port/{*.crt, NAME.cert + NAME.key}`.
 * @see https://docs.docker.com/engine/security/certificates/
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { SecureContext } from 'node:tls'
import { homeFolder } from '../../lib/home.ts'
import { onceFor } from '../../lib/once.ts'
import type { RegistryOptions } from '../resolver.ts'

/** For connections that differ from others by what they trust or show. */
export interface Trust {
  /** Differs from that of any other. */
  readonly id: string
  readonly secureContext: SecureContext
  /** What could not be used of what is stored, in words: it matters only if the connection fails. */
  readonly problem: string | undefined
}

export interface Certificates {
  /**
   * For the registry that goes by `names`; undefined when nothing is stored under any of them. Each is looked up once. With
   * `asClient` a client certificate is shown to who asks for one.
   */
  of(names: readonly string[], asClient: boolean): Promise<Trust | undefined>
  /** Node's authorities and those of the system; undefined when the system's cannot be found. */
  system(): Promise<Trust | undefined>
}

interface Stored {
  readonly authorities: readonly string[]
  readonly clients: readonly { readonly cert: string; readonly key: string }[]
  readonly problems: readonly string[]
}

/** Where Linux distributions keep their authorities in one file; the first one counts, as in Go, which the engines are written in. */
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
  const directories = certificateDirectories ?? usualDirectories(env)
  const stored = new Map<string, Promise<Stored>>()
  const trusts = new Map<string, Promise<Trust | undefined>>()
  let authorities: Promise<{ common: readonly string[]; found: boolean }> | undefined

  const trust = async (id: string, { authorities: own, clients, problems }: Stored): Promise<Trust> => {
    authorities ??= commonAuthorities(env)
    const { createSecureContext } = await import('node:tls')
    const { common } = await authorities
    const [client] = clients
    try {
      return {
        id,
        secureContext: createSecureContext({ ca: [...common, ...own], ...client }),
        problem: problems[0],
      }
    } catch (error) {
      // Of a key that cannot be used OpenSSL tells the reason and nothing else.
      const problem = `the certificates stored for ${id} cannot be used: ${(error as Error).message}`
      return { id, secureContext: createSecureContext({ ca: [...common] }), problem }
    }
  }
  const load = async (names: readonly string[], asClient: boolean): Promise<Trust | undefined> => {
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
      clients: asClient ? found.flatMap(each => each.clients) : [],
      problems: found.flatMap(each => each.problems),
    }
    const [, ...unused] = all.clients
    if (unused.length > 0)
      all.problems.push(`of several client certificates for ${names[0]} only the first is shown`)
    if (Object.values(all).every(list => list.length === 0)) return undefined
    return trust(`${names[0]}${asClient ? '' : ' as nobody'}`, all)
  }

  return {
    of: (names, asClient) => onceFor(trusts, `${names.join(' ')} ${asClient}`, () => load(names, asClient)),
    system: () =>
      onceFor(trusts, 'system', async () => {
        authorities ??= commonAuthorities(env)
        if (!(await authorities).found) return undefined
        return trust('the system', { authorities: [], clients: [], problems: [] })
      }),
  }
}

/** Docker's, that of rootless Docker, Docker Desktop's, and Podman's two. */
function usualDirectories(env: RegistryOptions['env']): readonly string[] {
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

/** A colon cannot stand in a Windows file name: there Docker leaves it out. */
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

/** Giving authorities to TLS replaces Node's own, so these come along, with those of NODE_EXTRA_CA_CERTS. */
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
