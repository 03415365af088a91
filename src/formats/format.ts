import type { Occurrence } from '../core/occurrence.ts'

/** What a build would be given, as far as it decides which images are named. */
export interface ExtractOptions {
  /** `--build-arg`: for each ARG the values to reckon with; literal, never expanded. More than one value: each combination counts. */
  readonly buildArgs: Readonly<Record<string, readonly string[]>>
  /** `os/arch[/variant]` of the builder and of the result, for `$BUILDPLATFORM` and `$TARGETPLATFORM`. */
  readonly buildPlatform: string
  readonly targetPlatform: string
  /** `--target`: only what this stage needs is meant; absent: all stages, since somebody may build them. */
  readonly target?: string
}

/** A kind of file that names images. Pure: text in, occurrences out. */
export interface Format {
  readonly id: string
  /** Whether a file of this path (with `/`) is of this kind, judged by its name alone. */
  matches(path: string): boolean
  /**
   * Every place in `source` that names an image, in order; one place several times where build args have several values. Never
   * throws for bad input: that is an `invalid` occurrence, at the start of the file when it is about all of it.
   */
  extract(source: string, path: string, options: ExtractOptions): readonly Occurrence[]
}
