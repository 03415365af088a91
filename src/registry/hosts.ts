/** Where a registry is reached: its API host, its mirrors, and by which scheme. */
import { BlockList, isIP } from 'node:net'
import { DockLockError } from '../core/error.ts'
import { DOCKER_HUB, familiarName, type Reference, repositoryName } from '../core/reference.ts'
import { matchRule, type RegistryRule, type RulePlace, rulePlaces, splitName } from '../core/registry-rule.ts'
import type { RegistryOptions } from './resolver.ts'

export interface Endpoint {
  /** `https://registry-1.docker.io`. */
  readonly origin: string
  /** `host[:port]`: what credentials are stored for and messages name; of Docker Hub `docker.io`. */
  readonly registry: string
  /** What certificates may be stored for: `docker.io` and `registry-1.docker.io`. */
  readonly names: readonly string[]
  readonly verifyTls: boolean
  /** As it is called there: a mirror may hold the images of others under a path, or under other names. */
  readonly repository: string
  /** Which registry a mirror is asked to stand for, sent as `?ns=`. */
  readonly namespace?: string
}

export interface Hosts {
  /**
   * What to ask, in order: the mirrors, then the registry itself. A host whose scheme is not certain comes twice in a row.
   * Loopback: http, then https without verification; https first, as Docker has it, would cost every local registry a round
   * trip. Declared insecure: https without verification, then http, as Docker has it.
   * @throws DockLockError `denied` when the engine's configuration blocks it; `unsupported` when a host is none by the rules of
   *   URLs, which are narrower than those of references; `config` when a mirror is no URL
   */
  endpoints(reference: Reference): readonly Endpoint[]
  /**
   * The same place as of a registry that is insecure, when its name leads to an address that is; else nothing. Docker looks every
   * name up beforehand; here it is asked when https has failed, so that nobody waits for it who need not. Once for each name.
   */
  byAddress(endpoint: Endpoint): Promise<readonly Endpoint[]>
  /** Whether plain http, or TLS that cannot be verified, will do for this `host[:port]`, the host of a URL. */
  isInsecure(host: string): boolean
}

type HostOptions = Pick<
  RegistryOptions,
  'mirrors' | 'insecureRegistries' | 'insecureCidrs' | 'rules' | 'registries' | 'lookUp'
>

const HUB_API = 'registry-1.docker.io'

export function createHosts(options: HostOptions): Hosts {
  const rules = options.rules ?? []
  const declared = new Set(options.insecureRegistries)
  const cidrs = blockList(options.insecureCidrs ?? [])
  /** By name, whether it leads to an insecure address. */
  const looked = new Map<string, Promise<boolean>>()
  const isDeclared = (host: string): boolean =>
    isLoopback(host) ||
    declared.has(host) ||
    (ownConfig(host)?.insecure ?? false) ||
    contains(cidrs, hostnameOf(host))
  const ownConfig = (registry: string): { mirrors?: readonly string[]; insecure?: boolean } | undefined =>
    Object.hasOwn(options.registries ?? {}, registry) ? options.registries![registry] : undefined

  const schemes = (host: string, insecure: boolean): readonly string[] =>
    isLoopback(host) ? ['http:', 'https:'] : insecure ? ['https:', 'http:'] : ['https:']

  const mirrorEndpoints = (mirror: string, { registry, repository }: Reference): Endpoint[] => {
    const url = mirrorUrl(mirror, registry)
    const given = /^https?:\/\//i.test(mirror)
    const path = url.pathname.replace(/^\/v2(?=\/|$)/, '').replace(/^\/+|\/+$/g, '')
    const insecure = isDeclared(url.host)
    return (given ? [url.protocol] : schemes(url.host, insecure)).map(scheme => ({
      origin: `${scheme}//${url.host}`,
      registry: url.host,
      names: [url.host],
      verifyTls: !insecure,
      repository: path === '' ? repository : `${path}/${repository}`,
      namespace: registry,
    }))
  }

  const placeEndpoints = ({ registry, repository, ...place }: RulePlace): Endpoint[] => {
    const host = registry === DOCKER_HUB ? HUB_API : registry
    const insecure = place.insecure || isDeclared(host)
    return schemes(host, insecure).map(scheme => ({
      origin: `${scheme}//${host}`,
      registry,
      names: [...new Set([registry, host])],
      verifyTls: !insecure,
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
      if (!endpoint.verifyTls || endpoint.registry === DOCKER_HUB || isDeclared(host)) return []
      const name = hostnameOf(host)
      const found = looked.get(name) ?? leadsToInsecure(name)
      looked.set(name, found)
      if (!(await found)) return []
      declared.add(host)
      // Of a mirror the scheme is given.
      const both = endpoint.namespace === undefined ? schemes(host, true) : ['https:']
      return both.map(scheme => ({ ...endpoint, origin: `${scheme}//${host}`, verifyTls: false }))
    },
    // A URL does not show the port that its scheme stands for.
    isInsecure: host =>
      [host, ...(/:\d+$/.test(host) ? [] : [`${host}:443`])].some(
        each => isDeclared(each) || isInsecureByRule(rules, each),
      ),
    endpoints(reference) {
      const { registry } = reference
      const mirrors = [
        ...(ownConfig(registry)?.mirrors ?? []),
        ...(registry === DOCKER_HUB ? (options.mirrors ?? []) : []),
      ]
      const all = [
        ...[...new Set(mirrors)].flatMap(mirror => mirrorEndpoints(mirror, reference)),
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

function mirrorUrl(mirror: string, registry: string): URL {
  const text = mirror.includes('://') ? mirror : `https://${mirror}`
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw new DockLockError('config', `a mirror of ${registry} is no URL that can be used`, {
      hint: 'A mirror is http://HOST or https://HOST, with a port and a path where needed, without user or password. Mirrors are named in .dock-lock.yaml and in the configuration of the engine.',
    })
  }
  return url
}
