import type { Place, Range } from './place.ts'
import type { Platform } from './platform.ts'

/** Where a build is defined: a Dockerfile itself, or a line such as `compose.yaml:7`. */
export type Origin = Pick<Place, 'file'> & Partial<Pick<Place, 'line'>>

/** Where another file gives a build arg its value. */
export type BuildArgOrigin = Origin & { readonly name: string }

/**
 * One build. The images of a Dockerfile are the union over its builds: the plain one of `defaultBuild`, and those that other files start,
 * such as Compose services and Bake targets.
 */
export interface Build {
  /** The target of Bake, or the service of Compose. */
  readonly name?: string
  readonly dockerfile: { readonly file: string } | InlineDockerfile
  /** The stage to build; absent: all stages, since any may be built. */
  readonly target?: string
  /** Values of each ARG, not expanded. With several values, every combination counts. */
  readonly args: Readonly<Record<string, readonly string[]>>
  /** The platforms to build for; empty: the engine's own. */
  readonly platforms: readonly Platform[]
  /** The engine's own platform is another one: `local` among the platforms of Bake. */
  readonly alsoOwnPlatform?: true
  /** Named contexts: what takes the place of an image or a stage of that name. */
  readonly contexts: Readonly<Record<string, string>>
  /** Where another file gives a build arg its value. */
  readonly argOrigins?: Readonly<Record<string, Origin>>
  /** The build args that hold the digests of their images where they are written. */
  readonly pinnedArgs?: readonly string[]
  readonly origin: Origin
}

/** A Dockerfile that is part of another file, such as `dockerfile_inline` of a Compose file. */
export interface InlineDockerfile {
  readonly text: string
  /** The other file, and the line where the text begins. */
  readonly origin: Origin
  /** The range in the other file where `range` of `text` is written. Undefined if it cannot be replaced there without another effect. */
  rangeOf(range: Range): Range | undefined
  /** The offset in the other file of the character at `index` of `text`, or of the nearest one before it that is written there. */
  near(index: number): number
}

/** What config and options say about every build. */
export type BuildOptions = Pick<Build, 'target' | 'args' | 'platforms'>

/** The default build of a Dockerfile. */
export function defaultBuild(file: string, { target, args, platforms }: BuildOptions): Build {
  return {
    dockerfile: { file },
    ...(target !== undefined && { target }),
    args,
    platforms,
    contexts: {},
    origin: { file },
  }
}

/** The builds of each Dockerfile on disk. */
export function buildsByFile(builds: readonly Build[]): ReadonlyMap<string, readonly Build[]> {
  const byFile = new Map<string, Build[]>()
  for (const build of builds) {
    if (!('file' in build.dockerfile)) continue
    const { file } = build.dockerfile
    const others = byFile.get(file)
    if (others === undefined) byFile.set(file, [build])
    else others.push(build)
  }
  return byFile
}

/** A build for one platform, on an engine of one platform. */
export interface PlatformBuild extends Pick<Build, 'target' | 'args'>, Partial<Pick<Build, 'contexts'>> {
  readonly buildPlatform: Platform
  readonly targetPlatform: Platform
}

/** The builds on an engine of that platform, one for each target platform. */
export function platformBuilds(
  {
    target,
    args,
    platforms,
    alsoOwnPlatform,
    contexts,
  }: BuildOptions & Partial<Pick<Build, 'contexts' | 'alsoOwnPlatform'>>,
  buildPlatform: Platform,
): readonly PlatformBuild[] {
  const own = platforms.length === 0 || alsoOwnPlatform ? [buildPlatform] : []
  return [...own, ...platforms].map(targetPlatform => ({
    ...(target !== undefined && { target }),
    args,
    ...(contexts !== undefined && Object.keys(contexts).length > 0 && { contexts }),
    buildPlatform,
    targetPlatform,
  }))
}
