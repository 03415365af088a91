/** The endpoints of a registry: its mirrors and its API host, each by the schemes that are allowed. */
import { BlockList, isIP } from 'node:net'
import { DockLockError } from '../../core/error.ts'
import { DOCKER_HUB, familiarName, type Reference, repositoryName } from '../../core/reference.ts'
import {
  matchRule,
  type RegistryRule,
  type RulePlace,
  rulePlaces,
  splitName,
} from '../../core/registry-rule.ts'
import {
  type Anonymous,
  type HostTrust,
  isDockerHub,
  routesTo,
  routesToMirror,
  verifiesTls,
} from '../../core/trust.ts'
import { onceFor } from '../../lib/once.ts'
import type { RegistryOptions } from '../resolver.ts'
import { isInsecureIn, mirrorsOf, mirrorUrl, type SourcedMirror } from './mirrors.ts'

export interface Endpoint {
  /** `https://registry-1.docker.io`. */
  readonly origin: string
  /** `host[:port]`, as in credentials and messages. For Docker Hub `docker.io`. */
  readonly registry: string
  /** The names under which certificates may be stored: `docker.io` and `registry-1.docker.io`. */
  readonly names: readonly string[]
  readonly verifyTls: boolean
  /** If set, no credentials are sent, for this reason. */
  readonly anonymous?: Anonymous
  /** Its name at this endpoint. A mirror may use a path prefix or another name. */
  readonly repository: string
  /** The registry that a mirror mirrors, sent as `?ns=`. */
  readonly namespace?: string
}

export interface Endpoints {
  /**
   * The endpoints in the order in which they are tried: the mirrors, then the registry itself. A host is listed once for each allowed
   * scheme and TLS mode.
   *
   * - Loopback: http, then https without verification. Docker tries https first, which costs every local registry a round trip.
   * - Declared insecure by the user: https without verification, then http, as in Docker.
   * - Declared insecure by the repository only: verified https, then the same two without credentials.
   *
   * @throws DockLockError `denied` if the engine's configuration blocks the registry; `unsupported` if its host is not valid in a URL,
   *   which allows less than a reference; `config` if a mirror is not a URL
   */
  endpoints(reference: Reference): readonly Endpoint[]
  /**
   * The insecure endpoints of the same registry, if its name resolves to an insecure address; otherwise none. Docker looks up every name
   * in advance. Here a name is looked up once, and only after https has failed, because a lookup takes time.
   */
  byAddress(endpoint: Endpoint): Promise<readonly Endpoint[]>
  /** Whether a user source allows plain http or unverified TLS for this `host[:port]` of a URL. */
  isInsecure(host: string): boolean
  /** Whether the certificate of the host is verified. `withCredentials`: credentials are sent, or were sent to get the URL. */
  verifiesTls(host: string, withCredentials: boolean): boolean
}

type HostOptions = Pick<
  RegistryOptions,
  | 'mirrors'
  | 'insecureRegistries'
  | 'insecureCidrs'
  | 'rules'
  | 'registries'
  | 'repositoryRegistries'
  | 'lookUp'
>

const HUB_API = 'registry-1.docker.io'

export function createEndpoints(options: HostOptions): Endpoints {
  const { rules = [], registries = {}, repositoryRegistries = {} } = options
  const declared = new Set(options.insecureRegistries)
  const cidrs = blockList(options.insecureCidrs ?? [])
  /** Whether a name resolves to an insecure address. */
  const lookups = new Map<string, Promise<boolean>>()

  const trustIn = (host: string, insecureByRule = false): HostTrust => {
    // For Docker, Docker Hub is never insecure, whatever its settings say.
    const byEngine = !isDockerHub(host) && (declared.has(host) || contains(cidrs, hostnameOf(host)))
    return {
      loopback: isLoopback(host),
      insecureByUser: insecureByRule || byEngine || isInsecureIn(registries, host),
      insecureByRepository: isInsecureIn(repositoryRegistries, host),
    }
  }

  /** The trust in the host of a URL. URLs omit the default port of their scheme, but settings may name it. */
  const trustInUrl = (host: string): HostTrust => {
    const each = [host, ...(/:\d+$/.test(host) ? [] : [`${host}:443`])].map(name =>
      trustIn(name, isInsecureByRule(rules, name)),
    )
    return {
      loopback: each.some(({ loopback }) => loopback),
      insecureByUser: each.some(({ insecureByUser }) => insecureByUser),
      insecureByRepository: each.some(({ insecureByRepository }) => insecureByRepository),
    }
  }

  const mirrorEndpoints = (
    { mirror, source }: SourcedMirror,
    { registry, repository }: Reference,
  ): Endpoint[] => {
    const url = mirrorUrl(mirror, registry)
    const hasScheme = /^https?:\/\//i.test(mirror)
    const path = url.pathname.replace(/^\/v2(?=\/|$)/, '').replace(/^\/+|\/+$/g, '')
    const trust = trustIn(url.host)
    const scheme = url.protocol === 'http:' ? 'http:' : 'https:'
    const routes = hasScheme ? routesToMirror(scheme, url.host, source, trust) : routesTo(url.host, trust)
    return routes.map(({ scheme, ...route }) => ({
      origin: `${scheme}//${url.host}`,
      registry: url.host,
      names: [url.host],
      ...route,
      repository: path === '' ? repository : `${path}/${repository}`,
      namespace: registry,
    }))
  }

  const placeEndpoints = ({ registry, repository, insecure }: RulePlace): Endpoint[] => {
    const host = registry === DOCKER_HUB ? HUB_API : registry
    return routesTo(host, trustIn(host, insecure)).map(({ scheme, ...route }) => ({
      origin: `${scheme}//${host}`,
      registry,
      names: [...new Set([registry, host])],
      ...route,
      repository,
    }))
  }

  const resolvesToInsecure = async (name: string): Promise<boolean> => {
    if (isIP(name) !== 0 || (options.insecureCidrs ?? []).length === 0) return false
    return (await (options.lookUp ?? addressesOf)(name)).some(address => contains(cidrs, address))
  }

  return {
    async byAddress(endpoint) {
      const { host } = new URL(endpoint.origin)
      if (!endpoint.verifyTls || isDockerHub(host)) return []
      const name = hostnameOf(host)
      if (!(await onceFor(lookups, name, () => resolvesToInsecure(name)))) return []
      declared.add(host)
      // A mirror's URL fixes its scheme.
      return routesTo(host, trustIn(host))
        .filter(({ scheme }) => endpoint.namespace === undefined || scheme === 'https:')
        .map(({ scheme, ...route }) => ({ ...endpoint, ...route, origin: `${scheme}//${host}` }))
    },
    isInsecure: host => {
      const trust = trustInUrl(host)
      return trust.loopback || trust.insecureByUser
    },
    verifiesTls: (host, withCredentials) => verifiesTls(host, trustInUrl(host), withCredentials),
    endpoints(reference) {
      const all = [
        ...mirrorsOf(options, reference.registry).flatMap(mirror => mirrorEndpoints(mirror, reference)),
        ...placesOf(rules, reference).flatMap(placeEndpoints),
      ]
      const invalid = all.find(({ origin }) => !URL.canParse(origin))
      if (invalid === undefined) return all
      const message = `${familiarName(reference)}: ${invalid.registry} is not a valid host`
      throw new DockLockError('unsupported', message, {
        hint: 'Check the name of the registry and its port',
      })
    },
  }
}

/** @throws DockLockError `denied` if the rules block the registry */
function placesOf(rules: readonly RegistryRule[], reference: Reference): readonly RulePlace[] {
  const places = rulePlaces(rules, reference)
  if (places.length > 0) return places
  const prefix = matchRule(rules, repositoryName(reference))?.rule.prefix
  const message = `${familiarName(reference)}: the engine's registries.conf blocks ${prefix}`
  throw new DockLockError('denied', message, {
    hint: 'No request was sent. See containers-registries.conf(5)',
  })
}

function isInsecureByRule(rules: readonly RegistryRule[], host: string): boolean {
  const open = rules.filter(({ insecure, location }) => insecure && location === '')
  return (
    matchRule(open, host) !== undefined ||
    rules.some(rule =>
      [...rule.mirrors, rule].some(
        ({ location, insecure }) => insecure && splitName(location).registry === host,
      ),
    )
  )
}

/** `localhost`, 127.0.0.0/8 and `[::1]`, with or without a port. */
export function isLoopback(host: string): boolean {
  const name = hostnameOf(host)
  return name === 'localhost' || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'))
}

/** `[::1]:5000` → `::1`, `example.org:443` → `example.org`. */
function hostnameOf(host: string): string {
  return host.startsWith('[') ? host.slice(1, host.indexOf(']')) : host.replace(/:\d*$/, '').toLowerCase()
}

/** Empty if the lookup fails. */
async function addressesOf(name: string): Promise<readonly string[]> {
  const { lookup } = await import('node:dns/promises')
  const found = await lookup(name, { all: true }).catch(() => [])
  return found.map(({ address }) => address)
}

function contains(list: BlockList, name: string): boolean {
  const version = isIP(name)
  return version !== 0 && list.check(name, version === 4 ? 'ipv4' : 'ipv6')
}

function blockList(cidrs: readonly string[]): BlockList {
  const list = new BlockList()
  for (const cidr of cidrs) {
    const [, address = '', bits = ''] = /^([^/]*)\/(\d{1,3})$/.exec(cidr) ?? []
    const version = isIP(address)
    const most = version === 4 ? 32 : 128
    // Engines check their CIDRs. One that cannot be parsed makes nothing insecure.
    if (version === 0 || Number(bits) > most) continue
    list.addSubnet(address, Number(bits), version === 4 ? 'ipv4' : 'ipv6')
  }
  return list
}
