/**
 * What images say about themselves. See image-change.ts for what differs between two of them. All text comes from the publisher: it is bounded, printable
 * and without credentials.
 * @see https://github.com/opencontainers/image-spec/blob/main/config.md
 */
import { field, isStrings } from '../lib/json.ts'
import { believableDate } from './age.ts'
import type { Resolution } from './descriptor.ts'
import { printable, redact } from './error.ts'

/** What a reference points to, with what its manifests and configs say. */
export interface ImageDescription {
  /** With platforms. */
  readonly resolution: Resolution
  /** By platform, as it was asked for. Absent: not asked, or the registry does not have it. */
  readonly configs: Readonly<Record<string, ImageConfig>>
  /** When the publisher built it: the newest believable date over all platforms, in ISO 8601. */
  readonly created?: string
  /** When the registry received it, if it says so, otherwise `created`. Undefined if no date is believable. */
  readonly date?: ImageDate
}

export interface ImageDate {
  /** ISO 8601. */
  readonly time: string
  /** `registry`: `Last-Modified` of its manifest. `publisher`: `created` of its config or its annotation. */
  readonly source: 'registry' | 'publisher'
}

/** A part of an image's config. */
export interface ImageConfig {
  /** As the publisher wrote it. It may be 1970, or not a date. */
  readonly created?: string
  readonly labels: ImageLabels
  readonly user?: string
  readonly entrypoint?: readonly string[]
  /** The names of its variables. Values may be secrets. */
  readonly environment: readonly string[]
  /** `80/tcp`. */
  readonly ports: readonly string[]
}

/** `org.opencontainers.image.version`, `.revision` and `.source`. */
export interface ImageLabels {
  readonly version?: string
  readonly revision?: string
  readonly source?: string
}

/** Limits for text in characters and for lists in entries. Real images have less. */
const TEXT_MAX = 200
const LIST_MAX = 100
/** Characters that are cleaned. Escapes make a text longer. */
const CLEANED_MAX = 1000

/** The part of a config's JSON that is described. */
export function toImageConfig(document: unknown): ImageConfig {
  const config = field(document, 'config')
  const created = text(field(document, 'created'))
  const user = text(field(config, 'User'))
  const entrypoint = field(config, 'Entrypoint')
  const variables = field(config, 'Env')
  const ports = field(config, 'ExposedPorts')
  return {
    ...(created !== undefined && { created }),
    labels: toLabels(field(config, 'Labels')),
    ...(user !== undefined && { user }),
    ...(isStrings(entrypoint) &&
      entrypoint.length > 0 && { entrypoint: entrypoint.slice(0, LIST_MAX).map(shown) }),
    environment: isStrings(variables)
      ? names(variables.map(each => each.slice(0, CLEANED_MAX).split('=')[0]!))
      : [],
    ports: typeof ports === 'object' && ports !== null ? names(Object.keys(ports)) : [],
  }
}

const OCI = 'org.opencontainers.image.'

/** Annotations of an index, of an entry in it, or of a manifest. Docker's official images have them instead of labels. */
export interface ImageAnnotations {
  readonly created?: string
  readonly labels: ImageLabels
}

export function toAnnotations(annotations: unknown): ImageAnnotations {
  const created = text(field(annotations, `${OCI}created`))
  return { ...(created !== undefined && { created }), labels: toLabels(annotations) }
}

/** The config with what it lacks from `annotations`, the first of which counts most. */
export function withAnnotations(
  config: ImageConfig,
  annotations: readonly (ImageAnnotations | undefined)[],
): ImageConfig {
  const all = annotations.filter(each => each !== undefined)
  const created = config.created ?? all.find(each => each.created !== undefined)?.created
  const labels: ImageLabels = Object.assign({}, ...all.map(each => each.labels).reverse(), config.labels)
  return { ...config, labels, ...(created !== undefined && { created }) }
}

function toLabels(labels: unknown): ImageLabels {
  const version = text(field(labels, `${OCI}version`))
  const revision = text(field(labels, `${OCI}revision`))
  const source = text(field(labels, `${OCI}source`))
  return {
    ...(version !== undefined && { version }),
    ...(revision !== undefined && { revision }),
    ...(source !== undefined && { source }),
  }
}

/** The newest believable date. */
export function newestDate(dates: readonly (string | undefined)[], now: number): string | undefined {
  return dates
    .flatMap(date => believableDate(date, now) ?? [])
    .sort()
    .at(-1)
}

function names(all: readonly string[]): readonly string[] {
  const distinct = new Set(
    all
      .filter(name => name !== '')
      .slice(0, LIST_MAX)
      .map(shown),
  )
  return [...distinct].sort()
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? shown(value) : undefined
}

/** Bounded, printable, without credentials. */
function shown(value: string): string {
  const clean = printable(redact(value.slice(0, CLEANED_MAX)))
  return clean.length <= TEXT_MAX ? clean : `${clean.slice(0, TEXT_MAX - 1).replace(/\p{Cs}$/u, '')}…`
}
