/** Selects the proxy for a URL from the environment, by the rules of Go, as Docker and Podman do. Pure. */
import { BlockList, isIP } from 'node:net'
import { DockLockError } from '../../core/error.ts'
import type { RegistryOptions } from '../resolver.ts'
import { isLoopback } from './endpoints.ts'

/**
 * The URL of the proxy for `url`; undefined if there is none. `HTTPS_PROXY` is for https and `HTTP_PROXY` for http; a variable in lower
 * case wins. Requests to loopback never use a proxy. `NO_PROXY` lists other exceptions: `example.org` (with its subdomains),
 * `.example.org` (subdomains only), addresses, CIDRs, and `*`. All but CIDRs may have a port.
 * @throws DockLockError `config`, at once, if a variable is not a URL
 * @see https://pkg.go.dev/golang.org/x/net/http/httpproxy#Config
 */
export function createProxies(env: RegistryOptions['env']): (url: URL) => string | undefined {
  const http = proxyUrl(env, 'http_proxy')
  const https = proxyUrl(env, 'https_proxy')
  const exempt = read(env, 'no_proxy')
    .split(/[,\s]+/)
    .filter(Boolean)
    .map(exemption)
  return url => {
    const proxy = url.protocol === 'https:' ? https : http
    if (proxy === undefined || isLoopback(url.host)) return undefined
    const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase()
    const port = url.port || (url.protocol === 'https:' ? '443' : '80')
    return exempt.some(matches => matches(host, port)) ? undefined : proxy
  }
}

type Exemption = (host: string, port: string) => boolean

function exemption(entry: string): Exemption {
  const text = entry.toLowerCase()
  if (text === '*') return () => true
  const [, subnet = '', bits = ''] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? []
  const version = isIP(subnet)
  if (version !== 0 && Number(bits) <= (version === 4 ? 32 : 128)) {
    const list = new BlockList()
    list.addSubnet(subnet, Number(bits), version === 4 ? 'ipv4' : 'ipv6')
    return host => isIP(host) !== 0 && list.check(host, isIP(host) === 4 ? 'ipv4' : 'ipv6')
  }
  // An IPv6 address without brackets has no port.
  const [, name = '', onlyPort] = isIP(text) === 6 ? [text, text] : (/^(.*?)(?::(\d+))?$/.exec(text) ?? [])
  const domain = name.replace(/^\[|\]$/g, '').replace(/^\*(?=\.)/, '')
  if (domain === '') return () => false
  const subdomains = domain.startsWith('.') ? domain : `.${domain}`
  return (host, port) =>
    (onlyPort === undefined || onlyPort === port) &&
    (host === domain || (isIP(host) === 0 && host.endsWith(subdomains)))
}

/** Lower case wins, as in curl and Go. */
function read(env: RegistryOptions['env'], name: string): string {
  return env[name] || env[name.toUpperCase()] || ''
}

function proxyUrl(env: RegistryOptions['env'], name: string): string | undefined {
  const text = read(env, name)
  if (text === '') return undefined
  const full = (text.includes('://') ? text : `http://${text}`).replace(/^socks5h:/i, 'socks5:')
  const problem = problemOf(full)
  if (problem === undefined) return full
  throw new DockLockError('config', `${name.toUpperCase()} is not the URL of a proxy`, { hint: problem })
}

function problemOf(url: string): string | undefined {
  if (!URL.canParse(url) || !/^(?:https?|socks5?):$/.test(new URL(url).protocol))
    return 'Write it like http://proxy.example:3128'
  try {
    proxyParts(url)
    return undefined
  } catch {
    return 'Write a % in its user or password as %25'
  }
}

export interface ProxyParts {
  /** `host[:port]`. */
  readonly host: string
  /** Without user and password. */
  readonly uri: string
  /** Either may be empty. */
  readonly user: { readonly username: string; readonly password: string }
  /** A `Proxy-Authorization` header, if there is a user or a password, as in Go. */
  readonly authorization: string | undefined
  readonly isSocks: boolean
}

/** @throws URIError if user or password are not encoded as in a URL, which {@link createProxies} rules out */
export function proxyParts(proxy: string): ProxyParts {
  const url = new URL(proxy)
  const [username, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)]
  const text = `${username}:${password}`
  url.username = ''
  url.password = ''
  return {
    host: url.host,
    uri: url.href,
    user: { username, password },
    authorization: text === ':' ? undefined : `Basic ${Buffer.from(text).toString('base64')}`,
    isSocks: url.protocol.startsWith('socks'),
  }
}
