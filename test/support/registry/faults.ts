import { createHash } from 'node:crypto'
import { sha256 } from './images.ts'
import { errorReply, type Reply } from './reply.ts'
import type { RecordedRequest } from './requests.ts'

/**
 * What goes wrong. On HEAD, which has no body, the faults of the body's transport strike before the headers, and
 * those of its bytes show only as far as the headers tell.
 */
export type Behaviour =
  /** The socket is closed without an answer. */
  | { readonly kind: 'close' }
  /** Half of the body, then the connection is reset (RST). */
  | { readonly kind: 'reset' }
  /** Half of the body, then the connection is ended (FIN), short of Content-Length. */
  | { readonly kind: 'truncate' }
  /** Nothing comes any more, before the headers or after half of the body. */
  | { readonly kind: 'hang'; readonly at: 'headers' | 'body' }
  /** The body comes at this rate. */
  | { readonly kind: 'slow'; readonly bytesPerSecond: number }
  /**
   * An error answer. The body defaults to the JSON that belongs to the status; a 401 challenges unless `headers` say
   * otherwise, so one without an end is a loop.
   */
  | {
      readonly kind: 'status'
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: string
    }
  /** Docker-Content-Digest is this or some other digest. */
  | { readonly kind: 'wrong-digest'; readonly digest?: string }
  /** No Docker-Content-Digest. */
  | { readonly kind: 'missing-digest' }
  /** The body (JSON stays JSON) is not what its digest says. */
  | { readonly kind: 'wrong-body' }
  /** The body is padded with spaces to this size (default 5 MiB), chunked; digest and JSON stay right. */
  | { readonly kind: 'oversize'; readonly bytes?: number }
  /** The body is no JSON; its digest is right. */
  | { readonly kind: 'invalid-json'; readonly body?: string }
  /** This Content-Type, or none. */
  | { readonly kind: 'content-type'; readonly value?: string }
  /**
   * A redirect to the same URL, to the same host by the other scheme, or to a URL; a URL without a path keeps path
   * and query. Default status 307.
   */
  | { readonly kind: 'redirect'; readonly to: 'loop' | 'scheme' | (string & {}); readonly status?: number }
  /** An error answer whose message holds terminal escapes, line breaks and bidirectional overrides. */
  | { readonly kind: 'control-characters'; readonly status?: number }

export type Match =
  | ((request: RecordedRequest) => boolean)
  | {
      readonly method?: string
      /** Tested against the path without the query; `/token` is the token endpoint. */
      readonly pathRegex?: RegExp
      /** How many requests it strikes before it is used up. Default: all. */
      readonly times?: number
    }

export interface RandomFaults {
  readonly seed: number
  /** The share of requests that are struck, 0 to 1. */
  readonly rate: number
  /** Chosen from; default: close, reset, truncate, 429, 500 and 503. */
  readonly behaviours?: readonly Behaviour[]
}

export interface Faults {
  /** The first fault added that matches strikes. Returns a function that takes it back. */
  add(match: Match, behaviour: Behaviour): () => void
  /** Takes all back, the random ones too. */
  clear(): void
  /** undefined = none. */
  random(options: RandomFaults | undefined): void
  next(request: RecordedRequest): Behaviour | undefined
}

const transient: readonly Behaviour[] = [
  { kind: 'close' },
  { kind: 'reset' },
  { kind: 'truncate' },
  { kind: 'status', status: 429, headers: { 'retry-after': '0' } },
  { kind: 'status', status: 500 },
  { kind: 'status', status: 503 },
]

export function createFaults(initial?: RandomFaults): Faults {
  let rules: { match: (request: RecordedRequest) => boolean; behaviour: Behaviour; left: number }[] = []
  let random = initial
  const seen = new Map<string, number>()

  /** Drawn from the seed, the request and how often it came: the order of concurrent requests does not matter. */
  const draw = (request: RecordedRequest): Behaviour | undefined => {
    if (!random) return undefined
    const name = `${request.method} ${request.path}`
    const count = (seen.get(name) ?? 0) + 1
    seen.set(name, count)
    const hash = createHash('sha256').update(`${random.seed} ${count} ${name}`).digest()
    if (hash.readUInt32BE(0) / 2 ** 32 >= random.rate) return undefined
    const choices = random.behaviours ?? transient
    return choices[hash.readUInt32BE(4) % choices.length]
  }

  return {
    add(match, behaviour) {
      const rule = {
        match: typeof match === 'function' ? match : (request: RecordedRequest) => matches(match, request),
        behaviour,
        left: typeof match === 'function' ? Infinity : (match.times ?? Infinity),
      }
      rules.push(rule)
      return () => {
        rules = rules.filter(other => other !== rule)
      }
    },
    clear() {
      rules = []
      random = undefined
    },
    random(options) {
      random = options
      seen.clear()
    },
    next(request) {
      const rule = rules.find(({ match, left }) => left > 0 && match(request))
      if (!rule) return draw(request)
      rule.left -= 1
      return rule.behaviour
    },
  }
}

function matches(
  match: Exclude<Match, (request: RecordedRequest) => boolean>,
  request: RecordedRequest,
): boolean {
  if (match.method !== undefined && match.method !== request.method) return false
  // search() is blind to lastIndex, which a pattern with the g flag would carry from call to call.
  return match.pathRegex === undefined || request.path.search(match.pathRegex) >= 0
}

/** The reply as the fault leaves it; faults of the transport leave it as it is. */
export function alter(reply: Reply, behaviour: Behaviour, place: { url: string; challenge: string }): Reply {
  const { 'docker-content-digest': digest, etag: _etag, ...others } = reply.headers
  const withDigest = (body: Buffer): Record<string, string> =>
    digest === undefined ? others : { ...others, 'docker-content-digest': sha256(body) }

  switch (behaviour.kind) {
    case 'status': {
      const code = statusCodes[behaviour.status] ?? 'UNKNOWN'
      const challenge: Record<string, string> =
        behaviour.status === 401 ? { 'www-authenticate': place.challenge } : {}
      const error = errorReply(behaviour.status, code, 'fault on demand', null, {
        ...challenge,
        ...behaviour.headers,
      })
      return behaviour.body === undefined ? error : { ...error, body: Buffer.from(behaviour.body) }
    }
    case 'wrong-digest': {
      const other = behaviour.digest ?? sha256('some other content')
      return { ...reply, headers: { ...reply.headers, 'docker-content-digest': other } }
    }
    case 'missing-digest':
      return { ...reply, headers: others }
    case 'wrong-body':
      return { ...reply, body: spoil(reply.body) }
    case 'oversize': {
      const missing = (behaviour.bytes ?? 5 * 1024 * 1024) - reply.body.length
      const body = Buffer.concat([reply.body, Buffer.alloc(Math.max(0, missing), ' ')])
      return { ...reply, headers: withDigest(body), body, chunked: true }
    }
    case 'invalid-json': {
      const body = Buffer.from(behaviour.body ?? '{"schemaVersion": 2, "manifests": [')
      return { ...reply, headers: withDigest(body), body }
    }
    case 'content-type': {
      const { 'content-type': _type, ...rest } = reply.headers
      return {
        ...reply,
        headers: behaviour.value === undefined ? rest : { ...rest, 'content-type': behaviour.value },
      }
    }
    case 'redirect':
      return {
        status: behaviour.status ?? 307,
        headers: { location: location(behaviour.to, place.url) },
        body: Buffer.alloc(0),
      }
    case 'control-characters':
      return errorReply(
        behaviour.status ?? 403,
        'DENIED',
        'denied\u001b[2J\u001b]0;title\u0007\r\nforged: line\u0000\u009b31m\u202egnp.exe\u2028',
      )
    default:
      return reply
  }
}

const statusCodes: Readonly<Record<number, string>> = {
  401: 'UNAUTHORIZED',
  403: 'DENIED',
  404: 'MANIFEST_UNKNOWN',
  429: 'TOOMANYREQUESTS',
}

function spoil(body: Buffer): Buffer {
  if (body[0] === '{'.charCodeAt(0)) return Buffer.concat([body, Buffer.from('\n')])
  const copy = Buffer.from(body)
  if (copy.length > 0) copy[copy.length - 1]! ^= 0xff
  return copy
}

function location(to: string, url: string): string {
  if (to === 'loop') return url
  if (to === 'scheme') return url.startsWith('https:') ? `http:${url.slice(6)}` : `https:${url.slice(5)}`
  const target = new URL(to)
  if (target.pathname !== '/' || target.search) return to
  const { pathname, search } = new URL(url)
  return `${target.origin}${pathname}${search}`
}
