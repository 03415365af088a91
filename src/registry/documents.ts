/** Manifests and configs of one repository. Each is read once in a run, and only the parts that are used are kept. */
import { MANIFEST_TYPES, toPlatform } from '../core/descriptor.ts'
import { type Digest, parseDigest, shortDigest } from '../core/digest.ts'
import {
  type ImageAnnotations,
  type ImageConfig,
  toAnnotations,
  toImageConfig,
} from '../core/image-description.ts'
import type { Platform } from '../core/platform.ts'
import { field } from '../lib/json.ts'
import { parseJson, unsupported, verified } from './content.ts'
import type { Endpoint } from './endpoints/endpoints.ts'
import type { Fetch } from './fetch.ts'

export const ACCEPT: string = MANIFEST_TYPES.join(', ')

/** Where a document is read from, if it is not known. */
export interface DocumentSource {
  readonly endpoint: Endpoint
  readonly fetch: Fetch
}

export interface ManifestDocument {
  readonly config: Digest
}

export interface ConfigDocument {
  readonly platform: Platform | undefined
  readonly image: ImageConfig
}

/** `content`: the bytes of the document, if they are known. All throw HttpFailure or DockLockError. */
export interface Documents {
  /** The parsed index. It is read again on each call. */
  index(source: DocumentSource, digest: Digest, content?: Buffer): Promise<unknown>
  /** @throws DockLockError `unsupported` if it is not the manifest of an image */
  manifest(source: DocumentSource, digest: Digest, content?: Buffer): Promise<ManifestDocument>
  config(source: DocumentSource, digest: Digest): Promise<ConfigDocument>
  /** The annotations of an index or manifest that was read: its own first, then those of its entry in an index. */
  annotations(digest: Digest): readonly ImageAnnotations[]
}

/** `conceal` removes credentials from what errors quote. */
export function createDocuments(conceal: (text: string) => string): Documents {
  const manifests = new Map<Digest, ManifestDocument>()
  const configs = new Map<Digest, ConfigDocument>()
  const own = new Map<Digest, ImageAnnotations>()
  const ofEntries = new Map<Digest, ImageAnnotations>()

  const read = async (
    { endpoint, fetch }: DocumentSource,
    kind: 'manifests' | 'blobs',
    digest: Digest,
    content?: Buffer,
  ): Promise<unknown> => {
    const accept = kind === 'manifests' ? ACCEPT : '*/*'
    const bytes = content ?? (await fetch('GET', `${kind}/${digest}`, accept)).body
    return parseJson(endpoint, digest, verified(endpoint, digest, bytes))
  }

  return {
    async index(source, digest, content) {
      const document = await read(source, 'manifests', digest, content)
      own.set(digest, toAnnotations(field(document, 'annotations')))
      const entries = field(document, 'manifests')
      for (const entry of Array.isArray(entries) ? (entries as unknown[]) : []) {
        const entryDigest = parseDigest(String(field(entry, 'digest')))
        const annotations = field(entry, 'annotations')
        if (entryDigest !== undefined && annotations !== undefined)
          ofEntries.set(entryDigest, toAnnotations(annotations))
      }
      return document
    },
    async manifest(source, digest, content) {
      const known = manifests.get(digest)
      if (known !== undefined) return known
      const { endpoint } = source
      const document = await read(source, 'manifests', digest, content)
      const descriptor = field(document, 'config')
      const config = parseDigest(String(field(descriptor, 'digest')))
      const type = String(field(descriptor, 'mediaType'))
      if (config === undefined)
        throw unsupported(endpoint, `its manifest (${shortDigest(digest)}) has no config`)
      if (!/\.image\.(config\.)?v1\+json$|^application\/octet-stream$/.test(type))
        throw unsupported(endpoint, `it is not a container image but ${conceal(type).slice(0, 100)}`)
      own.set(digest, toAnnotations(field(document, 'annotations')))
      const manifest = { config }
      manifests.set(digest, manifest)
      return manifest
    },
    async config(source, digest) {
      const known = configs.get(digest)
      if (known !== undefined) return known
      const document = await read(source, 'blobs', digest)
      const config = { platform: toPlatform(document), image: toImageConfig(document) }
      configs.set(digest, config)
      return config
    },
    annotations: digest => [own.get(digest), ofEntries.get(digest)].filter(each => each !== undefined),
  }
}
