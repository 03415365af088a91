/** Extracts the images that a file names, over all its builds and the platforms of the engines that may run them. Pure. */
import type { Build, BuildArgOrigin, Origin, PlatformBuild } from './build.ts'
import { platformBuilds } from './build.ts'
import type { ImageOccurrence, Occurrence } from './occurrence.ts'
import { formatPlatform, type Platform } from './platform.ts'
import type { Reference } from './reference.ts'

/** The input of extraction. `format`: see formats/format.ts. */
export interface Extractable {
  readonly file: string
  readonly text: string
  readonly builds: readonly Build[]
  readonly format: {
    extract(source: string, path: string, build: PlatformBuild): readonly Occurrence[]
  }
}

/** Every place in the file that names an image, in order, with the origins of the builds that use it. */
export function extractOccurrences(
  { file, text, builds, format }: Extractable,
  enginePlatforms: readonly Platform[],
): readonly Occurrence[] {
  const variants = builds.flatMap(build =>
    enginePlatforms.flatMap(platform =>
      platformBuilds(build, platform).map(one => ({ of: build, build: one })),
    ),
  )
  const extracted = new Map<string, readonly Occurrence[]>()
  const [only] = variants
  if (only !== undefined && variants.length === 1 && only.of.origin.file === file) {
    const origins = [only.of.origin]
    return extractOne(only).map(occurrence => ({ ...occurrence, origins }))
  }
  const seen = new Map<string, { occurrence: Occurrence; readonly origins: Set<Origin> }>()
  const failures: Occurrence[] = []
  for (const variant of variants) {
    const found = extractOne(variant)
    const failing = variant.of.origin.file === file ? [] : found.filter(failsBuild)
    failures.push(...failing.map(one => atOrigin(one, variant.of.origin)))
    if (failing.length > 0) continue
    for (const occurrence of found) {
      const what = occurrence.kind === 'image' ? occurrence.reference.original : ''
      const { platform } = occurrence
      // A build that gives an ARG its value is reported beside one that takes the default, which may be pinned.
      const id = [
        occurrence.range.start,
        occurrence.kind,
        what,
        platform && formatPlatform(platform),
        isBlocked(occurrence),
      ].join('\0')
      const known = seen.get(id)
      if (known === undefined) seen.set(id, { occurrence, origins: new Set([variant.of.origin]) })
      else {
        known.origins.add(variant.of.origin)
        known.occurrence = withMoreArgOrigins(known.occurrence, occurrence)
      }
    }
  }
  const all = [...seen.values()].map(({ occurrence, origins }) => ({ ...occurrence, origins: [...origins] }))
  return [
    ...combined(file, all).sort((a, b) => a.range.start - b.range.start),
    ...buildFailures(failures, all),
  ]

  function extractOne({ of, build }: (typeof variants)[number]): readonly Occurrence[] {
    // Many services may be built in the same way.
    const id = JSON.stringify(build)
    const same = extracted.get(id) ?? format.extract(text, file, build)
    extracted.set(id, same)
    const found = same.map(one => withArgOrigins(one, of))
    // What another file says about platforms is not among the options of the run.
    if (of.origin.file === file || of.platforms.length === 0) return found
    const platform = build.targetPlatform
    return found.map(one =>
      one.kind === 'image' && one.role !== 'syntax' && one.platform === undefined
        ? { ...one, platform }
        : one,
    )
  }
}

/** BuildKit would refuse the file in such a build. */
function failsBuild(occurrence: Occurrence): boolean {
  return occurrence.kind === 'invalid' && !occurrence.ifNeeded && !occurrence.comment
}

/** The fault, at the build of another file that meets it. */
function atOrigin(occurrence: Occurrence, origin: Origin): Occurrence {
  if (occurrence.kind !== 'invalid') return occurrence
  const { file, line, column } = occurrence.place
  const place = { file: origin.file, line: origin.line ?? 1, column: 1 }
  const where = line === 1 && column === 1 ? file : `${file}:${line}:${column}`
  const reason = `${where}: ${occurrence.reason}`
  return { ...occurrence, place, reason, ofBuild: true, origins: [origin] }
}

/** One for each build and reason. None for what is wrong in all builds: then the file itself is. */
function buildFailures(
  failures: readonly Occurrence[],
  others: readonly Occurrence[],
): readonly Occurrence[] {
  if (others.some(failsBuild)) return []
  const found = new Map<string, Occurrence>()
  for (const one of failures) {
    if (one.kind !== 'invalid') continue
    const { file, line } = one.place
    found.set([file, line, one.reason].join('\0'), one)
  }
  return [...found.values()]
}

function withArgOrigins(occurrence: Occurrence, { argOrigins = {}, pinnedArgs = [] }: Build): Occurrence {
  if (occurrence.kind !== 'image') return occurrence
  const given = Object.keys(occurrence.buildArgs ?? {})
  const origins = given.flatMap((name): BuildArgOrigin[] => {
    const origin = argOrigins[name]
    return origin === undefined ? [] : [{ name, ...origin }]
  })
  const isPinned = occurrence.pin.kind === 'never' && given.some(name => pinnedArgs.includes(name))
  return {
    ...occurrence,
    ...(origins.length > 0 && { argOrigins: origins }),
    ...(isPinned && withDigestElsewhere(occurrence.reference)),
  }
}

/** Several builds may give an ARG the same value. */
function withMoreArgOrigins(known: Occurrence, other: Occurrence): Occurrence {
  if (known.kind !== 'image' || other.kind !== 'image' || other.argOrigins === undefined) return known
  const { argOrigins = [] } = known
  const more = other.argOrigins.filter(
    one =>
      !argOrigins.some(({ name, file, line }) => name === one.name && file === one.file && line === one.line),
  )
  return more.length === 0 ? known : { ...known, argOrigins: [...argOrigins, ...more] }
}

function withDigestElsewhere({
  digest,
  original,
  ...reference
}: Reference): Pick<ImageOccurrence, 'reference' | 'pinnedElsewhere'> {
  return {
    reference: { ...reference, original: original.replace(/@.*/s, '') },
    pinnedElsewhere: digest === undefined ? {} : { digest },
  }
}

function isBlocked(occurrence: Occurrence): boolean {
  return (
    occurrence.kind === 'image' && occurrence.pin.kind === 'never' && occurrence.pinnedElsewhere === undefined
  )
}

/**
 * What the builds of other files change at a place: an image that one of them replaces by its name is not pinned, and an ARG that one of
 * them gives is not decided outside.
 */
function combined(file: string, all: readonly Occurrence[]): Occurrence[] {
  const contexts = new Map<number, { readonly name: string; readonly origins: readonly Origin[] }>()
  const given = new Set<number>()
  for (const one of all) {
    if (one.kind === 'stage' && one.isContext)
      contexts.set(one.range.start, { name: one.name, origins: one.origins ?? [] })
    else if (one.kind !== 'variable' && one.origins?.some(origin => origin.file !== file))
      given.add(one.range.start)
  }
  return all.flatMap((one): Occurrence[] => {
    const context = contexts.get(one.range.start)
    if (one.kind === 'variable' && (context !== undefined || given.has(one.range.start))) return []
    if (context === undefined || one.kind !== 'image') return [one]
    const { name, origins } = context
    return [{ ...one, pin: { kind: 'never', reason: 'named-context', names: [name], origins } }]
  })
}
