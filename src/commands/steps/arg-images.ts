/** Build args that are whole references: their digests go into the files that give the values. */
import { type Build, platformBuilds } from '../../core/build.ts'
import type { ImageOccurrence } from '../../core/occurrence.ts'
import type { Platform } from '../../core/platform.ts'
import type { BuildsRead, StartedBuild } from '../../formats/build-format.ts'
import type { Format } from '../../formats/format.ts'
import { hostPlatform } from './build-options.ts'

/** The platforms for which each image is built, by its place. A place that is also something else is left out. */
export type ArgPlaces = ReadonlyMap<string, readonly (Platform | undefined)[]>

/** @param textOf the text of a Dockerfile; undefined if it cannot be read */
export function argPlaces(
  builds: readonly StartedBuild[],
  textOf: (file: string) => string | undefined,
  dockerfile: Format,
): ArgPlaces {
  const found = new Map<string, { readonly at: string; readonly platforms: (Platform | undefined)[] }>()
  // Through an alias, several args are written in one place.
  const others = new Set<string>()
  for (const build of builds) {
    for (const { name, image } of argImages(build)) {
      const id = idOf(name, image)
      const at = [image.file, image.range.start].join('\0')
      const platforms = platformsOf(build, name, image, textOf, dockerfile)
      if (platforms.length === 0) others.add(id).add(at)
      else found.set(id, { at, platforms: [...(found.get(id)?.platforms ?? []), ...platforms] })
    }
  }
  return new Map(
    [...found].flatMap(([id, { at, platforms }]) =>
      others.has(id) || others.has(at) ? [] : [[id, platforms]],
    ),
  )
}

/** The build, with the args that hold their digests. */
export function withPinnedArgs(build: StartedBuild, places: ArgPlaces): Build {
  const pinnedArgs = argImages(build).flatMap(({ name, image }) =>
    places.has(idOf(name, image)) ? [name] : [],
  )
  return pinnedArgs.length === 0 ? build : { ...build, pinnedArgs }
}

/** The images of these places, in the texts that were read. Their tags are not moved: the Dockerfiles that use them would not be known to follow. */
export function argOccurrences({ builds }: BuildsRead, places: ArgPlaces): readonly ImageOccurrence[] {
  return builds.flatMap(build =>
    argImages(build).flatMap(({ name, image: { tag, ...image } }) =>
      (places.get(idOf(name, image)) ?? []).map(platform => ({
        ...image,
        ...(tag !== undefined && { tag: tag.map(({ text }) => ({ text })) }),
        ...(platform !== undefined && { platform }),
      })),
    ),
  )
}

function argImages(
  build: StartedBuild,
): readonly { readonly name: string; readonly image: ImageOccurrence }[] {
  if (build.argImage === undefined) return []
  return Object.keys(build.argOrigins ?? {}).flatMap(name => {
    const image = build.argImage?.(name)
    return image === undefined ? [] : [{ name, image }]
  })
}

/** A digest moves no line. */
function idOf(name: string, { file, place }: ImageOccurrence): string {
  return [file, place.line, name].join('\0')
}

/** None if the arg is not, or not only, the whole image. */
function platformsOf(
  build: Build,
  name: string,
  { reference }: ImageOccurrence,
  textOf: (file: string) => string | undefined,
  dockerfile: Format,
): readonly (Platform | undefined)[] {
  // In an inline Dockerfile, the places of ARGs are not known.
  const file = 'file' in build.dockerfile ? build.dockerfile.file : undefined
  const text = file === undefined ? undefined : textOf(file)
  if (file === undefined || text === undefined) return []
  const found = platformBuilds(build, hostPlatform()).map(one => ({
    one,
    images: dockerfile.wholeArgImages?.(text, file, one, name, reference.original) ?? [],
  }))
  if (found.some(({ images }) => images.length === 0)) return []
  return found.flatMap(({ one, images }) =>
    images.map(({ platform }) => platform ?? (build.platforms.length > 0 ? one.targetPlatform : undefined)),
  )
}
