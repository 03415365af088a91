/** Extracts the images that a file names, over all its builds and the platforms of the engines that may run them. Pure. */
import type { Build, Origin, PlatformBuild } from './build.ts'
import { platformBuilds } from './build.ts'
import type { Occurrence } from './occurrence.ts'
import { formatPlatform, type Platform } from './platform.ts'

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
      platformBuilds(build, platform).map(one => ({ origin: build.origin, build: one })),
    ),
  )
  const [only] = variants
  if (only !== undefined && variants.length === 1) {
    const origins = [only.origin]
    return format.extract(text, file, only.build).map(occurrence => ({ ...occurrence, origins }))
  }
  const seen = new Map<string, { readonly occurrence: Occurrence; readonly origins: Set<Origin> }>()
  for (const { origin, build } of variants) {
    for (const occurrence of format.extract(text, file, build)) {
      const what = occurrence.kind === 'image' ? occurrence.reference.original : ''
      const { platform } = occurrence
      const id = [occurrence.range.start, occurrence.kind, what, platform && formatPlatform(platform)].join(
        '\0',
      )
      const known = seen.get(id)
      if (known === undefined) seen.set(id, { occurrence, origins: new Set([origin]) })
      else known.origins.add(origin)
    }
  }
  return [...seen.values()]
    .map(({ occurrence, origins }) => ({ ...occurrence, origins: [...origins] }))
    .sort((a, b) => a.range.start - b.range.start)
}
