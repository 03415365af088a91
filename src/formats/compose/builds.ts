/** What the services of a Compose file are: builds, and images that they name. */
import type { BuildOptions, Origin } from '../../core/build.ts'
import type { Occurrence, Role } from '../../core/occurrence.ts'
import type { Platform } from '../../core/platform.ts'
import { parsePlatformSpecifier } from '../../core/platform-specifier.ts'
import { parseReference, referenceKey } from '../../core/reference.ts'
import { withoutUserinfo } from '../../core/userinfo.ts'
import type { BuildProblem, StartedBuild } from '../build-format.ts'
import { forPlatforms } from '../written-image.ts'
import { imageOccurrence, inlineDockerfile, type PlaceOf } from './images.ts'
import type { TextNode } from './node.ts'
import { isOutside } from './paths.ts'
import { contextImage, type Service, type ServiceBuild } from './services.ts'

export interface Reading {
  readonly options: BuildOptions
  readonly placeOf: PlaceOf
  readonly isShared: (node: TextNode) => boolean
  /** Whether an alias uses the text of a build arg for something else. */
  readonly isOtherThanArg: (node: TextNode) => boolean
}

/** The images that a service names itself. */
export function imagesOf(
  { build, image, platform, volumes }: Service,
  built: ReadonlySet<string>,
  { placeOf, isShared }: Reading,
): readonly Occurrence[] {
  const occurrence = (node: TextNode, role: Role, of?: Platform) =>
    imageOccurrence(node, role, of, isShared(node), placeOf)
  const images = build === undefined && image !== undefined ? [image] : []
  const pulled = [
    ...images.map(node =>
      occurrence(node, 'service', platform && parsePlatformSpecifier(platform.value, ANY)),
    ),
    ...volumes.map(node => occurrence(node, 'volume')),
  ]
  const contexts = [...(build?.contexts.values() ?? [])].flatMap(context => {
    const node = contextImage(context)
    return node === undefined
      ? []
      : forPlatforms(occurrence(node, 'context'), build ? platformsOf(build) : [])
  })
  return [
    ...pulled.filter(one => one.kind !== 'image' || !built.has(referenceKey(one.reference))),
    ...contexts,
  ]
}

/** The images that the builds of the project make. Nobody pulls them. */
export function builtNames(services: readonly Service[], project: string): ReadonlySet<string> {
  const names = services.flatMap(({ name, build, image }) =>
    build === undefined ? [] : [image?.value ?? `${project}-${name}`],
  )
  return new Set(
    names.flatMap(name => {
      const parsed = parseReference(name)
      return parsed.ok ? [referenceKey(parsed.reference)] : []
    }),
  )
}

export function toBuild(
  name: string,
  build: ServiceBuild,
  { options, placeOf, isShared, isOtherThanArg }: Reading,
): StartedBuild | BuildProblem {
  const { at, dockerfile } = build
  const place = placeOf(at.file, at.offset)
  const originOf = (file: string, offset: number) => ({ file, line: placeOf(file, offset).line })
  if (dockerfile.kind === 'remote')
    return {
      place,
      reason: `its context ${withoutUserinfo(build.context).slice(0, 200)} is remote, and is not read`,
    }
  if (dockerfile.kind === 'file' && isOutside(dockerfile.path)) {
    const { file, offset } = dockerfile.at ?? at
    return {
      place: placeOf(file, offset),
      reason: `its Dockerfile ${dockerfile.path.slice(0, 200)} is outside the project, and is not read`,
    }
  }
  const target = build.target ?? options.target
  const args: Record<string, readonly string[]> = { ...options.args }
  const argOrigins: Record<string, Origin> = {}
  for (const [arg, { text, file, offset }] of build.args) {
    args[arg] = [text]
    argOrigins[arg] = originOf(file, offset)
  }
  const argImage = (arg: string) => {
    const value = build.args.get(arg)?.value
    if (value === undefined) return undefined
    const one = imageOccurrence(value, 'arg', undefined, isOtherThanArg(value), placeOf)
    return one.kind === 'image' && one.pin.kind === 'here' ? one : undefined
  }
  const platforms = platformsOf(build)
  return {
    name,
    dockerfile:
      dockerfile.kind === 'file'
        ? { file: dockerfile.path }
        : inlineDockerfile(dockerfile.text, isShared(dockerfile.text), placeOf),
    ...(target !== undefined && { target }),
    args,
    platforms: platforms.length === 0 ? options.platforms : platforms,
    contexts: Object.fromEntries([...build.contexts].map(([context, { value }]) => [context, value])),
    argOrigins,
    argImage,
    origin: originOf(at.file, at.offset),
  }
}

function platformsOf({ platforms }: ServiceBuild): readonly Platform[] {
  return platforms.flatMap(({ value }) => parsePlatformSpecifier(value, ANY) ?? [])
}

/** What is not written of a platform. */
const ANY = { os: 'linux', architecture: 'amd64' }
