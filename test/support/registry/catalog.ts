import { type Image, type ImageOptions, type Manifest, makeImage, sha256 } from './images.ts'

/** What the registry holds. A blob or manifest is visible only in the repositories that it was added to. */
export interface Catalog {
  /** Makes the image, stores it and points the tag to it. */
  addImage(repository: string, tag: string, options?: ImageOptions): Image
  /** Stores any bytes as a manifest, whatever they hold, and points the tag (if any) to it. Returns its digest. */
  addManifest(repository: string, tag: string | undefined, manifest: Manifest): string
  /**
   * Points the tag to a stored digest, or with none to the next revision of the image made for that tag. What it
   * meant before stays there by digest. Returns the digest; throws for a tag or digest that is not there.
   */
  moveTag(repository: string, tag: string, digest?: string): string
  /** Forgets the tag; its manifests stay. */
  removeTag(repository: string, tag: string): void
  /** Forgets a manifest and the tags that point to it. */
  removeManifest(repository: string, digest: string): void
  manifest(repository: string, reference: string): (Manifest & { readonly digest: string }) | undefined
  blob(repository: string, digest: string): Buffer | undefined
  /** Sorted tags, or undefined for a repository that is not there. */
  tags(repository: string): readonly string[] | undefined
}

interface Repository {
  readonly tags: Map<string, string>
  readonly manifests: Map<string, Manifest>
  readonly blobs: Map<string, Buffer>
  /** How the image of a tag was made, for its next revision. */
  readonly made: Map<string, ImageOptions>
  /** Removed tags, which are not made again on demand. */
  readonly removed: Set<string>
}

/** `onDemand`: options of the images made for a tag nobody added; undefined = such tags are unknown. */
export function createCatalog(onDemand?: ImageOptions): Catalog {
  const repositories = new Map<string, Repository>()

  const open = (name: string): Repository => {
    let repository = repositories.get(name)
    if (!repository) {
      repository = {
        tags: new Map(),
        manifests: new Map(),
        blobs: new Map(),
        made: new Map(),
        removed: new Set(),
      }
      repositories.set(name, repository)
    }
    return repository
  }

  const addImage = (name: string, tag: string, options: ImageOptions = {}): Image => {
    const image = makeImage(name, tag, options)
    const repository = open(name)
    for (const [digest, manifest] of image.manifests) repository.manifests.set(digest, manifest)
    for (const [digest, blob] of image.blobs) repository.blobs.set(digest, blob)
    repository.tags.set(tag, image.digest)
    repository.made.set(tag, options)
    return image
  }

  return {
    addImage,
    addManifest(name, tag, manifest) {
      const repository = open(name)
      const digest = sha256(manifest.body)
      repository.manifests.set(digest, manifest)
      if (tag !== undefined) repository.tags.set(tag, digest)
      return digest
    },
    moveTag(name, tag, digest) {
      const repository = open(name)
      if (digest === undefined) {
        const options = repository.made.get(tag)
        if (!options) throw new Error(`no image was made for ${name}:${tag}`)
        return addImage(name, tag, { ...options, revision: (options.revision ?? 0) + 1 }).digest
      }
      if (!repository.manifests.has(digest)) throw new Error(`no manifest ${name}@${digest}`)
      repository.tags.set(tag, digest)
      return digest
    },
    removeTag(name, tag) {
      const repository = open(name)
      repository.tags.delete(tag)
      repository.removed.add(tag)
    },
    removeManifest(name, digest) {
      const repository = open(name)
      repository.manifests.delete(digest)
      for (const [tag, target] of repository.tags) if (target === digest) repository.tags.delete(tag)
    },
    manifest(name, reference) {
      const isDigest = reference.includes(':')
      const known = repositories.get(name)
      if (!isDigest && onDemand && !known?.tags.has(reference) && !known?.removed.has(reference)) {
        addImage(name, reference, onDemand)
      }
      const repository = repositories.get(name)
      const digest = isDigest ? reference : repository?.tags.get(reference)
      const manifest = digest === undefined ? undefined : repository?.manifests.get(digest)
      return digest !== undefined && manifest ? { ...manifest, digest } : undefined
    },
    blob: (name, digest) => repositories.get(name)?.blobs.get(digest),
    tags(name) {
      const repository = repositories.get(name)
      return repository && [...repository.tags.keys()].sort()
    },
  }
}
