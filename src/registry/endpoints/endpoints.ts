/** Where a registry is reached: its API host, its mirrors, and by which scheme. */
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
import type { RegistryOptions } from '../resolver.ts'
import { isInsecureIn, mirrorsOf, mirrorUrl, type SourcedMirror } from './mirrors.ts'

export interface Endpoint {
  /** `https://registry-1.docker.io`. */
  readonly origin: string
  /** `host[:port]`: what credentials are stored for and messages name; of Docker Hub `docker.io`. */
  readonly registry: string
  /** What certificates may be stored for: `docker.io` and `registry-1.docker.io`. */
  readonly names: readonly string[]
  readonly verifyTls: boolean
  /** Set: no credentials are sent, and why. */
  readonly anonymous?: Anonymous
  /** As it is called there: a mirror may hold the images of others under a path, or under other names. */
  readonly repository: string
  /** Which registry a mirror is asked to stand for, sent as `?ns=`. */
  readonly namespace?: string
}

export interface Endpoints {
  /**
   * What to ask, in order: the mirrors, then the registry itself. A host comes several times in a row where more than one way may lead
   * to it. Loopback: http, then https without verification; https first, as Docker has it, would cost every local registry a round
   * trip. Declared insecure by the user: https without verification, then http, as Docker has it. Declared insecure by the repository
   * alone: verified https, then the same two without credentials.
   * @throws DockLockError `denied` when the engine's configuration blocks it; `unsupported` when a host is none by the rules of
   *   URLs, which are narrower than those of references; `config` when a mirror is no URL
   */
  endpoints(reference: Reference): readonly Endpoint[]
  /**
   * The same place as of a registry that is insecure, when its name leads to an address that is; else nothing. Docker looks every
   * name up beforehand; here it is asked when https has failed, so that nobody waits for it who need not. Once for each name.
   */
  byAddress(endpoint: Endpoint): Promise<readonly Endpoint[]>
  /** Whether plain http, or TLS that cannot be verified, will do by a user source for this `host[:port]`, the host of a URL. */
  isInsecure(host: string): boolean
  /** Whether the certificate of that host counts. `withCredentials`: whether any are sent, or were where this host was named. */
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
  /** By name, whether it leads to an insecure address. */
  const looked = new Map<string, Promise<boolean>>()

  const trustIn = (host: string, insecureByRule = false): HostTrust => {
    // Docker has Docker Hub never insecure, whatever its settings say.
    const byEngine = !isDockerHub(host) && (declared.has(host) || contains(cidrs, hostnameOf(host)))
    return {
      loopback: isLoopback(host),
      insecureByUser: insecureByRule || byEngine || isInsecureIn(registries, host),
      insecureByRepository: isInsecureIn(repositoryRegistries, host),
    }
  }

  /** Of a host that an answer names: a URL does not show the port that its scheme stands for. */
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
    const given = /^https?:\/\//i.test(mirror)
    const path = url.pathname.replace(/^\/v2(?=\/|$)/, '').replace(/^\/+|\/+$/g, '')
    const trust = trustIn(url.host)
    const scheme = url.protocol === 'http:' ? 'http:' : 'https:'
    const routes = given ? routesToMirror(scheme, url.host, source, trust) : routesTo(url.host, trust)
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

  const leadsToInsecure = async (name: string): Promise<boolean> => {
    if (isIP(name) !== 0 || (options.insecureCidrs ?? []).length === 0) return false
    return (await (options.lookUp ?? addressesOf)(name)).some(address => contains(cidrs, address))
  }

  return {
    async byAddress(endpoint) {
      const { host } = new URL(endpoint.origin)
      if (!endpoint.verifyTls || isDockerHub(host)) return []
      const name = hostnameOf(host)
      const found = looked.get(name) ?? leadsToInsecure(name)
      looked.set(name, found)
      if (!(await found)) return []
      declared.add(host)
      // Of a mirror the scheme is given.
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
      const odd = all.find(({ origin }) => !URL.canParse(origin))
      if (odd === undefined) return all
      const message = `${familiarName(reference)}: ${odd.registry} is no host that can be asked`
      throw new DockLockError('unsupported', message, {
        hint: 'Check the name of the registry and its port.',
      })
    },
  }
}

/** @throws DockLockError `denied` when the rules block it */
function placesOf(rules: readonly RegistryRule[], reference: Reference): readonly RulePlace[] {
  const places = rulePlaces(rules, reference)
  if (places.length > 0) return places
  const prefix = matchRule(rules, repositoryName(reference))?.rule.prefix
  const message = `${familiarName(reference)}: the engine's registries.conf blocks ${prefix}`
  throw new DockLockError('denied', message, {
    hint: 'Nobody is asked about it. See containers-registries.conf(5).',
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

/** None when it cannot be looked up. */
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
    // What comes from an engine has been checked there; what we cannot read opens nothing.
    if (version === 0 || Number(bits) > most) continue
    list.addSubnet(address, Number(bits), version === 4 ? 'ipv4' : 'ipv6')
  }
  return list
}
