/**
 * Image references, in the grammar of distribution/reference (used by Docker, BuildKit and containerd):
 *
 *     reference  := name [ ":" tag ] [ "@" digest ]
 *     name       := [ domain "/" ] path
 *     domain     := host [ ":" port ]
 *     host       := label ("." label)* | "[" IPv6 "]"
 *     label      := [a-zA-Z0-9] | [a-zA-Z0-9] [a-zA-Z0-9-]* [a-zA-Z0-9]
 *     path       := component ("/" component)*
 *     component  := [a-z0-9]+ (("." | "_" | "__" | "-"+) [a-z0-9]+)*
 *     tag        := [A-Za-z0-9_] [A-Za-z0-9_.-]{0,127}
 *     digest     := see core/digest.ts
 *
 * @see https://github.com/distribution/reference/blob/main/reference.go
 */
import { type Digest, parseDigest } from './digest.ts'
import { withoutUserinfo } from './userinfo.ts'

/** A parsed reference in its normalized form: `alpine` is `docker.io` + `library/alpine` + `latest`. */
export interface Reference {
  /** Registry as named in references, `host[:port]`; Docker Hub is `docker.io`. */
  readonly registry: string
  /** Path on the registry, including `library/` for official images. */
  readonly repository: string
  /** `latest` if neither tag nor digest was written; undefined only if there is a digest. */
  readonly tag?: string
  readonly digest?: Digest
  /** The text that was parsed. */
  readonly original: string
}

/** Why a text is not a reference; `message` is the text for display. */
export interface ReferenceProblem {
  readonly code: 'empty' | 'uppercase' | 'identifier' | 'too-long' | 'bad-digest' | 'bad-tag' | 'format'
  readonly message: string
}

export type ParsedReference =
  | { readonly ok: true; readonly reference: Reference }
  | { readonly ok: false; readonly problem: ReferenceProblem }

export const DOCKER_HUB = 'docker.io'
/** Without the registry, as in distribution/reference since 0.6. */
const REPOSITORY_MAX = 255
/** Limit for quoted text in messages, in characters. */
const SHOWN_MAX = 300
const DOMAIN =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?$/
const PATH = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/
const TAG = /^\w[\w.-]{0,127}$/

/** Parses and normalizes `text`. Never throws. */
export function parseReference(text: string): ParsedReference {
  if (text === '') return failure('empty', 'the reference is empty')
  if (/^[0-9a-f]{64}$/.test(text))
    return failure('identifier', 'a bare 64-digit hex string is an image ID, not a name')

  const at = text.indexOf('@')
  const digest = at < 0 ? undefined : parseDigest(text.slice(at + 1))
  if (at >= 0 && digest === undefined) {
    const shown = withoutUserinfo(text)
    if (shown !== text)
      return failure(
        'bad-digest',
        `"${short(shown)}" is not an image reference: it cannot have a user or password`,
      )
    return failure(
      'bad-digest',
      `"${short(text.slice(at + 1))}" is not a digest (sha256: and 64 lower-case hex digits)`,
    )
  }
  const { domain, rest } = splitDomain(at < 0 ? text : text.slice(0, at))
  const colon = rest.indexOf(':')
  const path = colon < 0 ? rest : rest.slice(0, colon)
  const tag = colon < 0 ? undefined : rest.slice(colon + 1)
  if (path !== path.toLowerCase())
    return failure('uppercase', `repository name "${short(path)}" must be lower case`)
  if (tag !== undefined && !TAG.test(tag)) return failure('bad-tag', `"${short(tag)}" is not a tag`)

  const registry = domain === undefined || domain === 'index.docker.io' ? DOCKER_HUB : domain
  const repository = registry === DOCKER_HUB && path !== '' && !path.includes('/') ? `library/${path}` : path
  if (repository.length > REPOSITORY_MAX) {
    return failure('too-long', `the repository name is longer than ${REPOSITORY_MAX} characters`)
  }
  if (!DOMAIN.test(registry) || !PATH.test(repository))
    return failure('format', `"${short(text)}" is not an image reference`)
  const effectiveTag = tag ?? (digest === undefined ? 'latest' : undefined)
  return {
    ok: true,
    reference: {
      registry,
      repository,
      ...(effectiveTag !== undefined && { tag: effectiveTag }),
      ...(digest !== undefined && { digest }),
      original: text,
    },
  }
}

/** The first segment is a host only if it cannot be a path: `localhost`, or with a `.`, a `:` or an upper-case letter. */
function splitDomain(name: string): { domain?: string; rest: string } {
  const slash = name.indexOf('/')
  const first = name.slice(0, slash)
  const isHost = slash >= 0 && (first === 'localhost' || /[.:]/.test(first) || first !== first.toLowerCase())
  return isHost ? { domain: first, rest: name.slice(slash + 1) } : { rest: name }
}

/** For messages. */
function short(text: string): string {
  return text.length <= SHOWN_MAX ? text : `${text.slice(0, SHOWN_MAX)}…`
}

function failure(code: ReferenceProblem['code'], message: string): ParsedReference {
  return { ok: false, problem: { code, message } }
}

/** `docker.io/library/alpine`: registry and repository, without tag or digest. */
export function repositoryName(reference: Reference): string {
  return `${reference.registry}/${reference.repository}`
}

/**
 * The full normalized form of the image, also its key in the lockfile:
 * `docker.io/library/alpine:3.20`, or `docker.io/library/alpine@sha256:…` where no tag was written.
 */
export function referenceKey(reference: Reference): string {
  const name = repositoryName(reference)
  return reference.tag === undefined ? `${name}@${reference.digest}` : `${name}:${reference.tag}`
}

/** The reference with that key. @throws RangeError if it is no key */
export function keyReference(key: string): Reference {
  const parsed = parseReference(key)
  if (!parsed.ok) throw new RangeError(`not a key: ${parsed.problem.message}`)
  return parsed.reference
}

/** The short form that the docker CLI shows: `alpine:3.20`, `ghcr.io/o/i:1`. Without a digest beside a tag. */
export function familiarName(reference: Reference): string {
  const name = familiarRepository(reference)
  return reference.tag === undefined ? `${name}@${reference.digest}` : `${name}:${reference.tag}`
}

/** `alpine`, `bitnami/redis`, `ghcr.io/o/i`: the short form of the repository. */
export function familiarRepository({ registry, repository }: Reference): string {
  if (registry !== DOCKER_HUB) return `${registry}/${repository}`
  // `library/` is dropped only if parsing adds it again; "localhost/x" on Docker Hub would parse as a host.
  const short = /^library\/[^/]+$/.test(repository) ? repository.slice('library/'.length) : repository
  return splitDomain(short).domain === undefined ? short : `${registry}/${repository}`
}
