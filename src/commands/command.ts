import type { Context } from '../context.ts'
import type { Platform } from '../core/platform.ts'
import type { Report } from '../core/report.ts'
import type { StoreSelector } from '../core/selector.ts'
import type { UpdateLevel } from '../core/tag.ts'

/** All options of the command line. Each command uses those that its entry in commands/index.ts lists. */
export interface Options {
  /** Files or folders, as given. */
  readonly paths: readonly string[]
  /** Names of images, or patterns. */
  readonly images: readonly string[]
  readonly frozen: boolean
  readonly offline: boolean
  readonly noPin: boolean
  readonly noPull: boolean
  readonly noVerify: boolean
  readonly dryRun: boolean
  readonly staged: boolean
  /** `check`: accept another digest of a locked tag in the files. */
  readonly allowAhead: boolean
  /** `check`: ask registries whether they still serve the locked digests. */
  readonly registry: boolean
  readonly moveTags: boolean
  /** `init`: installs only the merge driver. */
  readonly mergeDriver: boolean
  /** `init`: installs the plugin of the docker command instead. */
  readonly dockerPlugin: boolean
  /** `init`: makes the changes without asking. */
  readonly yes: boolean
  /** `init`: the script of package.json that builds. */
  readonly script?: string
  /** Notices are findings, and images that a prune would remove count as missing. */
  readonly strict: boolean
  /** The largest step that a tag may take. Absent: that of the config, else none. */
  readonly semver?: UpdateLevel
  /** In milliseconds. Younger images are held back. Absent: that of the config. */
  readonly minAge?: number
  /** Also update images whose platforms in use did not change. */
  readonly allDigests: boolean
  readonly interactive: boolean
  readonly buildArgs: Readonly<Record<string, readonly string[]>>
  readonly platforms: readonly Platform[]
  /** The stage to build. Absent: all stages. */
  readonly target?: string
  /** The stores to use. Empty: those of the config, else the one that the docker CLI would use. */
  readonly stores: readonly StoreSelector[]
}

export const DEFAULT_OPTIONS: Options = {
  paths: [],
  images: [],
  frozen: false,
  offline: false,
  noPin: false,
  noPull: false,
  noVerify: false,
  dryRun: false,
  staged: false,
  allowAhead: false,
  registry: false,
  moveTags: false,
  mergeDriver: false,
  dockerPlugin: false,
  yes: false,
  strict: false,
  allDigests: false,
  interactive: false,
  buildArgs: {},
  platforms: [],
  stores: [],
}

/** Whether the run covers all files of the project and everything in them. */
export function meansAll({ paths, target }: Options): boolean {
  return paths.length === 0 && target === undefined
}

/**
 * Does the work and returns a report. Prints nothing. `run` gives its output to another program and returns that program's exit code.
 * @throws DockLockError if it cannot run at all
 */
export type Command = (context: Context, options: Options) => Promise<Report | number>
