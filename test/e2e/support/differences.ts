import type { ImageOccurrence, Occurrence } from '../../../src/core/occurrence.ts'
import { formatPlatform, normalizePlatform, parsePlatform } from '../../../src/core/platform.ts'
import { repositoryName } from '../../../src/core/reference.ts'
import { dockerfile } from '../../support/extract.ts'
import type { Lookups, Reading } from './lookups.ts'

/** A Dockerfile and what a build of it is given. */
export interface Build {
  readonly source: string
  /** Several values: a build for each combination. */
  readonly buildArgs: Readonly<Record<string, readonly string[]>>
  /** As for `docker build --platform`. */
  readonly platform: string
  /** As for `docker build --target`; absent: all stages. */
  readonly target?: string
}

/** The platform of the machine that the engines run on. */
export const buildPlatform: string = `linux/${process.arch === 'x64' ? 'amd64' : process.arch}`

/** The images in a file: which of them one build looks up, and what is wrong with it. */
interface Expected {
  readonly syntax: ReadonlySet<string>
  readonly images: ReadonlySet<string>
  /** Looked up if some stage, of this file or another, starts from the one that has them. */
  readonly onbuild: ReadonlySet<string>
  readonly problems: readonly string[]
}

export interface Compared {
  /** In words; none where they agree. */
  readonly differences: readonly string[]
  /** Whether BuildKit accepts the file, with every combination of build args. */
  readonly accepted: boolean
  /** Whether the file cannot be read here, as some image is of a registry or for a platform that is not to be had: nothing was compared then. */
  readonly unservable: boolean
}

/**
 * Compares BuildKit and dock-lock on a Dockerfile. They agree when
 *
 * - dock-lock has found something wrong, and BuildKit refuses the file; or
 * - dock-lock has not, and its images are those that BuildKit has looked up, each for the platform that dock-lock says.
 *
 * Images in ONBUILD may be looked up or not. Only the lookup of a frontend image is seen; what it would do is done by the
 * frontend that is built in.
 */
export async function compare(lookups: Lookups, build: Build): Promise<Compared> {
  const differences: string[] = []
  let accepted = true
  // What BuildKit has once read by its digest, it does not ask for again.
  const kept = new Set<string>()
  for (const buildArgs of combinations(build.buildArgs)) {
    const occurrences = dockerfile.extract(build.source, 'Dockerfile', {
      buildArgs: Object.fromEntries(Object.entries(buildArgs).map(([name, value]) => [name, [value]])),
      buildPlatform,
      targetPlatform: build.platform,
      ...(build.target !== undefined && { target: build.target }),
    })
    if (
      occurrences.some(
        one =>
          one.kind === 'image' &&
          !lookups.serves(one.reference.registry, one.platform && formatPlatform(one.platform)),
      )
    ) {
      return { differences: [], accepted: false, unservable: true }
    }
    const expected = expectedOf(occurrences, normal(build.platform))
    const asFrontendImage = expected.syntax.size > 0
    if (asFrontendImage) {
      const options = { request: 'check', buildArgs, platform: build.platform, denyAll: true } as const
      const { asked, refusal } = await lookups.read(build.source, options)
      differences.push(...compareSets('# syntax', asked, expected.syntax, refusal))
      if (!isDockerfile(build.source)) continue
    }
    const reading = await readAll(lookups, build, buildArgs, asFrontendImage, occurrences)
    if (reading === undefined) return { differences: [], accepted: false, unservable: true }
    if (reading.refusal !== undefined) accepted = false
    differences.push(...compareReading(reading, expected, kept))
    for (const name of reading.asked) kept.add(digestIn(name) ?? '')
  }
  return { differences, accepted, unservable: false }
}

/**
 * All stages of a file. A check looks at them without being asked, but only for the engine's own platform; for another one, the file gets
 * one more stage, which copies from all others. Undefined where that changes what the file means: a number behind its last stage, as in
 * `COPY --from=3`, is one of the images that BuildKit puts there, and would be the new stage.
 */
async function readAll(
  lookups: Lookups,
  { source, platform, target }: Build,
  buildArgs: Readonly<Record<string, string>>,
  asFrontendImage: boolean,
  occurrences: readonly Occurrence[],
): Promise<Reading | undefined> {
  const options = { buildArgs, platform, asFrontendImage }
  if (target !== undefined) return lookups.read(source, { request: 'build', target, ...options })
  if (normal(platform) === buildPlatform) return lookups.read(source, { request: 'check', ...options })
  const { stages = [], refusal } = await lookups.read(source, { request: 'targets', ...options })
  if (refusal !== undefined) return { asked: new Set(), refusal }
  if (occurrences.some(one => one.kind === 'stage' && (one.index ?? -1) >= stages.length)) return undefined
  const copies = stages.map((_, index) => `COPY --from=${index} / /${index}/\n`)
  return lookups.read(`${source}\nFROM scratch\n${copies.join('')}`, { request: 'build', ...options })
}

function expectedOf(occurrences: readonly Occurrence[], platform: string): Expected {
  const names = (wanted: (image: ImageOccurrence) => boolean, withPlatform = true) =>
    new Set(
      occurrences.flatMap(occurrence => {
        if (occurrence.kind !== 'image' || !wanted(occurrence)) return []
        return withPlatform
          ? `${lookedUp(occurrence)} ${platformOf(occurrence, platform)}`
          : lookedUp(occurrence)
      }),
    )
  return {
    syntax: names(({ role }) => role === 'syntax', false),
    images: names(({ role, onbuild }) => role !== 'syntax' && onbuild !== true),
    onbuild: names(({ onbuild }) => onbuild === true),
    problems: occurrences.flatMap(occurrence =>
      (occurrence.kind === 'invalid' || occurrence.kind === 'variable') && occurrence.onbuild !== true
        ? [`${occurrence.kind} at line ${occurrence.place.line}: ${occurrence.reason}`]
        : [],
    ),
  }
}

function compareReading(
  { asked, refusal }: Reading,
  { images, onbuild, problems }: Expected,
  kept: ReadonlySet<string>,
): string[] {
  if (problems.length > 0) {
    return refusal === undefined ? [`BuildKit accepts what dock-lock does not: ${problems.join('; ')}`] : []
  }
  const wanted = [...images].filter(name => asked.has(name) || !kept.has(digestIn(name) ?? '-'))
  const ours = [...asked].filter(name => images.has(name) || !onbuild.has(name))
  return compareSets('images', new Set(ours), new Set(wanted), refusal)
}

function compareSets(
  what: string,
  asked: ReadonlySet<string>,
  expected: ReadonlySet<string>,
  refusal: string | undefined,
): string[] {
  const missing = [...expected].filter(name => !asked.has(name))
  const more = [...asked].filter(name => !expected.has(name))
  return missing.length + more.length === 0
    ? []
    : [
        `${what}: dock-lock alone finds ${missing.join(', ') || 'nothing'}, BuildKit alone ${more.join(', ') || 'nothing'}${refusal === undefined ? '' : `; BuildKit refuses the file: ${refusal}`}`,
      ]
}

/** The name by which BuildKit looks up the image. */
export function lookedUp({ reference }: ImageOccurrence): string {
  const { tag, digest } = reference
  return `${repositoryName(reference)}${digest === undefined ? `:${tag}` : `@${digest}`}`
}

export function platformOf({ platform }: ImageOccurrence, ofBuild: string): string {
  return platform === undefined ? ofBuild : formatPlatform(platform)
}

/** One spelling for every platform. */
function normal(platform: string): string {
  const parsed = parsePlatform(platform)
  if (parsed === undefined) throw new RangeError(`not a platform: ${platform}`)
  return formatPlatform(normalizePlatform(parsed))
}

function digestIn(name: string): string | undefined {
  return /@(\S+)/.exec(name)?.[1]
}

/** One value for each ARG, in all ways. */
export function combinations(
  buildArgs: Readonly<Record<string, readonly string[]>>,
): readonly Readonly<Record<string, string>>[] {
  return Object.entries(buildArgs).reduce<Record<string, string>[]>(
    (all, [name, values]) => all.flatMap(one => values.map(value => ({ ...one, [name]: value }))),
    [{}],
  )
}

/** Not for a frontend of another language, whose directives are in `//` comments or JSON. */
function isDockerfile(source: string): boolean {
  return !/^\ufeff?(?:#!.*\n)?\s*(?:\/\/|\{)/.test(source)
}
