/** How much of an image BuildKit's content store has for one platform, as far as a build needs it. */
import { indexPlatforms, isIndex, toPlatform } from '../../core/descriptor.ts'
import type { Platform } from '../../core/platform.ts'
import { platformDistance, sameArchitecture } from '../../core/platform-match.ts'
import { nearestPlatform } from '../../core/platform-support.ts'
import type { Wanted } from '../../core/wanted.ts'
import { field, textField } from '../../lib/json.ts'
import { mapLimited } from '../../lib/limit.ts'
import { type Content, comesFrom } from './content.ts'

/**
 * - `none`: not even the document that the digest names.
 * - `elsewhere`: that document, but nothing for the platform.
 * - `described`: manifest and config, but not all layers.
 * - `partial`: manifest or config is missing.
 * - `complete`: everything.
 */
export interface ContentState {
  readonly has: 'none' | 'elsewhere' | 'partial' | 'described' | 'complete'
  /** Known to come from the reference's repository. Otherwise BuildKit asks the registry. */
  readonly labelled: boolean
}

/** A manifest may have any number of layers. */
const LAYERS_AT_ONCE = 8

/** @throws as `Content.info` */
export async function inspectContent(
  content: Content,
  wanted: Wanted,
  platform: Platform,
  signal: AbortSignal,
): Promise<ContentState> {
  const info = await content.info(wanted.digest, signal)
  if (info === undefined) return { has: 'none', labelled: false }
  const labelled = comesFrom(info, wanted.reference)
  const document = await readJson(content, wanted.digest, signal)
  if (document === undefined) return { has: 'none', labelled }
  let manifest: unknown = document
  const inIndex = isIndex(textField(document, 'mediaType')) || Array.isArray(field(document, 'manifests'))
  if (inIndex) {
    const digest = listed(document, wanted.platformDigest, platform) ?? bestManifest(document, platform)
    if (digest === undefined) return { has: 'elsewhere', labelled }
    manifest = await readJson(content, digest, signal)
    if (manifest === undefined) return { has: 'elsewhere', labelled }
  }
  const config = textField(field(manifest, 'config'), 'digest')
  if ((await content.info(config, signal)) === undefined) return { has: 'partial', labelled }
  // A build uses a single manifest for any platform.
  if (!inIndex && !serves(await readJson(content, config, signal), platform))
    return { has: 'elsewhere', labelled }
  const layers = field(manifest, 'layers')
  if (!Array.isArray(layers)) return { has: 'described', labelled }
  const blobs = new Set((layers as unknown[]).map(layer => textField(layer, 'digest')))
  const there = await mapLimited([...blobs], LAYERS_AT_ONCE, blob => content.info(blob, signal))
  return { has: there.every(blob => blob !== undefined) ? 'complete' : 'described', labelled }
}

/** `digest`, if the index lists it and only for this platform. A lockfile may name any digest. */
function listed(index: unknown, digest: string | undefined, platform: Platform): string | undefined {
  const manifests = field(index, 'manifests')
  const entry: unknown = Array.isArray(manifests)
    ? (manifests as unknown[]).find(one => textField(one, 'digest') === digest)
    : undefined
  if (entry === undefined) return undefined
  const offered = toPlatform(field(entry, 'platform'))
  const isOther = offered !== undefined && platformDistance(platform, offered) === undefined
  return isOther ? undefined : digest
}

function serves(config: unknown, platform: Platform): boolean {
  const have = toPlatform(config)
  return have !== undefined && sameArchitecture(platform, have)
}

/** The digest of the manifest that a build for the platform selects from the index. */
function bestManifest(index: unknown, platform: Platform): string | undefined {
  return nearestPlatform(platform, indexPlatforms(index) ?? [])?.digest
}

async function readJson(content: Content, digest: string, signal: AbortSignal): Promise<unknown> {
  const bytes = await content.read(digest, signal)
  if (bytes === undefined) return undefined
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}
