/**
 * The trust rule of docs/security.md, decided here and nowhere else. Settings come from the user or from the repository. A repository
 * may be anybody's: what it says directs no credentials, and makes no request less private that carries any.
 */
import type { Place } from './place.ts'
import type { StoreSelector } from './selector.ts'

/**
 * `user`: command line, environment, the user's own config, the settings of Docker and Podman, and the engines that these name.
 * `repository`: the files of the project.
 */
export type SettingSource = 'user' | 'repository'

/** How one registry is reached, by one source. */
export interface RegistrySettings {
  /** URLs, asked in order before the registry itself. */
  readonly mirrors?: readonly string[]
  /** Plain http, or TLS that cannot be verified, will do. */
  readonly insecure?: boolean
}

/** By registry as named in references: `docker.io`, `host:port`. */
export type Registries = Readonly<Record<string, RegistrySettings>>

/** A store, who named it, and where. */
export interface SourcedSelector {
  readonly selector: StoreSelector
  readonly source: SettingSource
  readonly place?: Place
}

/** What the settings say about a host. */
export interface HostTrust {
  /** Docker's own default: plain http will do. It counts as the user's. */
  readonly loopback: boolean
  readonly insecureByUser: boolean
  readonly insecureByRepository: boolean
}

/** Why a request carries no credentials, no token that was got with any, and no client certificate. */
export type Anonymous = 'insecure-by-repository' | 'http-mirror-of-repository' | 'http-docker-hub'

/** One way to ask a host. */
export interface Route {
  readonly scheme: 'https:' | 'http:'
  readonly verifyTls: boolean
  /** Absent: credentials that are stored for the host may be sent. */
  readonly anonymous?: Anonymous
}

/** A host of Docker Hub, by whatever name: `docker.io`, `index.docker.io`, `auth.docker.io`, `registry.hub.docker.com`, with any port. */
export function isDockerHub(host: string): boolean {
  return /(?:^|\.)docker\.(?:io|com)\.?(?::\d*)?$/i.test(host)
}

/**
 * How a registry is asked, in order. Where only the repository allows it, what is less private comes last and is anonymous: a host that
 * can be verified still gets its credentials.
 */
export function routesTo(host: string, trust: HostTrust): readonly Route[] {
  const open = [
    { scheme: 'https:', verifyTls: false },
    { scheme: 'http:', verifyTls: false },
  ] as const
  if (trust.loopback) return [open[1], open[0]]
  if (trust.insecureByUser) return open
  const verified: Route = { scheme: 'https:', verifyTls: true }
  if (!trust.insecureByRepository || isDockerHub(host)) return [verified]
  return [verified, ...open.map((route): Route => ({ ...route, anonymous: 'insecure-by-repository' }))]
}

/** How a mirror is asked whose URL has this scheme. Credentials are those of the mirror's own host. */
export function routesToMirror(
  scheme: Route['scheme'],
  host: string,
  source: SettingSource,
  trust: HostTrust,
): readonly Route[] {
  if (scheme === 'https:') return routesTo(host, trust).filter(route => route.scheme === 'https:')
  const route: Route = { scheme, verifyTls: false }
  if (isDockerHub(host)) return [{ ...route, anonymous: 'http-docker-hub' }]
  // What the user declared insecure is asked over https first; a repository does not get to choose http instead.
  return source === 'user' || trust.loopback
    ? [route]
    : [{ ...route, anonymous: 'http-mirror-of-repository' }]
}

/** Whether the certificate counts where an answer sends us: to a token service, or by a redirect. */
export function verifiesTls(host: string, trust: HostTrust, withCredentials: boolean): boolean {
  if (trust.loopback || trust.insecureByUser) return false
  return withCredentials || !trust.insecureByRepository || isDockerHub(host)
}

/** What an engine reports counts as much as the source that named it. */
export function reportedBy<
  Info extends {
    readonly mirrors: readonly string[]
    readonly insecureRegistries: readonly string[]
    readonly insecureCidrs: readonly string[]
    readonly rules?: unknown
  },
>(source: SettingSource, info: Info): Info {
  if (source === 'user') return info
  const { rules: _, ...rest } = info
  return { ...rest, mirrors: [], insecureRegistries: [], insecureCidrs: [] } as unknown as Info
}

/**
 * Whose engine a store is: contexts and builders are the user's, who keeps them by name. So are sockets outside of the project, and what
 * the user has named in `trusted` (addresses such as `tcp://build-1:2375`). Any other address is the repository's.
 */
export function sourceOfEngine(
  { selector: { host }, source }: SourcedSelector,
  {
    trusted,
    isInProject,
  }: { readonly trusted: readonly string[]; readonly isInProject: (path: string) => boolean },
): SettingSource {
  if (source === 'user' || host === undefined) return 'user'
  const address = engineAddress(host)
  if (trusted.some(other => engineAddress(other) === address)) return 'user'
  const [, scheme, path = ''] = /^(unix|npipe):\/\/(.*)$/.exec(address) ?? []
  if (scheme === 'npipe') return LOCAL_PIPE.test(path) ? 'user' : 'repository'
  // A relative path depends on the folder in which dock-lock runs.
  if (scheme === 'unix' && path.startsWith('/') && !/\p{Cc}/u.test(path))
    return isInProject(path) ? 'repository' : 'user'
  return 'repository'
}

/** `//./pipe/docker_engine`, also with backslashes: one name, on this machine. */
const LOCAL_PIPE = /^(?:\/\/[.?]\/pipe\/|\\\\[.?]\\pipe\\)(?!\.{1,2}$)[^/\\\p{Cc}]+$/iu

/** The same text for the same engine: tcp has a default port, and hosts in any case. Any other address is compared as it is. */
function engineAddress(text: string): string {
  const [, host, path = ''] = /^tcp:\/\/([^/]+)(.*)$/s.exec(text.trim()) ?? []
  if (host === undefined) return text.trim()
  const port = /:\d+$/.test(host) ? '' : ':2375'
  return `tcp://${host.toLowerCase()}${port}${path.replace(/\/+$/, '')}`
}
