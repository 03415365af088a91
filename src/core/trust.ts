/**
 * The trust rule of docs/security.md, implemented only here. Settings come from the user or from the repository. A repository
 * is not trusted: its settings never decide where credentials go, and never make a request with credentials less private.
 */
import type { Place } from './place.ts'
import type { StoreSelector } from './selector.ts'

/**
 * `user`: command line, environment, the user's own config, the settings of Docker and Podman, and the engines that they name.
 * `repository`: the files of the project.
 */
export type SettingSource = 'user' | 'repository'

/** How one source says to reach a registry. */
export interface RegistrySettings {
  /** URLs, tried in order before the registry itself. */
  readonly mirrors?: readonly string[]
  /** Allows plain http, or TLS that cannot be verified. */
  readonly insecure?: boolean
}

/** By registry as named in references: `docker.io`, `host:port`. */
export type Registries = Readonly<Record<string, RegistrySettings>>

/** A store, who named it, and in which setting. */
export interface SourcedSelector {
  readonly selector: StoreSelector
  readonly source: SettingSource
  readonly place?: Place
}

/** What the settings say about a host. */
export interface HostTrust {
  /** Docker's default for local hosts: plain http is allowed. It counts as a setting of the user. */
  readonly loopback: boolean
  readonly insecureByUser: boolean
  readonly insecureByRepository: boolean
}

/** Why a request carries no credentials, no token obtained with them, and no client certificate. */
export type Anonymous = 'insecure-by-repository' | 'http-mirror-of-repository' | 'http-docker-hub'

/** One way to contact a host. */
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
 * The ways to contact a registry, in order. What only the repository allows is less private, so it comes last and is anonymous. A host that
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

/** The way to contact a mirror, whose URL fixes its scheme. Credentials are those of the mirror's own host. */
export function routesToMirror(
  scheme: Route['scheme'],
  host: string,
  source: SettingSource,
  trust: HostTrust,
): readonly Route[] {
  if (scheme === 'https:') return routesTo(host, trust).filter(route => route.scheme === 'https:')
  const route: Route = { scheme, verifyTls: false }
  if (isDockerHub(host)) return [{ ...route, anonymous: 'http-docker-hub' }]
  // A host that the user declared insecure is tried over https first. A repository cannot choose http instead.
  return source === 'user' || trust.loopback
    ? [route]
    : [{ ...route, anonymous: 'http-mirror-of-repository' }]
}

/** Whether the certificate is verified for the target of a response: a token service or a redirect. */
export function verifiesTls(host: string, trust: HostTrust, withCredentials: boolean): boolean {
  if (trust.loopback || trust.insecureByUser) return false
  return withCredentials || !trust.insecureByRepository || isDockerHub(host)
}

/** The settings of an engine have the trust of the source that named the engine. */
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
 * Who named an engine. Contexts and builders count as the user's, who manages them by name. So do sockets outside the project, and
 * entries of the user's `trusted` (addresses such as `tcp://build-1:2375`). Any other address counts as the repository's.
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
  // A relative path depends on the current folder.
  if (scheme === 'unix' && path.startsWith('/') && !/\p{Cc}/u.test(path))
    return isInProject(path) ? 'repository' : 'user'
  return 'repository'
}

/** `//./pipe/docker_engine`, also with backslashes: one name on this machine. */
const LOCAL_PIPE = /^(?:\/\/[.?]\/pipe\/|\\\\[.?]\\pipe\\)(?!\.{1,2}$)[^/\\\p{Cc}]+$/iu

/** Normalizes an engine's address: tcp has a default port and case-insensitive hosts. Other addresses stay unchanged. */
function engineAddress(text: string): string {
  const [, host, path = ''] = /^tcp:\/\/([^/]+)(.*)$/s.exec(text.trim()) ?? []
  if (host === undefined) return text.trim()
  const port = /:\d+$/.test(host) ? '' : ':2375'
  return `tcp://${host.toLowerCase()}${port}${path.replace(/\/+$/, '')}`
}
