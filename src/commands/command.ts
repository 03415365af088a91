import type { Context } from '../context.ts'
import type { Platform } from '../core/platform.ts'
import type { Report } from '../core/report.ts'
import type { StoreSelector } from '../core/selector.ts'

/** Everything the command line can say; each command heeds the ones that its entry in commands/index.ts lists. */
export interface Options {
  /** Files or folders, as given. */
  readonly paths: readonly string[]
  readonly frozen: boolean
  readonly offline: boolean
  readonly noPin: boolean
  readonly noPull: boolean
  readonly noVerify: boolean
  readonly dryRun: boolean
  readonly staged: boolean
  readonly moveTags: boolean
  /** Notices are findings, and what a prune would take counts as missing. */
  readonly strict: boolean
  readonly buildArgs: Readonly<Record<string, readonly string[]>>
  readonly platforms: readonly Platform[]
  /** The stage that will be built; absent: all of them. */
  readonly target?: string
  /** The stores that are meant; none: those of the config, else the one that the docker CLI would use. */
  readonly stores: readonly StoreSelector[]
}

export const DEFAULT_OPTIONS: Options = {
  paths: [],
  frozen: false,
  offline: false,
  noPin: false,
  noPull: false,
  noVerify: false,
  dryRun: false,
  staged: false,
  moveTags: false,
  strict: false,
  buildArgs: {},
  platforms: [],
  stores: [],
}

/**
 * Does the work and reports it; prints nothing. `run` gives its output to another program and returns that program's exit code.
 * @throws DockLockError when it cannot run at all
 */
export type Command = (context: Context, options: Options) => Promise<Report | number>
