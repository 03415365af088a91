import type { Catalog } from './catalog.ts'
import { mediaTypes } from './images.ts'
import { errorReply, jsonReply, type Reply } from './reply.ts'
import type { RecordedRequest } from './requests.ts'

/** Grammars: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests */
const route = /^\/v2\/(?<repository>.+)\/(?<kind>manifests|blobs|tags)\/(?<reference>[^/]+)$/
const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*'
const repositoryName = new RegExp(`^${component}(?:/${component})*$`)
const tagName = /^\w[\w.-]{0,127}$/
const digestName = /^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-fA-F]{32,}$/

type Asked = Pick<RecordedRequest, 'method' | 'path' | 'query' | 'headers'>

/** The repository that a path asks about; undefined for `/v2/` and paths that are none of the API's. */
export function repositoryOf(path: string): string | undefined {
  return route.exec(path)?.groups?.repository
}

/** The pull part of the distribution API: what a registry without auth and without faults answers. */
export function answer(request: Asked, catalog: Catalog): Reply {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return errorReply(405, 'UNSUPPORTED', 'this registry is read-only', null, { allow: 'GET, HEAD' })
  }
  if (request.path === '/v2/' || request.path === '/v2') return jsonReply(200, {})

  const { repository, kind, reference } = route.exec(request.path)?.groups ?? {}
  if (!repository || !reference) return errorReply(404, 'NOT_FOUND', 'no such endpoint')
  if (!repositoryName.test(repository)) return errorReply(400, 'NAME_INVALID', 'invalid repository name')
  if (kind === 'tags') {
    if (reference !== 'list') return errorReply(404, 'NOT_FOUND', 'no such endpoint')
    return tags(request, catalog, repository)
  }
  if (reference.includes(':') ? !digestName.test(reference) : kind === 'blobs' || !tagName.test(reference)) {
    return errorReply(400, reference.includes(':') ? 'DIGEST_INVALID' : 'TAG_INVALID', 'invalid reference')
  }
  return kind === 'blobs'
    ? blob(request, catalog, repository, reference)
    : manifest(request, catalog, repository, reference)
}

/**
 * Content negotiation as in CNCF distribution: OCI types that are not accepted are a 404, and a manifest list that
 * is not accepted becomes its linux/amd64 manifest when it is asked for by tag. Wildcards count for nothing.
 * https://github.com/distribution/distribution/blob/main/registry/handlers/manifests.go
 */
function manifest(request: Asked, catalog: Catalog, repository: string, reference: string): Reply {
  let found = catalog.manifest(repository, reference)
  if (!found) {
    const key = reference.includes(':') ? 'Digest' : 'Tag'
    const code = catalog.tags(repository) ? 'MANIFEST_UNKNOWN' : 'NAME_UNKNOWN'
    const message = code === 'NAME_UNKNOWN' ? 'repository name not known to registry' : 'manifest unknown'
    return errorReply(404, code, message, { Name: repository, [key]: reference })
  }
  const accepted = (header(request, 'accept') ?? '').split(',').map(part => part.split(';')[0]!.trim())
  const oci = found.mediaType === mediaTypes.oci.index || found.mediaType === mediaTypes.oci.manifest
  if (oci && !accepted.includes(found.mediaType)) {
    return errorReply(
      404,
      'MANIFEST_UNKNOWN',
      `${found.mediaType} found, but accept header does not support it`,
    )
  }
  const list = found.mediaType === mediaTypes.docker.index
  if (list && !reference.includes(':') && !accepted.includes(found.mediaType)) {
    const { manifests } = JSON.parse(found.body.toString()) as {
      manifests: { digest: string; platform: { os: string; architecture: string } }[]
    }
    const amd64 = manifests.find(
      ({ platform }) => platform.os === 'linux' && platform.architecture === 'amd64',
    )
    found = amd64 && catalog.manifest(repository, amd64.digest)
    if (!found) return errorReply(404, 'MANIFEST_UNKNOWN', 'no manifest for the default platform')
  }
  const headers = { 'docker-content-digest': found.digest, etag: `"${found.digest}"` }
  if (header(request, 'if-none-match')?.includes(found.digest)) {
    return { status: 304, headers, body: Buffer.alloc(0) }
  }
  return { status: 200, headers: { 'content-type': found.mediaType, ...headers }, body: found.body }
}

/** Blobs, whole or one range of them. https://www.rfc-editor.org/rfc/rfc9110#name-range-requests */
function blob(request: Asked, catalog: Catalog, repository: string, digest: string): Reply {
  const body = catalog.blob(repository, digest)
  if (!body) return errorReply(404, 'BLOB_UNKNOWN', 'blob unknown to registry', { digest })
  const headers = {
    'content-type': 'application/octet-stream',
    'docker-content-digest': digest,
    etag: `"${digest}"`,
    'accept-ranges': 'bytes',
    'cache-control': 'max-age=31536000',
  }
  const range = /^bytes=(\d*)-(\d*)$/.exec(header(request, 'range') ?? '')
  if (!range || (!range[1] && !range[2])) return { status: 200, headers, body }
  const start = range[1] ? Number(range[1]) : Math.max(0, body.length - Number(range[2]))
  const end = range[1] && range[2] ? Math.min(Number(range[2]), body.length - 1) : body.length - 1
  if (start > end) {
    return errorReply(416, 'RANGE_INVALID', 'range not satisfiable', null, {
      'content-range': `bytes */${body.length}`,
    })
  }
  return {
    status: 206,
    headers: { ...headers, 'content-range': `bytes ${start}-${end}/${body.length}` },
    body: body.subarray(start, end + 1),
  }
}

/** https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-tags */
function tags(request: Asked, catalog: Catalog, repository: string): Reply {
  const all = catalog.tags(repository)
  if (!all)
    return errorReply(404, 'NAME_UNKNOWN', 'repository name not known to registry', { name: repository })
  const last = request.query.get('last') ?? ''
  const rest = all.filter(tag => tag > last)
  const page = request.query.has('n') ? rest.slice(0, Number(request.query.get('n'))) : rest
  const next = new URLSearchParams({ n: String(page.length), last: page.at(-1) ?? '' })
  const more = page.length > 0 && page.length < rest.length
  const link = more ? { link: `</v2/${repository}/tags/list?${next}>; rel="next"` } : undefined
  return jsonReply(200, { name: repository, tags: page }, link)
}

function header(request: Asked, name: string): string | undefined {
  return request.headers[name]
}
