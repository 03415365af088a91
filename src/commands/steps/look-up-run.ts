import type { Context } from '../../context.ts'
import { platformsInUse } from '../../core/platform-support.ts'
import { updatePolicy } from '../../core/update-policy.ts'
import { loadRangeCheck } from '../../io/version-range.ts'
import type { Options } from '../command.ts'
import { targetPlatforms } from './build-options.ts'
import type { Chooser } from './candidates.ts'
import type { Project } from './load-project.ts'
import type { openResolver } from './resolve.ts'
import type { Scan } from './scan.ts'

type Resolver = Awaited<ReturnType<typeof openResolver>>

/** What to look up in addition to what is wanted. */
export interface LookupOptions {
  readonly latest?: boolean
  readonly choices?: boolean
}

/** What is the same for all images of a run. */
export interface LookupRun extends Chooser {
  readonly resolver: Resolver
  readonly allDigests: boolean
  readonly extent: LookupOptions
}

export async function createRun(
  context: Context,
  options: Options,
  project: Project,
  scan: Scan,
  resolver: Resolver,
  extent: LookupOptions,
): Promise<LookupRun> {
  const { updates } = project.config
  const ranges = updates.some(({ range }) => range !== undefined) ? await loadRangeCheck() : undefined
  const builds = targetPlatforms(project.config, options, context)
  return {
    scan,
    lockfile: project.lockfile.images,
    now: Date.now(),
    resolver,
    allDigests: options.allDigests,
    extent,
    describe: (reference, platforms) => resolver.describe(reference, platforms),
    policyOf: reference => updatePolicy(reference, updates, options),
    platformsOf: occurrences => platformsInUse({ occurrences }, builds, scan.enginePlatforms),
    inRange: ({ range }) =>
      range === undefined || ranges === undefined ? undefined : version => ranges.includes(range, version),
  }
}
