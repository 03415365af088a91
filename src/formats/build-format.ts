import type { BakeEvaluate } from '../core/bake.ts'
import type { Build, BuildOptions, Origin } from '../core/build.ts'
import type { ImageOccurrence, Occurrence } from '../core/occurrence.ts'
import type { Place } from '../core/place.ts'

/** A kind of file that starts builds of Dockerfiles: Compose, Bake, dev containers, scripts. It may name images itself. */
export interface BuildFormat {
  readonly id: string
  /** Whether a file of this path (with `/`) is the first one of such a project, by its name alone. */
  matches(path: string): boolean
  /** The builds that the file starts, and the images that it names. Never throws for bad input: that is a problem. */
  read(path: string, project: ProjectFiles, options: BuildOptions): Promise<BuildsRead>
}

/** What a format may read: files of the project, and the environment. */
export interface ProjectFiles {
  /** The absolute path of the project, with `/`. An absolute path in a file may lead into it. */
  readonly root: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** The file of that path in the project (with `/`), decoded. Each file is read once in a run. */
  read(path: string): Promise<FileText>
  /** Evaluates Bake files with buildx. Absent: buildx may not be run. */
  readonly evaluateBake?: BakeEvaluate
}

export type FileText =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'missing' }
  /** It is outside the project, too large, not a regular file, or not readable. `reason` says which. */
  | { readonly kind: 'refused'; readonly reason: string }

/** A build of a file that starts builds. */
export interface StartedBuild extends Build {
  /** The image that a build arg is, where it is written and may hold a digest. Absent: build args are not written there. */
  argImage?(name: string): ImageOccurrence | undefined
}

export interface BuildsRead {
  readonly builds: readonly StartedBuild[]
  /** The images that the files themselves name, with ranges in the files that name them. */
  readonly occurrences: readonly Occurrence[]
  /** Those of `occurrences` that services without a build run. Absent: files of this kind have no services. */
  readonly serviceImages?: readonly ServiceImage[]
  /** Every file that was read, in order. */
  readonly files: readonly string[]
  /** What could not be read or understood. The rest is used. */
  readonly problems: readonly BuildProblem[]
  /** Named contexts of builds that could not be read, by name, with their place. Such a build may replace an image of that name. */
  readonly unreadContexts?: Readonly<Record<string, Origin>>
  /** The same with another text of one of the files, such as a pinned one. Absent: the files name no images. */
  reread?(file: string, text: string): BuildsRead
}

export interface ServiceImage {
  readonly service: string
  readonly occurrence: Occurrence
}

export interface BuildProblem {
  readonly place: Place
  readonly reason: string
}
