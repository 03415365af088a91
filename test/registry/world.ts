/**
 * All hosts there are, behind one proxy: each speaks TLS with a certificate that is trusted, or with one that is not, or plain http, and
 * wants a password. Every request is recorded with all of its headers, by the host that it really went to.
 */
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { withFolder } from '../support/folder.ts'
import { selfSignedCertificate } from '../support/registry/index.ts'
import { base64 } from './support.ts'

/** What a host offers. */
export type Offer = 'verified' | 'self-signed' | 'http'

export interface Host {
  readonly offer: Offer
  /** Bearer tokens come from here; else the password itself is wanted. */
  readonly realm?: string
  readonly redirect?: string
}

export interface Seen {
  /** `https://ghcr.io`. */
  readonly origin: string
  readonly offer: Offer
  /** Headers and body, with what is base64 in them decoded. */
  readonly text: string
}

export interface World {
  /** For the resolver: the proxy, the trusted authority. */
  readonly env: Readonly<Record<string, string>>
  readonly seen: readonly Seen[]
  /** Where a secret of that host was seen: `https://ghcr.io verified`, sorted, each once. */
  secretsOf(host: string): readonly string[]
  /** Where requests without any secret went: likewise. */
  anonymous(): readonly string[]
  /** From now on these hosts are there, and nothing has been seen. */
  become(hosts: Readonly<Record<string, Host>>): void
}

/** Each host has a password of its own. */
export function passwordOf(host: string): string {
  return `pl4nted-${host}-`
}

export function authOf(...hosts: readonly string[]): Readonly<Record<string, { readonly auth: string }>> {
  return Object.fromEntries(hosts.map(host => [host, { auth: base64(`user:${passwordOf(host)}`) }]))
}

export const DIGEST = `sha256:${'a'.repeat(64)}`

/** `names`: all that will ever be verified. */
export async function withWorld(
  names: readonly string[],
  use: (world: World) => Promise<void>,
): Promise<void> {
  const certificate = selfSignedCertificate(names)
  const seen: Seen[] = []
  const sockets = new Set<Socket>()
  /** The host that was asked for, by the port of a connection within this process. */
  const targets = new Map<number | undefined, string>()
  let hosts: Readonly<Record<string, Host>> = {}

  const answer = (offer: Offer, origin: (request: IncomingMessage) => URL): RequestListener => {
    return (request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const url = origin(request)
        const texts = [request.url ?? '', ...request.rawHeaders, Buffer.concat(chunks).toString()]
        const decoded = texts.map(text => Buffer.from(text.split(' ').at(-1) ?? '', 'base64').toString())
        const text = [...texts, ...texts.map(unescaped), ...decoded].join('\n')
        seen.push({ origin: url.origin, offer, text })
        const host = hosts[url.host]
        const { authorization = '' } = request.headers
        if (host === undefined) return response.writeHead(502).end()
        // What a server that speaks TLS says to plain http.
        if (offer === 'http' && host.offer !== 'http') return response.writeHead(400).end()
        if (url.pathname === '/token') {
          const token = authorization === '' ? 'nobody' : `${passwordOf(url.host)}token`
          return response.end(JSON.stringify({ token }))
        }
        if (authorization === '' || authorization === 'Bearer nobody') {
          const challenge = host.realm === undefined ? 'Basic realm="x"' : `Bearer realm="${host.realm}"`
          return response.writeHead(401, { 'www-authenticate': challenge }).end()
        }
        if (host.redirect !== undefined) return response.writeHead(307, { location: host.redirect }).end()
        const headers = {
          'docker-content-digest': DIGEST,
          'content-type': 'application/vnd.oci.image.index.v1+json',
          'content-length': '2',
        }
        response.writeHead(200, headers).end(request.method === 'HEAD' ? undefined : '{}')
      })
    }
  }
  const tunnelled = (request: IncomingMessage): URL =>
    new URL(request.url ?? '/', `https://${targets.get(request.socket.remotePort)}`)
  const servers: Readonly<Record<Offer, Server>> = {
    verified: createTlsServer(certificate, answer('verified', tunnelled)),
    'self-signed': createTlsServer(selfSignedCertificate(names), answer('self-signed', tunnelled)),
    http: createServer(answer('http', ({ url }) => new URL(url ?? '/'))),
  }
  for (const server of [servers.verified, servers['self-signed']]) server.on('tlsClientError', () => {})
  // The proxy itself answers plain http, and what is tunnelled to a host that has no TLS gets there as well.
  servers.http.on('clientError', (_error, socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  servers.http.on('connect', (request, client) => {
    const [, name, port] = /^(.*):(\d+)$/.exec(request.url ?? '') ?? []
    const host = port === '443' ? `${name}` : `${name}:${port}`
    const offer = hosts[host]?.offer
    if (offer === undefined) return client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
    const onward = connect((servers[offer].address() as AddressInfo).port, '127.0.0.1', () => {
      targets.set(onward.localPort, host)
      client.write('HTTP/1.1 200 OK\r\n\r\n')
      onward.pipe(client).pipe(onward)
    })
    for (const each of [onward, client as Socket]) {
      sockets.add(each)
      each.on('error', () => each.destroy())
    }
  })
  const all = Object.values(servers)
  await Promise.all(all.map(each => new Promise<void>(done => each.listen(0, '127.0.0.1', done))))
  const proxy = `http://127.0.0.1:${(servers.http.address() as AddressInfo).port}`
  const where = (some: readonly Seen[]): string[] =>
    [...new Set(some.map(({ origin, offer }) => `${origin} ${offer}`))].sort()
  try {
    await withFolder({ 'ca.pem': certificate.cert }, folder =>
      use({
        env: { HTTPS_PROXY: proxy, HTTP_PROXY: proxy, SSL_CERT_FILE: `${folder}/ca.pem` },
        seen,
        secretsOf: host => where(seen.filter(({ text }) => text.includes(passwordOf(host)))),
        anonymous: () => where(seen.filter(({ text }) => !text.includes('pl4nted'))),
        become(next) {
          hosts = next
          seen.length = 0
        },
      }),
    )
  } finally {
    for (const each of sockets) each.destroy()
    await Promise.all(
      all.map(each => {
        const closed = new Promise(done => each.close(done))
        each.closeAllConnections()
        return closed
      }),
    )
  }
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
