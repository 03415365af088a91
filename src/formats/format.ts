import type { Build, BuildOptions, PlatformBuild } from '../core/build.ts'
import type { ImageOccurrence, Occurrence } from '../core/occurrence.ts'

/** A kind of file that names images. Pure: text in, builds and occurrences out. */
export interface Format {
  readonly id: string
  /** Whether a file of this path (with `/`) is of this kind, by its name alone. */
  matches(path: string): boolean
  /** The builds that the file starts. `options` apply to all of them, unless the file says otherwise. */
  builds(source: string, path: string, options: BuildOptions): readonly Build[]
  /**
   * Every place in `source` that names an image, in order; one place several times where build args have several values. Never
   * throws for bad input: that is an `invalid` occurrence, at the start of the file if it concerns all of it.
   */
  extract(source: string, path: string, build: PlatformBuild): readonly Occurrence[]
  /** The images that a build arg is as a whole, and nothing else: its value may hold a digest. Absent: files of this kind have no ARGs. */
  wholeArgImages?(
    source: string,
    path: string,
    build: PlatformBuild,
    name: string,
    value: string,
  ): readonly ImageOccurrence[]
}
